"""Warnings judged as warnings, on a small history worked out by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from credit_risk.errors import InputError
from credit_risk.evaluation.warned import judge_warnings, listed

MONTHS = list(pd.date_range("2023-01-31", periods=4, freq="ME"))


def _rows(*pairs: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame([(s, MONTHS[i]) for s, i in pairs], columns=["subject", "at"])


POPULATION = _rows(*[(s, i) for s in "abcdefghij" for i in range(4)])
EVENTS = pd.DataFrame(
    [("a", "2023-06-30"), ("b", "2023-02-10"), ("c", "2024-03-31"), ("d", "2023-01-15"), ("e", "2024-12-01")],
    columns=["subject", "day"],
)


def test_episodes_hits_leads_and_rates_are_those_by_hand() -> None:
    """a: two runs, a month between them, so one episode, a hit; b: listed after its event; c: 12 months after the first run, but only from the second;
    d: its event was before the first month; e: too late; f: never bad."""
    chosen = _rows(("a", 0), ("a", 1), ("a", 3), ("b", 2), ("c", 0), ("c", 3), ("f", 1))
    figures = judge_warnings(chosen, POPULATION, EVENTS)
    assert (figures.episodes, figures.events) == (5, 3)
    assert figures.precision.value == pytest.approx(2 / 5)
    assert figures.warned.value == pytest.approx(2 / 3)
    leads = [
        (pd.Timestamp("2023-06-30") - MONTHS[0]).days / 30.44,
        (pd.Timestamp("2024-03-31") - MONTHS[3]).days / 30.44,
    ]
    assert figures.lead_months.value == pytest.approx(sum(leads) / 2)
    expected = (4 + 1 + 2) / 40  # a in every month, b before its event, c from March on
    assert figures.base_rate == pytest.approx(expected) and figures.lift == pytest.approx(0.4 / expected)
    assert figures.precision.low <= 0.4 <= figures.precision.high


def test_a_list_keeps_to_its_share_worst_first_and_ties_by_code() -> None:
    table = POPULATION.assign(priority=[float(s in "ab") for s in POPULATION["subject"]])
    chosen = listed(table, dict.fromkeys(MONTHS, 10), 0.3)
    assert chosen.groupby("at")["subject"].agg("".join).tolist() == ["abc"] * 4
    shuffled = listed(table.sample(frac=1, random_state=1), dict.fromkeys(MONTHS, 10), 0.3)
    pd.testing.assert_frame_equal(chosen, shuffled)
    with pytest.raises(InputError, match="share"):
        listed(table, {}, 0.0)


def test_nothing_listed_has_no_precision_and_warns_nobody() -> None:
    figures = judge_warnings(_rows(), POPULATION, EVENTS)
    assert (
        figures.episodes == 0
        and figures.precision.value != figures.precision.value
        and figures.warned.value == 0
    )
