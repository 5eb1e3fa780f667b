"""What the figures show, as numbers: no drawing here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import beta
from sklearn.metrics import roc_curve

from credit_risk.book.scale import GradeBand
from credit_risk.evaluation.metrics import equal_count_bins
from credit_risk.models.scale import MasterScale

__all__ = ["Rates", "by_bin", "by_grade", "roc", "spread"]

Vector = npt.NDArray[np.float64]
MOST_POINTS = 400  # of a curve: more cannot be seen and makes the page heavy


@dataclass(frozen=True)
class Rates:
    """Groups of rows with their observed bad rate and its 95 % Jeffreys interval.

    The interval takes rows as independent (Brown, Cai and DasGupta 2001); repeated observations of
    one enterprise make it somewhat too narrow. Rates of an empty group are NaN.
    """

    n: npt.NDArray[np.int64]
    foreseen: Vector
    observed: Vector
    low: Vector
    high: Vector

    @classmethod
    def of(cls, group: npt.NDArray[np.int64], groups: int, y: Vector, pd: Vector) -> Rates:
        """Count rows by ``group``, a number from 0 to ``groups - 1``."""
        n = np.bincount(group, minlength=groups)
        bad = np.bincount(group, y, minlength=groups)
        with np.errstate(invalid="ignore"):
            foreseen = np.bincount(group, pd, minlength=groups) / n
            observed = bad / n
        low = np.where(bad > 0, beta.ppf(0.025, bad + 0.5, n - bad + 0.5), 0.0)
        high = np.where(bad < n, beta.ppf(0.975, bad + 0.5, n - bad + 0.5), 1.0)
        empty = n == 0
        return cls(n, foreseen, observed, np.where(empty, np.nan, low), np.where(empty, np.nan, high))


def by_bin(y: Vector, pd: Vector) -> Rates:
    """Return the rates of the 10 bins that the calibration error is made of, low pd first."""
    codes, group = np.unique(equal_count_bins(pd), return_inverse=True)
    return Rates.of(group, len(codes), y, pd)


def by_grade(y: Vector, pd: Vector, bands: Sequence[GradeBand]) -> Rates:
    """Return the rates of every grade of the scale, best first, empty grades included."""
    return Rates.of(MasterScale.of(bands).rank(pd), len(bands), y, pd)


def roc(y: Vector, pd: Vector) -> tuple[Vector, Vector]:
    """Return the shares of good and of bad at or above each pd, from (0, 0) to (1, 1)."""
    good, bad, _ = roc_curve(y, pd, drop_intermediate=False)
    kept = _thinned(len(good))
    return good[kept], bad[kept]


def spread(y: Vector, pd: Vector) -> tuple[Vector, Vector, Vector, int]:
    """Return pds upwards, shares of good and of bad at or below each, and the widest place."""
    values = np.unique(pd)
    shares = [
        np.searchsorted(np.sort(pd[y == kind]), values, side="right") / (y == kind).sum() for kind in (0, 1)
    ]
    widest = int(np.argmax(np.abs(shares[0] - shares[1])))
    kept = np.union1d(_thinned(len(values)), [widest])
    return values[kept], shares[0][kept], shares[1][kept], int(np.searchsorted(kept, widest))


def _thinned(n: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(np.int64))
