"""Point values of the metrics that a model of bad and good is judged by.

``y`` is 1 for bad and 0 for good, ``pd`` the foreseen probability of bad. No metric depends on the
order of rows, and rows with equal ``pd`` are never told apart. A part with bad only or good only
has no ranking to judge: ``roc_auc``, ``pr_auc``, ``ks``, ``gini`` and ``macro_f1`` are NaN there
(None in JSON), while ``brier``, ``log_loss`` and ``ece`` keep their meaning.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    roc_auc_score,
    roc_curve,
)
from sklearn.metrics import log_loss as sklearn_log_loss

from credit_risk.errors import InputError

__all__ = [
    "brier",
    "capture",
    "ece",
    "equal_count_bins",
    "gini",
    "ks",
    "log_loss",
    "macro_f1",
    "population_weights",
    "pr_auc",
    "psi",
    "psi_bound",
    "roc_auc",
]

Vector = npt.NDArray[np.float64]
Labels = npt.NDArray[Any]
Codes = npt.NDArray[np.int64]
NAN = float("nan")
BINS = 10
LEAST_SHARE = 1e-4


def roc_auc(y: Labels, pd: Vector) -> float:
    """Return the chance that bad stands above good, ties counted half (Hanley and McNeil 1982)."""
    return float(roc_auc_score(y, pd)) if _two_classes(y) else NAN


def gini(y: Labels, pd: Vector) -> float:
    """Return ``2 * roc_auc - 1``, the accuracy ratio (Somers' D of pd given y)."""
    return 2.0 * roc_auc(y, pd) - 1.0


def pr_auc(y: Labels, pd: Vector) -> float:
    """Return average precision: precision averaged over the recall that each distinct pd adds.

    It is not interpolated (Davis and Goadrich 2006 show why that flatters). Chance level is the bad
    share, so it compares models on one part, never parts with other bad shares.
    """
    return float(average_precision_score(y, pd)) if _two_classes(y) else NAN


def ks(y: Labels, pd: Vector) -> float:
    """Return the largest distance between the distributions of pd among bad and among good.

    The two-sided, two-sample Kolmogorov-Smirnov statistic, taken between distinct pds only.
    """
    if not _two_classes(y):
        return NAN
    good, bad, _ = roc_curve(y, pd, drop_intermediate=False)
    return float(np.abs(bad - good).max())


def capture(y: Labels, pd: Vector, share: float = 0.1) -> float:
    """Return the part of all bad rows that stands in the worst ``share`` of rows by pd; NaN without a bad row.

    Rows that tie at the border count by the fraction of them that still fits, so order of rows plays no part. At best
    it is ``min(1, share / bad share)``, by chance it is ``share``.

    Raises
    ------
    InputError
        ``share`` is not within (0, 1].

    """
    if not 0 < share <= 1:
        raise InputError(f"capture: expected a share within (0, 1], came {share}")
    bad = np.asarray(y) == 1
    if not bad.any():
        return NAN
    places = share * len(pd)
    border = np.sort(pd)[::-1][int(np.ceil(places)) - 1]
    above, tied = pd > border, pd == border
    fits = (places - above.sum()) / tied.sum()
    return float((bad[above].sum() + fits * bad[tied].sum()) / bad.sum())


def brier(y: Labels, pd: Vector, weights: Vector | None = None) -> float:
    """Return the mean squared distance of pd from what happened (Brier 1950); 0 is perfect."""
    return float(brier_score_loss(y, pd, sample_weight=weights, labels=[0, 1]))


def log_loss(y: Labels, pd: Vector, weights: Vector | None = None) -> float:
    """Return the mean of minus the log-probability of what happened (Good 1952); 0 is perfect.

    As in scikit-learn, pd is kept one machine epsilon away from 0 and 1.
    """
    return float(sklearn_log_loss(y, pd, sample_weight=weights, labels=[0, 1]))


def macro_f1(y: Labels, pd: Vector, threshold: float) -> float:
    """Return the plain mean of the F1 of bad and of good, where ``pd >= threshold`` says bad.

    The F1 of a class that is never said is 0.
    """
    if not _two_classes(y):
        return NAN
    return float(f1_score(y, pd >= threshold, labels=[0, 1], average="macro", zero_division=0))


def equal_count_bins(pd: Vector, bins: int = BINS) -> Codes:
    """Return each row's bin: 0 for the lowest tenth of rows, and so on.

    Ties stay together: a row's bin is set by the number of rows with a *smaller* pd, so heavy ties
    make fewer and fuller bins, and the numbers of the bins then have gaps.
    """
    below = np.searchsorted(np.sort(pd), pd, side="left")
    return np.asarray(below * bins // max(len(pd), 1), dtype=np.int64)


def ece(y: Labels, pd: Vector, weights: Vector | None = None) -> float:
    """Return the expected calibration error: mean distance of bad share from mean pd in 10 bins.

    Bins are those of ``equal_count_bins`` (ties stay together) with and without weights; each bin
    counts by its weight (Naeini et al. 2015; equal counts: Nixon et al. 2019). Sampling noise alone
    makes it positive: with n rows and a bad share p expect from a perfect model about
    ``0.8 * sqrt(10 * p * (1 - p) / n)``.
    """
    weight = np.ones(len(pd)) if weights is None else weights
    gaps = np.bincount(equal_count_bins(pd), weight * (y - pd))
    return float(np.abs(gaps).sum() / weight.sum())


def population_weights(y: Labels, population_rate: float) -> Vector:
    """Return weights that make the bad share ``population_rate``.

    They are rate/share for bad and (1-rate)/(1-share) for good, the usual re-weighting of a
    case-control sample (King and Zeng 2001): right when bad and good were each sampled at random,
    which the caller has to know. NaN where one class is missing.
    """
    if not _two_classes(y):
        return np.full(len(y), NAN)
    share = float(np.mean(y))
    bad, good = population_rate / share, (1.0 - population_rate) / (1.0 - share)
    return np.where(y == 1, bad, good)


def psi(expected: Vector, actual: Vector, bins: int = BINS) -> float:
    """Return the population stability index of ``actual`` against ``expected``; 0 is no change.

    Bins are cut at the quantiles of ``expected``, closed on the right, equal values together;
    missing values are a bin of their own. Shares are floored at 0.0001, or an empty bin would be
    infinite. The lore of 0.10 and 0.25 knows no sample size: without any drift psi is about
    ``(bins - 1) * (1/n + 1/m)``; ``psi_bound`` says what chance alone explains.

    Raises
    ------
    InputError
        One of the two has no rows.

    """
    if not len(expected) or not len(actual):
        raise InputError(f"psi: expected rows on both sides, came {len(expected)}, {len(actual)}")
    known = expected[~np.isnan(expected)]
    cuts = np.unique(np.quantile(known, np.arange(1, bins) / bins)) if len(known) else np.empty(0)
    before, now = _shares(expected, cuts), _shares(actual, cuts)
    return float(((now - before) * np.log(now / before)).sum())


def psi_bound(n: int, m: int, bins: int = BINS, confidence: float = 0.95) -> float:
    """Return the psi that two samples of ``n`` and ``m`` rows exceed by chance alone with 1 - ``confidence``.

    Without drift, psi over ``1/n + 1/m`` is chi-square with ``bins - 1`` degrees of freedom (Yurdakul and Naranjo
    2020); it holds where bins are not nearly empty. Of k columns compared at once, take ``1 - 0.05 / k``.

    Raises
    ------
    InputError
        No rows on a side, fewer than two bins, or a confidence outside (0, 1).

    """
    if n < 1 or m < 1 or bins < 2 or not 0 < confidence < 1:
        raise InputError(
            f"psi_bound: expected n, m >= 1, bins >= 2, 0 < confidence < 1, came {n}, {m}, {bins}, {confidence}"
        )
    return float((1 / n + 1 / m) * chi2.ppf(confidence, bins - 1))


def _shares(values: Vector, cuts: Vector) -> Vector:
    place = np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values, side="left"))
    counts = np.bincount(place, minlength=len(cuts) + 2)
    return np.asarray(np.maximum(counts / len(values), LEAST_SHARE))


def _two_classes(y: Labels) -> bool:
    return bool((y == 1).any() and (y == 0).any())
