"""What a book may say of classes: the grades of the master scale, data depth, and ladders of ordered classes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from credit_risk.book.schema import Entry, Name, Text

__all__ = ["DepthBand", "GradeBand", "Ladder"]


class GradeBand(Entry):
    """One grade of the master scale: PD up to and including ``pd_max``; ``public`` is its A to D class.

    ``share`` is the span in which the zone expects the grade's share of the scored to lie; outside it is a finding.
    """

    grade: str
    pd_max: float = Field(gt=0, le=1)
    public: Literal["A", "B", "C", "D"]
    title: Text
    share: tuple[float, float] | None = None


class DepthBand(Entry):
    """One class of data depth: how much is known of an enterprise, A most; the first whose ``when`` holds counts.

    ``when`` is a condition over indicators; the last class has none and takes whoever is left.
    """

    depth: Literal["A", "B", "C", "D", "E", "F", "G"]
    title: Text
    when: str | None = None


class Ladder(Entry):
    """Ordered classes from recipes that each foresee one step: class 1 + the number of steps climbed.

    ``steps`` are recipes on the same observations, step k the outcome "class k + 1 or higher". ``now`` is an indicator
    that holds the present class: the forecast that nothing moves. ``published`` is what others reported, by part.
    """

    ladder: Name
    title: Text
    steps: list[str] = Field(min_length=1)
    now: Name
    published: dict[str, dict[str, float]] = Field(default={})
    source: str | None = None
