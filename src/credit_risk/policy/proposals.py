"""Emit a proposal of a measure: only what the book lists, in force on the day, earned by facts, with a named person
where it is adverse. Nothing is taken here: a proposal is a sentence to the competent department.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from credit_risk.book import Rules
from credit_risk.errors import CheckFailed, InputError, nearest
from credit_risk.policy.standing import Standing, entitled
from credit_risk.warnings.ledger import Person

__all__ = ["Proposal", "propose"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A measure proposed to a department; ``by`` is the person who answers for an adverse one."""

    measure: str
    subject: str
    department: str
    kind: str
    basis: str
    published: str
    record_ids: list[str]
    day: date
    by: str | None


def propose(rules: Rules, standing: Standing, name: str, person: Person | None = None) -> Proposal:
    """Return the proposal of a measure for an enterprise as it stands.

    Raises
    ------
    InputError
        The measure is not listed.
    CheckFailed
        It is not in force on the day; its conditions are not met; it is adverse and no person whose role may confirm
        measures is named, or a record that it rests on is under objection.

    """
    if name not in rules.measures:
        raise InputError(
            f"measure {name!r} is not listed: only published measures may be proposed",
            hint=nearest(name, rules.measures),
        )
    rule, day = rules.measures[name], standing.day
    if not rule.holds(day):
        raise CheckFailed(
            f"measure {name} is not in force on {day}: {rule.since} to {rule.until or 'open'} ({rule.basis})"
        )
    if not entitled([rule], standing.public, standing.facts, day):
        raise CheckFailed(f"measure {name}: its conditions are not met by {standing.subject} on {day}")
    if rule.kind == "restriction":
        _answered_for(rules, name, person)
    ids = sorted({i for fact in rule.needs for i in standing.facts[fact]})
    return Proposal(
        name, standing.subject, rule.department, rule.kind, rule.basis, rule.published, ids, day,
        person.shown if person else None,
    )  # fmt: skip


def _answered_for(rules: Rules, name: str, person: Person | None) -> None:
    if person is None or not person.name.strip():
        raise CheckFailed(f"measure {name} is adverse: a named person has to propose it")
    role = rules.roles.get(person.role)
    if role is None or "measure.confirm" not in role.may:
        raise CheckFailed(
            f"measure {name} is adverse: role {person.role!r} may not propose it (measure.confirm)"
        )
