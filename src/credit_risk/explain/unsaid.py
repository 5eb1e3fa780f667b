"""What the told reasons of a score leave unsaid: further indicators of a told group, and the groups that are not told.

A reason speaks through its strongest indicators and only the strongest groups are told, so that a page can be read.
What is left is no secret: here it is counted and added up, from the same contributions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_risk.explain.told import Words

__all__ = ["NOTHING_LEFT", "Rest", "Unsaid", "unsaid"]


@dataclass(frozen=True, slots=True)
class Rest:
    """So many indicators and the points they add up to, in tenths as people read them; of which group."""

    title: Mapping[str, str]
    count: int
    points: float


@dataclass(frozen=True, slots=True)
class Unsaid:
    """``further``: by told group what its shown lines leave out. ``others``: the groups not told, largest first."""

    further: Mapping[str, Rest]
    others: Sequence[Rest]

    @property
    def count(self) -> int:
        """How many indicators the groups not told sum."""
        return sum(rest.count for rest in self.others)


NOTHING_LEFT = Unsaid({}, [])


def unsaid(words: Words, points: Mapping[str, float], reasons: Sequence[Mapping[str, Any]]) -> Unsaid:
    """Return what told reasons (``Words.tell``) leave unsaid of the points of every indicator.

    Indicators without points are not counted, nor are groups that round to nothing. A group whose shown lines add up to
    what it says is not in ``further``.
    """
    moving: dict[str, set[str]] = {}
    for name, own in points.items():
        if own and name in words.wording.indicators:
            moving.setdefault(words.wording.indicators[name].tree, set()).add(name)
    further = {}
    for reason in reasons:
        shown = {one["name"] for one in reason["indicators"]}
        left = round(reason["points"] - sum(one["points"] for one in reason["indicators"]), 1)
        more = moving.get(reason["group"], set()) - shown
        if left and more:
            further[str(reason["group"])] = Rest(reason["title"], len(more), left)
    told = {reason["group"] for reason in reasons}
    others = [
        Rest(words.wording.tree[path], len(names), round(sum(points[n] for n in sorted(names)), 1))
        for path, names in sorted(moving.items())
        if path not in told
    ]
    return Unsaid(
        further, sorted((rest for rest in others if rest.points), key=lambda rest: -abs(rest.points))
    )
