"""From warnings to cases: the budget holds, repeats are merged, repairs close, nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from credit_risk.book import open_rules
from credit_risk.book.settings import Lane
from credit_risk.errors import CheckFailed, InputError
from credit_risk.store import open_store
from credit_risk.warnings import WARNINGS_SCHEMA
from credit_risk.warnings.ledger import Folded, Ledger, Person

ROOT = Path(__file__).resolve().parents[2]
DAY = datetime(2024, 3, 29, 23, 59, 59)  # a Friday
SUPERVISOR, REVIEWER = Person("wang", "王监管", "supervisor"), Person("li", "李复核", "reviewer")


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    return Ledger(open_store(tmp_path), open_rules(ROOT))


def warning(
    subject: str, level: str, records: list[str], pd_: float = 0.2, kind: str = "rule", code: str = "A02"
) -> dict[str, Any]:
    evidence = [{"kind": "abnormal_list", "record_id": r} for r in records]
    signals = [{"signal": code, "kind": kind, "level": level, "evidence": evidence}]
    return {
        "subject": subject,
        "level": level,
        "pd": pd_,
        "grade": "B",
        "signals": json.dumps(signals),
        "state": "new",
    }


def fold(
    ledger: Ledger,
    at: datetime,
    rows: list[dict[str, Any]],
    population: int = 1000,
    usable: Collection[str] | None = None,
) -> Folded:
    table = pd.DataFrame(rows, columns=WARNINGS_SCHEMA.names)
    keep = lambda evidence: evidence["record_id"] if usable is None else usable  # noqa: E731
    return ledger.fold(f"s-{at:%Y%m%d}", table, at, population, keep)


def test_the_worst_are_opened_first_and_the_stock_keeps_to_the_budget(ledger: Ledger) -> None:
    rows = [warning(f"e{i}", "yellow", [f"r{i}"], pd_=i / 100, kind="model") for i in range(40)]
    rows += [warning("bad", "red", ["r"])]
    folded = fold(ledger, DAY, rows)
    assert (folded.budget, folded.opened, folded.over_budget, folded.open_after) == (30, 30, 11, 30)
    queue = ledger.queue(limit=100)
    assert queue.total == 30 and queue.cases[0].subject == "bad"
    assert {c.subject for c in queue.cases[1:]} == {f"e{i}" for i in range(11, 40)}
    left = ledger.suppressed("s-20240329")
    assert set(left["subject"]) == {f"e{i}" for i in range(11)} and set(left["why"]) == {"over_budget"}


def test_the_same_snapshot_twice_changes_nothing(ledger: Ledger) -> None:
    rows = [warning("a", "red", ["r1"]), warning("b", "orange", ["r2"])]
    first = fold(ledger, DAY, rows)
    before = ledger.queue().cases
    again = fold(ledger, DAY, rows)
    assert first.opened == 2 and again.opened == again.reopened == 0
    assert ledger.queue().cases == before and [len(ledger.moves(c.case_id)) for c in before] == [1, 1]


def test_a_repeat_refreshes_one_case_and_only_news_is_a_move(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "orange", ["r1"])])
    fold(ledger, DAY + timedelta(days=10), [warning("a", "orange", ["r1"])])
    (case,) = ledger.of("a")
    assert case.last_seen[:10] == "2024-04-08" and [m.act for m in ledger.moves(case.case_id)] == ["open"]
    fold(ledger, DAY + timedelta(days=20), [warning("a", "red", ["r1", "r2"])])
    (case,) = ledger.of("a")
    assert case.level == "red" and [m.act for m in ledger.moves(case.case_id)] == ["open", "evidence"]


def test_a_closed_case_stays_closed_until_a_record_it_has_not_seen(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "orange", ["r1"])])
    (case,) = ledger.of("a")
    for act in ("check", "reject", "close"):
        ledger.act(case.case_id, act, SUPERVISOR, "现场核查", now=DAY + timedelta(days=1))
    quiet = fold(ledger, DAY + timedelta(days=20), [warning("a", "orange", ["r1"])])
    assert (quiet.cooled_down, quiet.opened, quiet.reopened) == (1, 0, 0)
    assert ledger.suppressed("s-20240418")["why"].tolist() == ["cooled_down"]
    news = fold(ledger, DAY + timedelta(days=25), [warning("a", "orange", ["r2"])])
    assert news.reopened == 1 and ledger.of("a")[0].state == "new" and len(ledger.of("a")) == 1


def test_after_the_cooling_time_it_is_a_new_case(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "orange", ["r1"])])
    (case,) = ledger.of("a")
    for act in ("check", "reject", "close"):
        ledger.act(case.case_id, act, SUPERVISOR, "现场核查", now=DAY + timedelta(days=1))
    assert fold(ledger, DAY + timedelta(days=60), [warning("a", "orange", ["r1"])]).opened == 1
    assert len(ledger.of("a")) == 2


def test_a_case_whose_records_are_all_repaired_is_closed(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "orange", ["r1", "r2"]), warning("b", "orange", ["r3"])])
    folded = fold(ledger, DAY + timedelta(days=5), [], usable={"r2"})
    assert folded.closed_by_repair == 1 and folded.open_after == 1
    (case,) = ledger.of("b")
    assert (case.state, case.conclusion) == ("closed", "repaired")
    assert ledger.of("a")[0].state == "new"


def test_it_is_the_same_however_many_cases_are_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three nights: some seen again, with news or without, some repaired, some closed, then seen again."""
    told = []
    for few in (2000, 2):
        monkeypatch.setattr("credit_risk.warnings.ledger.fold.AT_ONCE", few)
        monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / str(few)}.db")
        ledger = Ledger(open_store(tmp_path), open_rules(ROOT))
        names = [f"e{i}" for i in range(9)]
        folds = [fold(ledger, DAY, [warning(n, "orange", [n]) for n in names])]
        seen = [warning(n, "orange", [n, f"{n}-new"] if i % 2 else [n]) for i, n in enumerate(names[:5])]
        folds.append(fold(ledger, DAY + timedelta(days=3), seen, usable=names[:7]))
        again = [warning(n, "red", [n, f"{n}-late"] if n == "e7" else [n]) for n in names]
        folds.append(fold(ledger, DAY + timedelta(days=6), again))
        with ledger.engine.connect() as connection:
            rows = pd.read_sql("select * from cases order by case_id", connection).drop(columns="changed")
            log = pd.read_sql(
                "select case_id, number, act, reason from moves order by case_id, number", connection
            )
        told.append((folds, rows, log))
    (folds, rows, log), (other_folds, other_rows, other_log) = told
    assert folds == other_folds and folds[1].closed_by_repair == 2 and folds[2].reopened == 1
    assert folds[2].cooled_down == 1
    pd.testing.assert_frame_equal(rows, other_rows)
    pd.testing.assert_frame_equal(log, other_log)


