"""How an enterprise does among its peers, dimension by dimension of the indicator tree."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["Dimensions"]


class Dimensions:
    """The points of every scored enterprise by dimension, kept peer group by peer group.

    Parameters
    ----------
    points
        By subject, a column a dimension.
    groups
        The peer group by subject; of more subjects than ``points`` if need be.

    """

    def __init__(self, points: pd.DataFrame, groups: pd.Series) -> None:
        codes = pd.factorize(groups.reindex(points.index))[0]
        order = np.argsort(codes, kind="stable")
        self.names = [str(name) for name in points.columns]
        self.subjects = points.index
        self.points = points.to_numpy(np.float32)[order]
        self.place = np.argsort(order)
        self.codes = codes
        self.starts = np.searchsorted(codes[order], np.arange(-1, codes.max(initial=-1) + 2))

    def of(self, subject: str) -> dict[str, float] | None:
        """Return per dimension the share of its peers that do worse (ties count half); None when it has no points."""
        if subject not in self.subjects:
            return None
        row = int(self.subjects.get_indexer([subject])[0])
        start, end = self.starts[self.codes[row] + 1 : self.codes[row] + 3]
        peers, own = self.points[start:end], self.points[self.place[row]]
        shares = (peers < own).mean(axis=0) + (peers == own).mean(axis=0) / 2
        return {name: float(share) for name, share in zip(self.names, shares, strict=True)}
