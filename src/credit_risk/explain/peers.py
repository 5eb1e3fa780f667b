"""The peer group of the book and the place of a value within it.

The group is the latest value of the book's keys (industry x size x zone). Where fewer than ``minimum`` enterprises
share all keys, the last key is dropped, and so on; the whole zone is the last resort.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.settings import PeerGroup

__all__ = ["peer_groups", "share_below"]


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


def share_below(values: pd.Series, groups: pd.Series) -> npt.NDArray[np.float64]:
    """Return for each row the share of its group with a lower value, ties counted half, own row left out.

    Null values get NaN and are not counted as peers. A group of one gets NaN.
    """
    ranks = values.groupby(groups).rank(method="average")
    counts = values.groupby(groups).transform("count")
    return np.asarray((ranks - 1) / (counts - 1).replace(0, np.nan), dtype=np.float64)
