"""The peer group of the book and the place of a value within it.

The group is the latest value of the book's keys (industry x size x zone). Where fewer than ``minimum`` enterprises
share all keys, the last key is dropped, and so on; the whole zone is the last resort.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.settings import PeerGroup

__all__ = ["Groups", "peer_groups", "shares", "twice_ranks"]

Ints = npt.NDArray[np.int64]
Ranks = npt.NDArray[np.int32]


def peer_groups(keys: pd.DataFrame, rule: PeerGroup) -> pd.Series:
    """Return the name of each row's peer group; ``keys`` has the columns ``rule.by``, nulls are a value."""
    filled = keys[rule.by].astype("string").fillna("-")
    result = pd.Series("all", index=keys.index, dtype="string")
    open_rows = pd.Series(True, index=keys.index)
    for length in range(len(rule.by), 0, -1):
        name = filled[rule.by[0]].str.cat([filled[key] for key in rule.by[1:length]], sep="/")
        large = open_rows & (name.map(name.value_counts()) >= rule.minimum)
        result[large] = name[large]
        open_rows &= ~large
    return result


@dataclass(frozen=True)
class Groups:
    """Rows arranged by group: ``code`` of each row, ``order`` of rows, ``starts`` of the groups in it (and the end)."""

    code: Ints
    order: Ints
    starts: Ints

    @classmethod
    def of(cls, names: npt.ArrayLike) -> Groups:
        """Arrange the rows whose group names are given."""
        found, code = np.unique(np.asarray(names, dtype=str), return_inverse=True)
        counts = np.bincount(code, minlength=len(found))
        return cls(code, np.argsort(code, kind="stable"), np.concatenate([[0], np.cumsum(counts)]))

    def counts(self, values: npt.NDArray[np.float64]) -> Ranks:
        """Return the number of values that are not NaN in each group."""
        known = np.bincount(self.code, weights=~np.isnan(values), minlength=len(self.starts) - 1)
        return known.astype(np.int32)


def twice_ranks(values: npt.NDArray[np.float64], groups: Groups) -> Ranks:
    """Return twice the average rank of each value within its group (1 is the lowest), 0 for NaN.

    A whole number, so it can be kept in four bytes and nothing is lost.
    """
    arranged, place = values[groups.order], np.empty(len(values), np.int64)
    for start, end in pairwise(groups.starts.tolist()):
        place[start:end] = start + np.argsort(arranged[start:end])
    ordered = arranged[place]
    new = np.ones(len(values) + 1, bool)
    new[1:-1] = ordered[1:] != ordered[:-1]
    new[groups.starts] = True
    first = np.flatnonzero(new)
    length = np.diff(first)
    first = first[:-1]
    within = first - groups.starts[np.searchsorted(groups.starts, first, side="right") - 1]
    result = np.zeros(len(values), np.int32)
    result[groups.order[place]] = np.repeat(2 * within + length + 1, length)
    result[np.isnan(values)] = 0
    return result


def shares(ranks: Ranks, counts: Ranks) -> npt.NDArray[np.float64]:
    """Return the share of a group with a lower value, ties counted half, the own value left out.

    ``ranks`` are twice the ranks, ``counts`` the known values in the group of each. A null value gets NaN, and so
    does a group of one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (ranks / 2 - 1) / (counts - 1)
    return np.where((ranks > 0) & (counts > 1), share, np.nan)
