"""Verdicts become records received when they were decided; a random sample guards against learning from one's own choice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.warnings.test_fold import DAY, REVIEWER, SUPERVISOR, fold, warning

from credit_risk.errors import CheckFailed, InputError
from credit_risk.warnings.ledger import AuditSample, check_unbiased, verdicts
from credit_risk.zone import Book


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    return Book.open(ROOT)


def _decided(book: Book, act: str = "reject", at: datetime = DAY + timedelta(days=2)) -> str:
    fold(book.ledger, DAY, [warning("a", "orange", ["r1"])])
    case_id = book.ledger.of("a")[0].case_id
    book.ledger.act(case_id, "check", SUPERVISOR, "核查", now=DAY + timedelta(days=1))
    book.ledger.act(case_id, act, SUPERVISOR, "情况说明", now=at)
    return case_id


def test_a_verdict_is_known_from_its_decision_on_and_not_a_moment_before(own: Book) -> None:
    decided = DAY + timedelta(days=2)
    case_id = _decided(own)
    assert own.publish_verdicts() == 1 and own.publish_verdicts() == 0
    known = lambda t: own.records.as_of("warning_verdict", t).to_pandas()  # noqa: E731
    assert known(decided - timedelta(seconds=1)).empty
    (row,) = known(decided).to_dict("records")
    assert (row["subject"], row["verdict"], row["case_id"], row["chosen"]) == (
        "a",
        "rejected",
        case_id,
        "warning",
    )
    assert SUPERVISOR.user_id in row["decided_by"] and row["codes"] == "A02"
    table = own.matrix.build(["a"], decided, ["warnings_rejected_6m"]).to_pandas()
    assert table["warnings_rejected_6m"].tolist() == [1.0]
    before = own.matrix.build(["a"], decided - timedelta(seconds=1), ["warnings_rejected_6m"]).to_pandas()
    assert before["warnings_rejected_6m"].tolist() == [0.0]


def test_an_undone_or_reopened_decision_is_no_verdict(own: Book) -> None:
    case_id = _decided(own)
    own.ledger.act(case_id, "undo", SUPERVISOR, "点错", now=DAY + timedelta(days=2, minutes=5))
    assert verdicts(own.ledger.engine).empty
    own.ledger.act(case_id, "reject", SUPERVISOR, "不属实", now=DAY + timedelta(days=3))
    assert len(verdicts(own.ledger.engine)) == 1
    own.ledger.act(case_id, "reopen", REVIEWER, "新情况", now=DAY + timedelta(days=4))
    assert verdicts(own.ledger.engine).empty


def test_one_may_not_learn_from_what_the_engine_chose_alone(own: Book) -> None:
    _decided(own)
    with pytest.raises(CheckFailed, match="at random"):
        check_unbiased(verdicts(own.ledger.engine))
    sample = AuditSample(own.ledger.engine)
    drawn = sample.draw("s-1", [f"e{i}" for i in range(50)], ["e3"], 2, DAY)
    assert (
        sample.draw("s-1", [f"e{i}" for i in range(50)], ["e3"], 2, DAY) == drawn and len(sample.all()) == 2
    )
    sample.decide(drawn[0].sample_id, "confirmed", REVIEWER, "现场发现", DAY + timedelta(days=5))
    found = verdicts(own.ledger.engine)
    check_unbiased(found)
    assert set(found["chosen"]) == {"warning", "random"}
    with pytest.raises(CheckFailed, match="decided"):
        sample.decide(drawn[0].sample_id, "rejected", REVIEWER, "改判", DAY + timedelta(days=6))
    with pytest.raises(InputError, match="verdict"):
        sample.decide(drawn[1].sample_id, "guilty", REVIEWER, "x", DAY)
    with pytest.raises(InputError, match="reason"):
        sample.decide(drawn[1].sample_id, "rejected", REVIEWER, " ", DAY)


def test_the_draw_heeds_neither_warning_nor_order(own: Book) -> None:
    sample = AuditSample(own.ledger.engine)
    people = [f"e{i}" for i in range(300)]
    one = {d.subject for d in sample.draw("s-1", people, people[:30], 40, DAY)}
    other = {d.subject for d in sample.draw("s-1", people[::-1], [], 40, DAY)}
    assert one == other and 0 < len(one & set(people[:30])) < 15
    assert one != {d.subject for d in sample.draw("s-2", people, [], 40, DAY)}


def test_a_case_under_watch_comes_back_when_the_time_is_over(own: Book) -> None:
    fold(own.ledger, DAY, [warning("a", "orange", ["r1"])])
    case_id = own.ledger.of("a")[0].case_id
    own.ledger.act(case_id, "check", SUPERVISOR, "核查", now=DAY)
    until = (DAY + timedelta(days=20)).date()
    case = own.ledger.act(case_id, "watch", SUPERVISOR, "待观察一个月", until=until, now=DAY)
    assert case.state == "watching"
    assert own.ledger.queue(today=DAY.date()).total == 0
    assert own.ledger.queue(today=until).total == 1
    assert own.ledger.act(case_id, "check", SUPERVISOR, "再查", now=DAY).snoozed_until is None
