"""The life of a warning: only the acts of the table, by the roles they ask for, adverse ones by two people."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.warnings.test_fold import DAY, REVIEWER, ROOT, SUPERVISOR, fold, ledger, warning

from credit_risk.book import open_rules
from credit_risk.errors import CheckFailed, InputError
from credit_risk.store import engine as store_engine
from credit_risk.warnings.ledger import ACTS, DECIDED, OPEN, STATES, Ledger, Person

__all__ = ["ledger"]  # the fixture

OTHER = Person("zhao", "赵复核", "reviewer")
ANALYST = Person("chen", "陈分析", "analyst")
PEOPLE = [SUPERVISOR, REVIEWER, OTHER, ANALYST]
LATER = DAY + timedelta(days=3)


def _case(ledger: Ledger) -> str:
    fold(ledger, DAY, [warning("a", "orange", ["r1"])])
    return ledger.of("a")[0].case_id


def test_the_whole_life_by_two_people(ledger: Ledger) -> None:
    case_id = _case(ledger)
    ledger.act(case_id, "assign", REVIEWER, "请核查", assignee="wang")
    ledger.act(case_id, "check", SUPERVISOR, "已联系企业")
    ledger.act(case_id, "propose", SUPERVISOR, "住所无人办公，电话停机")
    with pytest.raises(CheckFailed, match="may not approve"):
        ledger.act(case_id, "approve", SUPERVISOR, "同意")
    case = ledger.act(case_id, "approve", REVIEWER, "材料齐全，同意")
    assert (case.state, case.conclusion) == ("confirmed", "confirmed")
    assert ledger.act(case_id, "close", SUPERVISOR, "已移送").state == "closed"
    assert [m.act for m in ledger.moves(case_id)] == [
        "open",
        "assign",
        "check",
        "propose",
        "approve",
        "close",
    ]


def test_a_reviewer_does_not_approve_what_she_proposed(ledger: Ledger) -> None:
    case_id = _case(ledger)
    ledger.act(case_id, "check", REVIEWER, "核查")
    ledger.act(case_id, "propose", REVIEWER, "属实")
    for act in ("approve", "return"):
        with pytest.raises(CheckFailed, match="second person"):
            ledger.act(case_id, act, REVIEWER, "同意")
    assert ledger.act(case_id, "approve", OTHER, "同意").state == "confirmed"


def test_two_people_at_once_the_second_is_told(ledger: Ledger) -> None:
    case_id = _case(ledger)
    seen = ledger.case(case_id).version
    ledger.act(case_id, "check", SUPERVISOR, "核查", version=seen)
    with pytest.raises(CheckFailed, match="has changed"):
        ledger.act(case_id, "escalate", REVIEWER, "升级", version=seen)


def test_a_step_can_be_taken_back_soon_by_the_one_who_took_it(ledger: Ledger) -> None:
    case_id = _case(ledger)
    ledger.act(case_id, "check", SUPERVISOR, "核查", now=LATER)
    ledger.act(case_id, "reject", SUPERVISOR, "误点", now=LATER)
    with pytest.raises(CheckFailed, match="not yours"):
        ledger.act(case_id, "undo", REVIEWER, "撤回", now=LATER)
    with pytest.raises(CheckFailed, match="30 minutes"):
        ledger.act(case_id, "undo", SUPERVISOR, "撤回", now=LATER + timedelta(hours=1))
    case = ledger.act(case_id, "undo", SUPERVISOR, "点错了", now=LATER)
    assert (case.state, case.conclusion) == ("checking", None)
    assert [m.undone for m in ledger.moves(case_id)] == [False, False, True, False]


def test_a_person_is_offered_only_what_the_history_leaves_open(ledger: Ledger) -> None:
    def open_to(person: Person) -> list[str]:
        return ledger.possible(ledger.case(case_id), person, ledger.moves(case_id), LATER)

    case_id = _case(ledger)
    assert "undo" not in open_to(SUPERVISOR), "the engine's step is nobody's to undo"
    ledger.act(case_id, "check", REVIEWER, "", now=LATER)
    assert "undo" in open_to(REVIEWER) and "undo" not in open_to(SUPERVISOR)
    ledger.act(case_id, "propose", REVIEWER, "属实", now=LATER)
    assert "approve" not in open_to(REVIEWER) and "approve" in open_to(OTHER)
    late = ledger.possible(ledger.case(case_id), REVIEWER, ledger.moves(case_id), LATER + timedelta(hours=1))
    assert "undo" not in late


def test_an_act_says_why_and_gives_what_it_needs(ledger: Ledger) -> None:
    case_id = _case(ledger)
    for act, more, said in [
        ("assign", {"reason": "x"}, "assignee"),
        ("snooze", {"reason": "x"}, "until"),
        ("snooze", {"reason": "x", "until": date(2030, 1, 1)}, "90 days"),
        ("chek", {"reason": "x"}, "did you mean 'check'"),
    ]:
        with pytest.raises(InputError, match=said):
            ledger.act(case_id, act, SUPERVISOR, **more)  # type: ignore[arg-type]
    assert len(ledger.moves(case_id)) == 1


@pytest.mark.parametrize("act", sorted(set(ACTS) - {"check"}))
def test_only_the_start_of_a_check_goes_without_a_reason(ledger: Ledger, act: str) -> None:
    case_id = _case(ledger)
    ledger.act(case_id, "check", SUPERVISOR, "", now=LATER)
    started = ledger.moves(case_id)[-1]
    assert (started.act, started.actor, started.reason) == ("check", SUPERVISOR.shown, "")
    assert started.at == LATER.isoformat(timespec="seconds")
    with pytest.raises(InputError, match="reason: expected a sentence"):
        ledger.act(case_id, act, REVIEWER, "  ", assignee="wang", until=date(2024, 4, 10), now=LATER)
    assert len(ledger.moves(case_id)) == 2


def test_a_snoozed_case_comes_back_on_its_day(ledger: Ledger) -> None:
    case_id = _case(ledger)
    ledger.act(case_id, "snooze", SUPERVISOR, "待年报", until=date(2024, 4, 10), now=LATER)
    assert (
        ledger.queue(today=date(2024, 4, 9)).total == 0 and ledger.queue(today=date(2024, 4, 10)).total == 1
    )


class Life(RuleBasedStateMachine):
    """People press anything at any time; a small model says what must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        engine = store_engine._opened.__wrapped__(f"sqlite:///{self.folder.name}/l.db")
        self.ledger = Ledger(engine, open_rules(ROOT))
        self.case_id = _case(self.ledger)
        self.state, self.proposer, self.now, self.lines = "new", "", LATER, 1

    @rule(act=st.sampled_from(sorted(set(ACTS) - {"undo"})), who=st.sampled_from(PEOPLE))
    def press(self, act: str, who: Person) -> None:
        table = ACTS[act]
        may = table.may in self.ledger.rules.roles[who.role].may
        legal = may and self.state in table.before
        legal = legal and not (table.other_person and self.proposer == who.user_id)
        more = {"assignee": "wang"} if act == "assign" else {}
        if act in ("snooze", "watch"):
            more = {"until": self.now.date() + timedelta(days=5)}
        try:
            case = self.ledger.act(self.case_id, act, who, "理由", now=self.now, **more)  # type: ignore[arg-type]
        except CheckFailed:
            assert not legal
            return
        assert legal
        self.state, self.lines = table.after or self.state, self.lines + 1
        self.proposer = who.user_id if act == "propose" else self.proposer
        assert case.state == self.state

    @precondition(lambda self: self.state in (*OPEN, *DECIDED, "closed"))
    @rule(days=st.integers(1, 9), level=st.sampled_from(["red", "orange", "yellow"]))
    def another_month(self, days: int, level: str) -> None:
        before = self.ledger.case(self.case_id)
        at = datetime.fromisoformat(before.last_seen) + timedelta(days=days)
        fold(self.ledger, at, [warning("a", level, ["r1"])])
        after = self.ledger.case(self.case_id)
        self.lines = len(self.ledger.moves(self.case_id))
        assert after.state == before.state, "the engine decides nothing"
        assert after.conclusion == before.conclusion

    @invariant()
    def every_step_has_its_line(self) -> None:
        moves = self.ledger.moves(self.case_id)
        assert [m.number for m in moves] == list(range(1, self.lines + 1))
        assert moves[-1].after == self.ledger.case(self.case_id).state == self.state
        assert self.state in STATES

    @invariant()
    def nothing_is_confirmed_by_one_person(self) -> None:
        moves = self.ledger.moves(self.case_id)
        for position, move in enumerate(moves):
            if move.act == "approve":
                proposed = [m.actor for m in moves[:position] if m.act == "propose"]
                assert proposed[-1] != move.actor

    def teardown(self) -> None:
        self.ledger.engine.dispose()
        self.folder.cleanup()


Life.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestLife = Life.TestCase
