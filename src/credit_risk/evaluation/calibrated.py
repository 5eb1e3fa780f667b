"""Is the PD right? Tests of what was foreseen against what happened, grade by grade and for all.

Per grade: the exact binomial test (SciPy), and the Jeffreys interval and test of the supervisors (ECB 2019): with
``bad`` of ``n`` gone bad, the rate is Beta(bad + 1/2, n - bad + 1/2), and a grade is too optimistic where most of that
lies above its mean PD. For all rows: Hosmer and Lemeshow (1980) over the grades, as many degrees of freedom as grades
because nothing was fitted on these rows, and Spiegelhalter's z (1986), which needs no groups.

A band of 95 % leaves out one right grade in twenty, so of ten right grades all lie inside in about six samples of ten:
``chance_all_inside`` says how often exactly. The *joint* band is so wide that all right grades together lie inside
theirs in 95 % of samples (Sidak 1967: each at the level 0.95 to the power of one over the number of grades).

Every test takes rows as independent. Where an enterprise stands in several rows they are not: ``once`` keeps one row
of each at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta, binom, binomtest, chi2, norm

from credit_risk.errors import InputError

__all__ = [
    "GradeTest",
    "Overall",
    "chance_all_inside",
    "grade_tests",
    "hosmer_lemeshow",
    "once",
    "overall",
    "spiegelhalter",
]

Vector = npt.NDArray[np.float64]
LEVEL = 0.95


@dataclass(frozen=True)
class GradeTest:
    """One grade: rows, bad, mean PD, observed rate with its 95 % band (Jeffreys), and two tests.

    ``binomial`` is the two-sided p-value, ``jeffreys`` the chance that the true rate is at or below the mean PD (small:
    too optimistic), ``inside`` whether the mean PD lies within the band, ``inside_joint`` whether it lies within the
    joint band, which is wide enough for all grades of the test together.
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
    joint_low: float
    joint_high: float
    inside_joint: bool

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


def once(subjects: npt.ArrayLike, moments: npt.ArrayLike, seed: int = 0) -> npt.NDArray[np.int64]:
    """Return positions, rising, that keep at most one row of each subject, every row with the same chance.

    A subject draws one of all the moments, and the row that it has then is kept; none where it has none. To draw among
    the rows that it has would be wrong: who goes bad soon stands in few rows, and would be kept more often than others.

    Parameters
    ----------
    subjects, moments
        Shape (rows,): who, and the as-of date of the row; no two rows have both alike. With one moment all are kept.

    """
    who, drawn = np.unique(np.asarray(subjects, dtype=object).astype(str), return_inverse=True)
    when, moment = np.unique(np.asarray(moments).astype(str), return_inverse=True)
    chosen = np.random.default_rng(seed).integers(0, len(when), len(who))
    return np.flatnonzero(chosen[drawn] == moment)


def grade_tests(
    grades: npt.ArrayLike, y: npt.ArrayLike, pds: npt.ArrayLike, order: Sequence[str]
) -> list[GradeTest]:
    """Return the tests of every grade that has rows, in ``order``; all three arrays have shape (rows,)."""
    kept, bad, p = _checked(y, pds, grades)
    seen = [(grade, kept == grade) for grade in order if (kept == grade).any()]
    joint = LEVEL ** (1 / max(len(seen), 1))
    return [
        _grade(g, int(rows.sum()), int(bad[rows].sum()), float(p[rows].mean()), joint) for g, rows in seen
    ]


def chance_all_inside(tests: Sequence[GradeTest]) -> float:
    """Return how often every grade lies inside its 95 % band if each true rate is the mean PD, grades independent."""
    chance = 1.0
    for one in tests:
        counts = np.arange(one.n + 1)
        low, high = _band(counts, one.n, LEVEL)
        chance *= float(binom.pmf(counts, one.n, one.pd)[(low <= one.pd) & (one.pd <= high)].sum())
    return chance


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


def _grade(grade: str, n: int, bad: int, mean: float, joint: float) -> GradeTest:
    exact = float(binomtest(bad, n, mean).pvalue)
    below = float(beta.cdf(mean, bad + 0.5, n - bad + 0.5))
    bands = [(float(low), float(high)) for low, high in (_band(bad, n, LEVEL), _band(bad, n, joint))]
    (low, high), (joint_low, joint_high) = bands
    inside, inside_joint = low <= mean <= high, joint_low <= mean <= joint_high
    return GradeTest(
        grade, n, bad, mean, bad / n, low, high, exact, below, inside, joint_low, joint_high, inside_joint
    )


def _band(bad: npt.ArrayLike, n: int, level: float) -> tuple[Vector, Vector]:
    """Return the Jeffreys band of every count of bad among ``n``: from 0 where none is bad, to 1 where all are."""
    counts = np.asarray(bad)
    low, high = (beta.ppf((1 + side * level) / 2, counts + 0.5, n - counts + 0.5) for side in (-1, 1))
    return np.where(counts == 0, 0.0, low), np.where(counts == n, 1.0, high)


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
