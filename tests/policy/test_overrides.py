"""Human decisions: two people, days, history, and what was in force when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.errors import CheckFailed, InputError
from credit_risk.policy import Override, Overrides
from credit_risk.store import open_store
from credit_risk.warnings.ledger import Person

WANG, LI, ZHAO = (
    Person("wang", "王监管", "supervisor"),
    Person("li", "李复核", "reviewer"),
    Person("zhao", "赵", "analyst"),
)
START = datetime(2026, 3, 1, 9)


class Clock:
    """Time that a test moves."""

    now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def overrides(tmp_path: Path, clock: Clock) -> Overrides:
    return Overrides(open_store(tmp_path), open_rules(ROOT), clock)


def proposed(overrides: Overrides, person: Person = WANG, public: str = "B", **days: date) -> Override:
    words = {"starts": date(2026, 3, 2), "expires": date(2026, 9, 1), **days}
    return overrides.propose(
        "S1", public, person=person, reason="已整改 corrected", basis="某办法第三条", **words
    )


def test_a_proposal_binds_nobody_until_another_person_approves(overrides: Overrides) -> None:
    made = proposed(overrides, LI)
    day = date(2026, 4, 1)
    assert overrides.in_force(day) == {}
    with pytest.raises(CheckFailed, match="another person has to approve"):
        overrides.decide(made.override_id, "approve", person=LI, reason="ok")
    with pytest.raises(CheckFailed, match="may not approve"):
        overrides.decide(made.override_id, "approve", person=WANG, reason="ok")
    chen = Person("chen", "陈复核", "reviewer")
    overrides.decide(made.override_id, "approve", person=chen, reason="核对无误")
    assert overrides.in_force(day)["S1"].approver == "陈复核 (chen)"


def test_a_decision_binds_from_its_first_day_until_before_its_last(overrides: Overrides) -> None:
    made = proposed(overrides)
    overrides.decide(made.override_id, "approve", person=LI, reason="ok")
    held = [
        d
        for d in (date(2026, 3, 1), date(2026, 3, 2), date(2026, 8, 31), date(2026, 9, 1))
        if overrides.in_force(d)
    ]
    assert held == [date(2026, 3, 2), date(2026, 8, 31)]


def test_what_was_in_force_can_be_told_as_it_was_decided_then(overrides: Overrides, clock: Clock) -> None:
    made = proposed(overrides)
    clock.now = START + timedelta(days=2)
    overrides.decide(made.override_id, "approve", person=LI, reason="ok")
    clock.now = START + timedelta(days=10)
    overrides.decide(made.override_id, "end", person=LI, reason="情况有变")
    day = date(2026, 4, 1)
    states = [len(overrides.in_force(day, at=START + timedelta(days=n))) for n in (0, 1, 3, 9, 11)]
    assert states == [0, 0, 1, 1, 0]
    assert overrides.in_force(day) == {}
    assert [d.act for d in overrides.history(made.override_id)] == ["propose", "approve", "end"]
    assert overrides.of("S1")[0].end_reason == "情况有变"


def test_the_last_approved_of_two_decisions_wins(overrides: Overrides) -> None:
    first, second = proposed(overrides, public="B"), proposed(overrides, public="C")
    overrides.decide(second.override_id, "approve", person=LI, reason="ok")
    overrides.decide(first.override_id, "approve", person=LI, reason="ok")
    assert overrides.in_force(date(2026, 4, 1))["S1"].public == "B"


def test_a_refused_or_ended_decision_cannot_be_approved(overrides: Overrides) -> None:
    made = proposed(overrides)
    overrides.decide(made.override_id, "refuse", person=LI, reason="依据不足")
    with pytest.raises(CheckFailed, match="is refused"):
        overrides.decide(made.override_id, "approve", person=LI, reason="ok")
    assert overrides.in_force(date(2026, 4, 1)) == {}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda o: proposed(o, public="E"), "public class: expected one of A, B, C, D, came 'E'"),
        (lambda o: proposed(o, expires=date(2026, 3, 2)), "expires: expected a day after"),
        (lambda o: proposed(o, expires=date(2028, 3, 2)), "within 365 days"),
        (lambda o: o.propose("S1", "B", person=WANG, reason=" ", basis="b", starts=date(2026, 3, 2),
                             expires=date(2026, 4, 1)), "reason: expected a text"),
        (lambda o: o.decide("OV-none", "approve", person=LI, reason="ok"), "no decision 'OV-none'"),
        (lambda o: o.decide("OV-none", "bless", person=LI, reason="ok"), "act: expected one of"),
    ],
)  # fmt: skip
def test_a_wrong_decision_is_refused_with_what_was_expected(
    overrides: Overrides, call: Callable[[Overrides], object], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        call(overrides)


def test_a_role_that_may_not_propose_is_refused(overrides: Overrides) -> None:
    with pytest.raises(CheckFailed, match=r"override\.propose"):
        proposed(overrides, ZHAO)
