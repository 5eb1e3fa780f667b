"""Reasons: contributions rolled up along the indicator tree, ranked, in columns, adding up to the score.

Single correlated indicators swap places from one retraining to the next; their group stays. So groups are ranked, and
each group speaks through its strongest indicators. All rows are ranked at once; ``told.py`` makes the sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from credit_risk.explain.contributions import Contributions
from credit_risk.explain.schema import REASONS_SCHEMA, RECORD_FIELDS
from credit_risk.explain.wording import Wording
from credit_risk.explain.words import say

__all__ = ["Ranked", "Reasoner"]

FAULTS, STRENGTHS, PER_GROUP, TOP = 5, 3, 2, 3
LEAST = 0.05  # points of an indicator that speaks; less rounds to nothing

Points = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ranked:
    """The reasons of many scores.

    ``base + sum of points of reasons + other == score`` exactly, in tenths of a point.

    Attributes
    ----------
    reasons : Table
        By ``REASONS_SCHEMA`` without ``subject``; no records yet.
    row, name : arrays
        Row and position among the names of every indicator shown, in the order of the lists.

    """

    score: Points
    base: float
    other: Points
    reasons: pa.Table
    row: Places
    name: Places


class Reasoner:
    """Turns contributions into reasons."""

    def __init__(self, wording: Wording, names: tuple[str, ...]) -> None:
        self.wording, self.names = wording, names
        trees = [wording.indicators[n].tree for n in names]
        self.groups = sorted(set(trees))
        self.member = np.array([self.groups.index(tree) for tree in trees], dtype=np.int64)

    def rank(self, contributions: Contributions, values: pd.DataFrame, peers: Points) -> Ranked:
        """Return the reasons of every row.

        Parameters
        ----------
        contributions
            Of the same rows, in the same order.
        values
            Indicator values; columns by name.
        peers
            Share of the peer group below each value, shape (rows, names); NaN where there is none.

        """
        points = contributions.points
        of_group = self._of_groups(points)
        group = _strongest(of_group)
        indicator = self._speaking(points, of_group, group)
        told = group >= 0
        row_of_reason, _ = np.nonzero(told)
        tenths = _tenths(of_group[row_of_reason, group[told]])
        score = _tenths(contributions.score)
        base = int(_tenths(contributions.base)) if len(score) else 0  # no row, no base
        other = score - base - np.bincount(row_of_reason, tenths, len(points)).astype(np.int64)
        row, _, _ = np.nonzero(indicator >= 0)
        name = indicator[indicator >= 0]
        columns = {
            "reason_group": _lists(row_of_reason, len(points), pa.array(group[told], pa.int16())),
            "reason_points": _lists(row_of_reason, len(points), pa.array(tenths, pa.int32())),
            "reason_shown": _lists(
                row_of_reason, len(points), pa.array((indicator >= 0).sum(axis=2)[told], pa.int16())
            ),
            **self._shown(row, name, points, values, peers),
        }
        columns |= self._top(indicator, values, peers)
        nothing = {n: pa.nulls(len(points), kind) for n, kind in RECORD_FIELDS}
        schema = REASONS_SCHEMA.remove(0)
        return Ranked(score / 10, base / 10, other / 10, pa.table(columns | nothing, schema), row, name)

    def _of_groups(self, points: Points) -> Points:
        """Return points by group, shape (rows, groups), added up in the order of the names."""
        result = np.zeros((len(points), len(self.groups)))
        for place, group in enumerate(self.member):
            result[:, group] += points[:, place]
        return result

    def _speaking(self, points: Points, of_group: Points, group: Places) -> Places:
        """Return the indicators through which each reason speaks, shape (rows, reasons, ``PER_GROUP``), -1 for none."""
        result = np.full((*group.shape, PER_GROUP), -1)
        for g in range(len(self.groups)):
            row, slot = np.nonzero(group == g)
            members = np.flatnonzero(self.member == g)
            sign = np.where(of_group[row, g] < 0, -1.0, 1.0)
            own = points[np.ix_(row, members)]
            pushed = sign[:, None] * own
            best = np.argsort(-pushed, axis=1, kind="stable")[:, :PER_GROUP]
            loud = np.take_along_axis(pushed, best, axis=1) > LEAST
            alone = ~loud.any(axis=1)
            chosen = np.where(loud, members[best], -1)
            chosen[alone, 0] = members[np.argmax(np.abs(own[alone]), axis=1)]
            result[row, slot, : chosen.shape[1]] = chosen
        return result

    def _shown(
        self, row: Places, name: Places, points: Points, values: pd.DataFrame, peers: Points
    ) -> dict[str, pa.Array]:
        number, code = self._values(row, name, values)
        share = peers[row, name]
        shown = {
            "shown_name": pa.array(name, pa.int16()),
            "shown_points": pa.array(_tenths(points[row, name]), pa.int32()),
            "shown_value": pa.array(number, pa.float64(), mask=np.isnan(number)),
            "shown_code": pa.array(code, pa.string()),
            "shown_peer": pa.array(share, pa.float64(), mask=np.isnan(share)),
        }
        return {n: _lists(row, len(points), array) for n, array in shown.items()}

    def _values(
        self, row: Places, name: Places, values: pd.DataFrame
    ) -> tuple[Points, npt.NDArray[np.object_]]:
        """Return the shown values as numbers (NaN for none) and as codes of categories (None for none)."""
        number, code = np.full(len(row), np.nan), np.full(len(row), None, dtype=object)
        order = np.argsort(name, kind="stable")
        bounds = np.searchsorted(name[order], np.arange(len(self.names) + 1))
        for place, known in enumerate(self.names):
            at = order[bounds[place] : bounds[place + 1]]
            column = values[known]
            if self.wording.indicators[known].kind == "category":
                taken = column.iloc[row[at]]
                code[at] = np.where(taken.notna(), taken.astype(object), None)
            else:
                number[at] = column.to_numpy(np.float64, na_value=np.nan)[row[at]]
        return number, code

    def _top(self, indicator: Places, values: pd.DataFrame, peers: Points) -> dict[str, pa.Array]:
        """Return the sentences of the strongest indicator of each of the first ``TOP`` faults."""
        leading = indicator[:, : min(TOP, FAULTS, len(self.groups)), 0]
        row, _ = np.nonzero(leading >= 0)
        name = leading[leading >= 0]
        number, code = self._values(row, name, values)
        share = peers[row, name]
        said = [
            say(self.wording.indicators[self.names[n]], c if c is not None else v, p)
            for n, c, v, p in zip(name.tolist(), code, number.tolist(), share.tolist(), strict=True)
        ]
        texts = {f"top_{of}": pa.array([s[of] for s in said], pa.string()) for of in ("zh", "en")}
        return {n: _lists(row, len(indicator), array) for n, array in texts.items()}


def _strongest(of_group: Points) -> Places:
    """Return the groups that are told, shape (rows, ``FAULTS + STRENGTHS``): faults, then strengths; -1 for none."""
    order = np.argsort(of_group, axis=1, kind="stable")
    faults, strengths = order[:, :FAULTS], order[:, ::-1][:, :STRENGTHS]
    worst, best = (np.take_along_axis(of_group, g, axis=1) for g in (faults, strengths))
    return np.concatenate(
        [np.where(_tenths(worst) < 0, faults, -1), np.where(_tenths(best) > 0, strengths, -1)], axis=1
    )


def _lists(row: Places, rows: int, values: pa.Array) -> pa.Array:
    """Return one list a row of values that stand in the order of their rows."""
    offsets = np.searchsorted(row, np.arange(rows + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _tenths(points: Any) -> Places:
    return np.asarray(np.rint(points * 10), dtype=np.int64)
