"""What a case's history lets a person do next: who proposed may not approve, and its taker takes a step back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from credit_risk.errors import CheckFailed
from credit_risk.warnings.ledger.case import Move, Person
from credit_risk.warnings.ledger.states import ACTS

__all__ = ["barred", "before_last", "last_step", "proposer"]

UNDO_WITHIN = timedelta(minutes=30)
NOT_UNDONE = ("approve", "assign", "snooze", "watch", "reopen")


def proposer(past: Sequence[Move]) -> str | None:
    """Return who proposed to confirm last, None where nobody did; what was undone does not count."""
    proposed = [move.actor for move in past if move.act == "propose" and not move.undone]
    return proposed[-1] if proposed else None


def last_step(past: Sequence[Move]) -> Move:
    """Return the last move that stands, notes aside."""
    return next(m for m in reversed(past) if m.act not in ("undo", "note") and not m.undone)


def before_last(past: Sequence[Move], by: Person, at: datetime) -> dict[str, Any]:
    """Return what undoing the last step restores; raises CheckFailed where it is not this person's to undo."""
    if (refused := _not_to_undo(past, by, at)) is not None:
        raise refused
    last = last_step(past)
    change: dict[str, Any] = {"state": last.before}
    if last.act in ("reject", "data_error"):
        change["conclusion"] = None
    if last.act == "close":
        change["closed_at"] = None
    return change


def barred(past: Sequence[Move], by: Person, at: datetime) -> set[str]:
    """Return the acts that the history keeps a person from, whatever state and role allow."""
    second = {name for name, rule in ACTS.items() if rule.other_person}
    found = second if proposer(past) == by.shown else set()
    return found | ({"undo"} if _not_to_undo(past, by, at) is not None else set())


def _not_to_undo(past: Sequence[Move], by: Person, at: datetime) -> CheckFailed | None:
    last = last_step(past)
    if last.actor != by.shown or last.act in NOT_UNDONE:
        return CheckFailed(
            "the last step is not yours to undo",
            hint="only the one who took it may, not a second person's approval",
        )
    if at - datetime.fromisoformat(last.at) > UNDO_WITHIN:
        return CheckFailed(
            f"a step can be undone within {UNDO_WITHIN.seconds // 60} minutes", hint="reopen instead"
        )
    return None
