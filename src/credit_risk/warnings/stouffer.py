"""Many weak signs of one kind, added up: none of them tells anything alone.

Stouffer's method for signs measured as distances from the usual: the weighted sum of those that are known, over the
root of the sum of squared weights, so that whoever has five series is measured as one who has two. One distance counts
up to ``LIMIT``: what is far out in one thing alone is not what is looked for.

Source: Stouffer et al. (1949), The American Soldier, vol. 1; with weights: Liptak (1958); Whitlock (2005), Combining
probability from independent tests, J. Evol. Biol. 18.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Stouffer"]

Floats = npt.NDArray[np.float64]
LIMIT = 4.0


class Stouffer:
    """A detector with the two methods of PyOD that are asked for; it learns nothing but what it is given."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = np.asarray(weights, np.float64)

    def fit(self, distances: Floats) -> Stouffer:
        """Return itself: distances come measured already."""
        return self

    def decision_function(self, distances: Floats) -> Floats:
        """Return the sum per row; NaN distances (unknown) take no part, a row without any has 0."""
        known = ~np.isnan(distances)
        signs = (np.clip(np.nan_to_num(distances), -LIMIT, LIMIT) * self.weights).sum(axis=1)
        size = np.sqrt((known * self.weights**2).sum(axis=1))
        result: Floats = np.divide(signs, size, out=np.zeros(len(signs)), where=size > 0)
        return result
