"""Is the PD right? Tests of what was foreseen against what happened, grade by grade and for all.

Per grade: the exact binomial test (SciPy), and the Jeffreys interval and test of the supervisors (ECB 2019): with
``bad`` of ``n`` gone bad, the rate is Beta(bad + 1/2, n - bad + 1/2), and a grade is too optimistic where most of that
lies above its mean PD. For all rows: Hosmer and Lemeshow (1980) over the grades, as many degrees of freedom as grades
because nothing was fitted on these rows, and Spiegelhalter's z (1986), which needs no groups.

Every test takes rows as independent. Where an enterprise stands in several rows they are not: ``once`` keeps one row
each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta, binomtest, chi2, norm

from credit_risk.errors import InputError

__all__ = ["GradeTest", "Overall", "grade_tests", "hosmer_lemeshow", "once", "overall", "spiegelhalter"]

Vector = npt.NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class GradeTest:
    """One grade: rows, bad, mean PD, observed rate with its 95 % band (Jeffreys), and two tests.

    ``binomial`` is the two-sided p-value, ``jeffreys`` the chance that the true rate is at or below the mean PD (small:
    too optimistic), ``inside`` whether the mean PD lies within the band.
    """

    grade: str
    n: int
    bad: int
    pd: float
    rate: float
    low: float
    high: float
    binomial: float
    jeffreys: float
    inside: bool

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


@dataclass(frozen=True)
class Overall:
    """All rows: mean PD, observed rate, Hosmer-Lemeshow and Spiegelhalter with their p-values."""

    pd: float
    rate: float
    hosmer_lemeshow: float
    hosmer_lemeshow_p: float
    spiegelhalter: float
    spiegelhalter_p: float

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def once(subjects: npt.ArrayLike, seed: int = 0) -> npt.NDArray[np.int64]:
    """Return positions that keep one row of each subject, drawn at random with this seed, in rising order."""
    keys = np.asarray(subjects, dtype=object)
    mixed = np.random.default_rng(seed).permutation(len(keys))
    _, first = np.unique(keys[mixed].astype(str), return_index=True)
    return np.sort(mixed[first])


def grade_tests(
    grades: npt.ArrayLike, y: npt.ArrayLike, pds: npt.ArrayLike, order: Sequence[str]
) -> list[GradeTest]:
    """Return the tests of every grade that has rows, in ``order``; all three arrays have shape (rows,)."""
    kept, bad, p = _checked(y, pds, grades)
    found = []
    for grade in order:
        rows = kept == grade
        if rows.any():
            found.append(_grade(grade, int(rows.sum()), int(bad[rows].sum()), float(p[rows].mean())))
    return found


def overall(grades: npt.ArrayLike, y: npt.ArrayLike, pds: npt.ArrayLike) -> Overall:
    """Return the tests over all rows, grouped by grade where groups are needed."""
    kept, bad, p = _checked(y, pds, grades)
    square, chance = hosmer_lemeshow(kept, bad, p)
    z, tail = spiegelhalter(bad, p)
    return Overall(float(p.mean()), float(bad.mean()), square, chance, z, tail)


def hosmer_lemeshow(groups: npt.ArrayLike, y: npt.ArrayLike, pds: npt.ArrayLike) -> tuple[float, float]:
    """Return chi-square and p-value: squared distance of bad from foreseen over its variance, summed over groups."""
    kept, bad, p = _checked(y, pds, groups)
    table = (
        pd.DataFrame({"group": kept, "bad": bad, "p": p})
        .groupby("group")
        .agg(n=("p", "size"), bad=("bad", "sum"), p=("p", "mean"))
    )
    variance = table["n"] * table["p"] * (1 - table["p"])
    used = table[variance > 0]
    square = float(((used["bad"] - used["n"] * used["p"]) ** 2 / variance[variance > 0]).sum())
    return square, float(chi2.sf(square, max(len(used), 1)))


def spiegelhalter(y: npt.ArrayLike, pds: npt.ArrayLike) -> tuple[float, float]:
    """Return z and its two-sided p-value: how far the Brier score lies from what calibrated PDs would give."""
    _, bad, p = _checked(y, pds, y)
    spread = float(np.sqrt(((1 - 2 * p) ** 2 * p * (1 - p)).sum()))
    if spread == 0.0:
        return 0.0, 1.0
    z = float(((bad - p) * (1 - 2 * p)).sum()) / spread
    return z, float(2 * norm.sf(abs(z)))


def _grade(grade: str, n: int, bad: int, mean: float) -> GradeTest:
    posterior = beta(bad + 0.5, n - bad + 0.5)
    low = 0.0 if bad == 0 else float(posterior.ppf((1 - LEVEL) / 2))
    high = 1.0 if bad == n else float(posterior.ppf((1 + LEVEL) / 2))
    exact = float(binomtest(bad, n, mean).pvalue)
    below = float(posterior.cdf(mean))
    return GradeTest(grade, n, bad, mean, bad / n, low, high, exact, below, low <= mean <= high)


def _checked(
    y: npt.ArrayLike, pds: npt.ArrayLike, groups: npt.ArrayLike
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], Vector]:
    bad, p, kept = np.asarray(y), np.asarray(pds, dtype=np.float64), np.asarray(groups)
    if not len(bad) or not bad.shape == p.shape == kept.shape == (len(bad),):
        raise InputError(
            f"calibration: expected arrays of one length above 0, came {bad.shape}, {p.shape}, {kept.shape}"
        )
    if not np.isin(bad, (0, 1)).all() or not ((p >= 0) & (p <= 1)).all():
        raise InputError("calibration: expected y of 0 and 1 and PDs within [0, 1]")
    return kept, bad.astype(np.int64), p
