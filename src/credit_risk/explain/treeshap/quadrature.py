"""Gauss-Legendre nodes on [0, 1], and the two rows of numbers a repeated feature needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["NodeTable", "nodes_needed"]

Floats = npt.NDArray[np.float64]


def nodes_needed(features: int) -> int:
    """Return how many nodes are exact for a path of so many distinct features.

    The integrand has degree ``features - 1``; K nodes are exact up to degree ``2 K - 1``.
    """
    return max(1, (features + 1) // 2)


class NodeTable:
    """Rows ``alpha = y / f`` and ``beta = r / f**2`` with ``f = y + r (1 - y)``, one per (K, r).

    A feature met for the first time has ``r = 1``, thus ``f = 1``, ``alpha = y`` and ``beta = 1``. Rows are
    ``width`` long; beyond K they are 0. Row K - 1 of ``weights`` is the rule of K nodes.
    """

    def __init__(self, most: int, width: int) -> None:
        self.width = width
        self.weights = np.zeros((most, width))
        self._points = np.zeros((most, width))
        self._alpha: list[Floats] = []
        self._beta: list[Floats] = []
        self._rows: dict[tuple[int, float], int] = {}
        for count in range(1, most + 1):
            point, weight = np.polynomial.legendre.leggauss(count)
            self._points[count - 1, :count] = (point + 1) / 2
            self.weights[count - 1, :count] = weight / 2

    def row(self, count: int, ratio: float = 1.0) -> int:
        """Return the number of the row for K = ``count`` and r = ``ratio``, made on first use."""
        key = (count, ratio)
        if key not in self._rows:
            self._rows[key] = len(self._alpha)
            alpha, beta = np.zeros(self.width), np.zeros(self.width)
            y = self._points[count - 1, :count]
            factor = y + ratio * (1 - y)
            alpha[:count] = y / factor
            beta[:count] = ratio / factor**2
            self._alpha.append(alpha)
            self._beta.append(beta)
        return self._rows[key]

    def arrays(self) -> tuple[Floats, Floats]:
        """Return alpha and beta, shape (rows, width)."""
        if not self._alpha:
            return np.zeros((1, self.width)), np.zeros((1, self.width))
        return np.stack(self._alpha), np.stack(self._beta)
