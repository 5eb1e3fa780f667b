"""Which signals a verdict rests on: people confirm facts, and none of them has to confirm what a model guesses.

Whoever proposes to confirm may name the signals found true; without a word it is all of them that are no guess of a
model. They are kept with the move, shown to the second person, and are what the verdict says was confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from credit_risk.errors import InputError
from credit_risk.warnings.ledger.case import Case, Move

__all__ = ["GUESS", "confirmable", "named_grounds", "standing_grounds"]

GUESS = "model"  # the kind of signal that says how likely something is, not that it happened


def confirmable(case: Case) -> list[str]:
    """Return the signals of a case that a person can find true: those that are no guess, all where all are guesses."""
    facts = [s["signal"] for s in case.signals if s.get("kind") != GUESS]
    return facts or [s["signal"] for s in case.signals]


def named_grounds(case: Case, chosen: Collection[str] | None) -> str:
    """Return the chosen signals as they are kept, in the order of the case; all that are confirmable without a choice.

    Raises InputError where none is chosen, or one that the case does not have.
    """
    able = confirmable(case)
    if chosen is None:
        return ",".join(able)
    if other := sorted(set(chosen) - set(able)):
        raise InputError(f"signals: expected some of {', '.join(able)}, came {', '.join(other)}")
    if not chosen:
        raise InputError(
            "请至少勾选一项信号 signals: expected at least one that is true, came none",
            hint="若都不成立，请认定不属实 where none is, reject the warning",
        )
    return ",".join(code for code in able if code in set(chosen))


def standing_grounds(past: Sequence[Move]) -> list[str]:
    """Return the signals of the last proposal that stands; none where nobody proposed."""
    proposed = [move for move in past if move.act == "propose" and not move.undone]
    named = proposed[-1].detail if proposed else None
    return named.split(",") if named else []