def test_due_days_are_working_days(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "red", ["r1"]), warning("b", "orange", ["r2"])])
    assert ledger.of("a")[0].due_on == "2024-04-01" and ledger.of("b")[0].due_on == "2024-04-03"


def test_the_ledger_does_not_go_back(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "red", ["r1"])])
    with pytest.raises(InputError, match="older than"):
        fold(ledger, DAY - timedelta(days=1), [warning("b", "red", ["r2"])])
    assert ledger.of("b") == []


def test_the_feed_misses_no_move_of_a_fold_whose_day_lies_before_moves_made_since(ledger: Ledger) -> None:
    fold(ledger, DAY, [warning("a", "orange", ["r1"]), warning("b", "orange", ["r2"])])
    told = ledger.changed(0, 10)
    assert {c.subject for c in told} == {"a", "b"}
    checked = ledger.act(told[0].case_id, "check", SUPERVISOR, "核查", now=DAY + timedelta(days=5))
    (told_again,) = ledger.changed(told[-1].changed, 10)
    assert told_again == checked
    rows = [warning("a", "orange", ["r1"]), warning("b", "red", ["r2", "r3"]), warning("c", "red", ["r4"])]
    fold(ledger, DAY + timedelta(days=1), rows)
    assert {c.subject for c in ledger.changed(checked.changed, 10)} == {"b", "c"}
    numbers = [c.changed for c in ledger.changed(0, 10)]
    assert numbers == sorted(set(numbers))


def test_a_lane_gets_its_floor_of_the_stock_after_red_and_no_more_than_it_lacks(tmp_path: Path) -> None:
    alerts = open_rules(ROOT).settings.alerts.model_copy(
        update={"lanes": {"change": Lane(signals=["C08"], share=0.1)}, "week_share": 1.0}
    )
    rules = replace(
        open_rules(ROOT), settings=open_rules(ROOT).settings.model_copy(update={"alerts": alerts})
    )
    ledger = Ledger(open_store(tmp_path), rules)
    rows = [warning(f"e{i:02}", "yellow", [f"r{i}"], pd_=0.3, kind="model") for i in range(27)]
    rows += [warning(f"c{i}", "yellow", [f"s{i}"], pd_=0.01, kind="trend", code="C08") for i in range(3)]
    rows += [warning(f"f{i:02}", "yellow", [f"t{i}"], pd_=0.1, kind="model") for i in range(9)]
    assert fold(ledger, DAY, rows[:2] + rows[27:28], population=100).opened == 3, "a first C08 is open"
    fold(ledger, DAY + timedelta(days=30), rows, population=1000)
    listed = {case.subject for case in ledger.queue(limit=100).cases}
    assert len(listed) == 30 and {"c0", "c1", "c2"} <= listed, "three of thirty places are kept"
    assert {f"e{i:02}" for i in range(27)} <= listed


def test_of_two_folds_of_a_few_within_a_second_the_later_counts(ledger: Ledger) -> None:
    keep = lambda evidence: evidence["record_id"]  # noqa: E731
    for part, level, record in ((100_000, "yellow", "r1"), (900_000, "red", "r2")):
        table = pd.DataFrame([warning("a", level, [record])], columns=WARNINGS_SCHEMA.names)
        ledger.fold_some("s", table, DAY.replace(microsecond=part), 1000, keep, ["a"])
    assert ledger.of("a")[0].level == "red"


def test_a_closed_case_is_not_opened_beside_another_of_its_enterprise(ledger: Ledger) -> None:
    person = Person("u", "李审", "reviewer")
    fold(ledger, DAY, [warning("a", "red", ["r1"])])
    first = ledger.of("a")[0].case_id
    repaired = fold(ledger, DAY + timedelta(days=1), [], usable=[])
    assert repaired.closed_by_repair == 1
    fold(ledger, DAY + timedelta(days=90), [warning("a", "red", ["r2"])])
    assert len(ledger.of("a")) == 2
    with pytest.raises(CheckFailed, match="another case"):
        ledger.act(first, "reopen", person, "再看 look again", now=DAY + timedelta(days=91))
