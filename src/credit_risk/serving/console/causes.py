"""The causes of a change as a page tells them: each with the indicators that it moved, so that both add up alike."""

from __future__ import annotations

from dataclasses import dataclass

from credit_risk.explain.suppose import Change, Moved

__all__ = ["Cause", "causes_of"]

MOST = 6


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause with its points in tenths: ``moved`` (values that changed, largest first) and ``rest`` make them up.

    ``rest`` is what further indicators moved, and what indicators whose value stayed share out anew among themselves.
    """

    name: str
    points: float
    moved: list[Moved]
    rest: float


def causes_of(change: Change) -> list[Cause]:
    """Return the causes in their order; points are tenths that lead from the shown score before to the one after."""
    return [
        _cause(step.cause, points, [one for one in step.moved if one.before != one.after])
        for step, points in zip(change.steps, change.shown, strict=True)
    ]


def _cause(name: str, points: float, changed: list[Moved]) -> Cause:
    told = [one for one in changed if round(one.points, 1)][:MOST]
    return Cause(name, points, told, round(points - sum(round(one.points, 1) for one in told), 1))
