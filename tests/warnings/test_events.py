"""Event-risk models: person-periods by hand, exits compete, nothing later reaches a model, text on disk is the model."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.recipe import LearnerRule
from credit_risk.errors import CheckFailed
from credit_risk.models.encode import Encoder
from credit_risk.models.learner import fit_boosters
from credit_risk.warnings.events import EventRisk, latest_events, load_events, person_periods, save_events

T = date(2024, 1, 31)
NOBODY = pd.DataFrame({"subject": pd.Series(dtype=object), "day": pd.Series(dtype="datetime64[ns]")})


def _days(**days: str) -> pd.DataFrame:
    return pd.DataFrame({"subject": list(days), "day": pd.to_datetime(list(days.values()))})


def _periods(
    observed: list[str], events: list[pd.DataFrame], exits: pd.DataFrame, known_at: date
) -> dict[str, list[int]]:
    table = pd.DataFrame({"subject": observed, "as_of": T})
    found = person_periods(table, events, exits, [1, 3, 6], known_at)
    told: dict[str, list[int]] = {s: [] for s in observed}
    for row, _, cause in zip(found.row, found.period, found.cause, strict=True):
        told[observed[row]].append(int(cause))
    return told


def test_periods_end_with_event_exit_or_knowledge() -> None:
    """a: head 1 in the 2nd period; b: exit in the 1st; c: nothing; d: both on one day; e: before t, so never."""
    events = [_days(a="2024-04-30", d="2024-02-10", e="2024-01-31"), NOBODY]
    exits = _days(b="2024-02-01", d="2024-02-10")
    told = _periods(list("abcde"), events, exits, date(2024, 7, 31))
    assert told == {"a": [0, 1], "b": [-1], "c": [0, 0, 0], "d": [1], "e": [0, 0, 0]}
    censored = _periods(list("abc"), events, exits, date(2024, 5, 30))
    assert censored == {"a": [0, 1], "b": [-1], "c": [0, 0]}, "a period that is not over is not counted"


def test_an_event_known_later_changes_no_period_that_was_over() -> None:
    before = _periods(["a"], [NOBODY], NOBODY, date(2024, 4, 30))
    after = _periods(["a"], [_days(a="2024-06-01")], NOBODY, date(2024, 4, 30))
    assert before == after == {"a": [0, 0]}


@pytest.fixture(scope="module")
def model() -> EventRisk:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"x": rng.normal(size=3000), "kind": rng.choice(["p", "q"], 3000)})
    encoder = Encoder.learn(rows, ["x", "kind"], ["kind"])
    table = np.column_stack([encoder.matrix(rows), rng.integers(0, 3, 3000).astype(np.float32)])
    odds = 1 / (1 + np.exp(-(rows["x"].to_numpy() - 2)))
    rule = LearnerRule(rounds=30, params={"num_leaves": 4, "learning_rate": 0.1})
    fits = {
        cause: fit_boosters(
            rule, table, (rng.random(3000) < p).astype(np.int64), ["x", "kind", "period"], ["kind"], [0, 0, 0]
        )
        for cause, p in {"any": odds, "one": odds / 2, "two": odds / 4, "exit": np.full(3000, 0.1)}.items()
    }
    return EventRisk("risk", ("one", "two"), (1, 3, 6), encoder, fits, date(2024, 6, 30), {"pool": "p"}, 3000)


ROWS = pd.DataFrame({"x": [-1.0, 0.0, 2.0, np.nan], "kind": ["p", "q", "p", None]}, index=[7, 8, 9, 10])


def test_risk_grows_with_the_horizon_and_heads_add_up_to_it(model: EventRisk) -> None:
    told = model.risk(ROWS)
    assert list(told.index) == [7, 8, 9, 10]
    assert (told["event_1m"] < told["event_3m"]).all() and (told["event_3m"] < told["event_6m"]).all()
    assert np.allclose(told["event_one"] + told["event_two"], told["event_6m"])
    assert told["event_6m"].between(0, 1).all() and told.at[9, "event_6m"] > told.at[7, "event_6m"]


def test_exits_compete_with_events(model: EventRisk) -> None:
    """The same hazards of events with exits ten times as likely give less risk, by the formula and a naive loop."""
    told = model.risk(ROWS)
    here = np.column_stack([model.encoder.matrix(ROWS), np.zeros(4, np.float32)])

    def hazard(cause: str, k: int) -> np.ndarray:
        raw = model.boosters[cause][0].predict(np.column_stack([here[:, :-1], np.full(4, k)]), raw_score=True)
        return np.asarray(1 / (1 + np.exp(-raw)))

    alive, total = np.ones(4), np.zeros(4)
    for k in range(3):
        total += alive * hazard("any", k)
        alive *= 1 - hazard("any", k) - hazard("exit", k)
    assert np.allclose(told["event_6m"], total)
    without = 1 - np.prod([1 - hazard("any", k) for k in range(3)], axis=0)
    assert (told["event_6m"] < without).all()


def test_what_is_on_disk_is_the_model_and_a_change_is_refused(model: EventRisk, tmp_path: Path) -> None:
    folder = save_events(model, tmp_path)
    assert save_events(model, tmp_path) == folder
    pd.testing.assert_frame_equal(load_events(folder).risk(ROWS), model.risk(ROWS))
    text = (folder / "any-0.txt").read_text()
    (folder / "any-0.txt").write_text(text.replace("num_leaves=4", "num_leaves=3"))
    with pytest.raises(CheckFailed, match=r"any-0\.txt"):
        load_events(folder)


def test_a_model_warns_only_from_the_day_it_knows_on(model: EventRisk, tmp_path: Path) -> None:
    save_events(model, tmp_path)
    assert latest_events(tmp_path, "risk", "2024-06-29") is None
    assert latest_events(tmp_path, "risk", "2024-06-30") is not None
    assert latest_events(tmp_path, "other", "2024-06-30") is None
