"""Warnings: one an enterprise, worst level first, each with evidence that was known; unknown is not a signal."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest
from tests.conftest import END

from credit_risk.errors import BookError
from credit_risk.explain import Snapshot
from credit_risk.features.language import parse
from credit_risk.warnings import LEVELS, check_signals
from credit_risk.warnings.facts import facts
from credit_risk.warnings.signals import raised
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def warnings(book: Book) -> pd.DataFrame:
    return book.snapshots.read(book.snapshots.current() or "", "warnings")


def test_each_enterprise_has_one_warning_with_its_signals_merged(warnings: pd.DataFrame) -> None:
    assert len(warnings) > 20
    assert warnings["subject"].is_unique
    assert warnings["signals"].map(json.loads).map(len).max() > 1


def test_no_level_is_more_than_a_step_above_the_worst_signal_and_no_red_without_a_red_one(
    warnings: pd.DataFrame,
) -> None:
    ranks = warnings["level"].map(LEVELS.index)
    assert ranks.is_monotonic_increasing
    worst = warnings["signals"].map(lambda s: min(LEVELS.index(x["level"]) for x in json.loads(s)))
    assert (ranks >= worst - 1).all()
    assert (worst[ranks == 0] == 0).all()


def test_every_signal_has_evidence_that_was_known(warnings: pd.DataFrame) -> None:
    for signals in warnings["signals"].map(json.loads):
        for signal in signals:
            assert signal["evidence"]
            assert all(e["received_at"] <= END + " 23:59:59" for e in signal["evidence"])


def test_an_enterprise_on_a_list_is_warned_of_without_a_score(book: Book) -> None:
    signal = book.rules.signals["A01"]
    names = sorted(parse(signal.when).names)
    told = {"serious_3m": 1.0, "in_zone": 1.0, "exited": 0.0}
    table = pd.DataFrame({"subject": ["x"], "pd": [float("nan")], **{n: [told[n]] for n in names}})
    assert raised(book.rules, table, END)["signal"].tolist() == ["A01"] and signal.level == "red"


def test_a_null_raises_no_signal(book: Book) -> None:
    names = list(book.rules.indicators)
    numbers = [n for n in names if book.rules.indicators[n].kind == "number"]
    numbers += ["pd", "pd_before", "grade_rank", "grade_drop"]
    texts = {n: pd.Series([None], dtype="str") for n in names if n not in numbers}
    empty = pd.DataFrame({"subject": ["x"], **texts, **{n: [float("nan")] for n in numbers}})
    assert raised(book.rules, empty, END).empty


def test_a_fall_of_two_grades_is_seen_against_the_snapshot_before(book: Book) -> None:
    scores = pd.DataFrame({"subject": ["a", "b"], "pd": [0.2, 0.2], "grade_rank": [6, 6]})
    before = pd.DataFrame({"subject": ["a", "b"], "pd": [0.04, 0.1], "grade_rank": [3, 5]})
    snapshot = Snapshot("s", "m", scores, pd.DataFrame(), pd.DataFrame({"subject": ["a", "b"]}))
    drop = facts(book.rules, snapshot, before).set_index("subject")["grade_drop"]
    assert drop.to_dict() == {"a": 3.0, "b": 1.0}
    assert facts(book.rules, snapshot, None)["grade_drop"].isna().all()


def test_a_signal_over_an_unknown_word_is_refused_with_its_place(book: Book) -> None:
    signal = book.rules.signals["A02"].model_copy(update={"when": "abnormal_24 >= 2"})
    rules = replace(book.rules, signals={**book.rules.signals, "A02": signal})
    with pytest.raises(BookError, match=r"models/signals.yaml:\d+: when.*abnormal_24.*") as found:
        check_signals(rules)
    assert "abnormal_24m" in str(found.value)
