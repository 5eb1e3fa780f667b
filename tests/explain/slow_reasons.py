"""The first, slow way from contributions to reasons, one row at a time: kept as it was, as the oracle of the fast one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from credit_risk.explain.contributions import Contributions
from credit_risk.explain.wording import Wording
from credit_risk.explain.words import say

__all__ = ["Reasoner", "Worded"]

FAULTS, STRENGTHS, PER_GROUP = 5, 3, 2


@dataclass(frozen=True, slots=True)
class Worded:
    """The reasons of one score, as plain JSON types.

    ``base + sum of points of reasons + other == score`` exactly, in tenths of a point.
    """

    score: float
    base: float
    other: float
    reasons: list[dict[str, Any]]


class Reasoner:
    """Turns contributions into reasons."""

    def __init__(self, wording: Wording, names: tuple[str, ...]) -> None:
        self.wording, self.names = wording, names
        trees = [wording.indicators[n].tree for n in names]
        self.groups = sorted(set(trees))
        self.member = np.array([self.groups.index(tree) for tree in trees])

    def word(self, contributions: Contributions, values: pd.DataFrame, peers: pd.DataFrame) -> list[Worded]:
        """Return the reasons of every row.

        Parameters
        ----------
        contributions
            Of the same rows, in the same order.
        values, peers
            Indicator values, and the share of the peer group below each; columns by name.

        """
        group_points = np.zeros((len(values), len(self.groups)))
        np.add.at(group_points.T, self.member, contributions.points.T)
        columns = {n: values[n].to_numpy() for n in self.names}
        shares = {n: peers[n].to_numpy() for n in self.names if n in peers}
        return [self._row(i, contributions, group_points[i], columns, shares) for i in range(len(values))]

    def _row(
        self,
        row: int,
        contributions: Contributions,
        group_points: Any,
        columns: dict[str, Any],
        shares: dict[str, Any],
    ) -> Worded:
        order = np.argsort(group_points, kind="stable")
        faults = [g for g in order[:FAULTS] if group_points[g] <= -0.05]
        strengths = [g for g in order[::-1][:STRENGTHS] if group_points[g] >= 0.05]
        reasons = [
            self._reason(row, int(g), contributions, float(group_points[g]), columns, shares)
            for g in [*faults, *strengths]
        ]
        score, base = _tenths(float(contributions.score[row])), _tenths(contributions.base)
        other = score - base - sum(_tenths(r["points"]) for r in reasons)
        return Worded(score / 10, base / 10, other / 10, reasons)

    def _reason(
        self,
        row: int,
        group: int,
        contributions: Contributions,
        points: float,
        columns: dict[str, Any],
        shares: dict[str, Any],
    ) -> dict[str, Any]:
        members = np.flatnonzero(self.member == group)
        own = contributions.points[row, members]
        sign = -1.0 if points < 0 else 1.0
        ranked = members[np.argsort(-sign * own, kind="stable")][:PER_GROUP]
        speaking = [i for i in ranked if sign * contributions.points[row, i] > 0.05]
        leading = speaking or [members[int(np.argmax(np.abs(own)))]]
        path = self.groups[group]
        return {
            "group": path,
            "title": dict(self.wording.tree[path]),
            "points": _tenths(points) / 10,
            "effect": "raises_risk" if points < 0 else "lowers_risk",
            "indicators": [self._indicator(row, int(i), contributions, columns, shares) for i in leading],
        }

    def _indicator(
        self,
        row: int,
        position: int,
        contributions: Contributions,
        columns: dict[str, Any],
        shares: dict[str, Any],
    ) -> dict[str, Any]:
        name = self.names[position]
        words = self.wording.indicators[name]
        value = _plain(columns[name][row])
        peer = _plain(shares[name][row]) if name in shares else None
        return {
            "name": name,
            "title": dict(words.title),
            "value": value,
            "peer": peer,
            "points": _tenths(float(contributions.points[row, position])) / 10,
            "says": say(words, value, peer),
            "repairable": words.repairable,
        }


def _tenths(points: float) -> int:
    return round(points * 10)


def _plain(value: Any) -> Any:
    """Return a JSON-able value; NaN and missing become None."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
