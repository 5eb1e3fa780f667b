"""Drift of inputs, scores and reasons: an effect large enough to matter, that chance does not explain.

An alarm needs both: an effect size of at least ``LEAST_EFFECT`` (PSI, 0.10 by custom), and a p-value below ``ALPHA``
after Holm's correction for all that is looked at in the month. So in a month without any drift the chance of even one
false alarm is at most ``ALPHA`` (Holm 1979), whatever the number of columns and of enterprises; with a large sample,
where everything is significant, the effect size decides. PSI grows by ``(bins - 1) * (1/n + 1/m)`` on chance alone; the
``bound`` beside each says what 95 % of months without drift stay below.

The p-value is that of the chi-square test of homogeneity over the same bins, sparse bins pooled. Rows are taken as
independent: one row an enterprise on each side. The same enterprises on both sides make it cautious, not loose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2_contingency

from credit_risk.errors import InputError
from credit_risk.evaluation.metrics import BINS, psi_bound

__all__ = ["ALPHA", "LEAST_EFFECT", "Drift", "drifts", "holm", "reason_drift"]

ALPHA, LEAST_EFFECT = 0.05, 0.10
SPARSE = 5.0
FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Drift:
    """One column: effect (PSI), what chance explains, p-value, and p after correction; ``alarm`` needs both."""

    name: str
    kind: str
    psi: float
    bound: float
    p: float
    p_adjusted: float = 1.0
    alarm: bool = False


def drifts(kind: str, before: pd.DataFrame, now: pd.DataFrame, names: Sequence[str]) -> list[Drift]:
    """Return the drift of every column, alarms not yet decided (``decide`` looks at all of a month together).

    Numbers are cut at the tenths of ``before``; a missing value and every category are bins of their own.
    """
    if not len(before) or not len(now):
        raise InputError(f"drift: expected rows on both sides, came {len(before)} and {len(now)}")
    return [_drift(kind, name, before[name], now[name]) for name in names]


def reason_drift(before: pd.Series, now: pd.Series) -> Drift:
    """Return the drift of the group that stands first among the reasons of each enterprise."""
    return _drift("reason", "first reason", before.astype(object), now.astype(object))


def decide(found: Sequence[Drift], alpha: float = ALPHA, effect: float = LEAST_EFFECT) -> list[Drift]:
    """Return all drifts of one month with their alarms, the strongest first."""
    adjusted = holm([d.p for d in found])
    told = [
        replace(d, p_adjusted=p, alarm=bool(p < alpha and d.psi >= effect))
        for d, p in zip(found, adjusted, strict=True)
    ]
    return sorted(told, key=lambda d: (not d.alarm, -d.psi))


def holm(ps: Sequence[float]) -> list[float]:
    """Return p-values adjusted by Holm's step-down method, in the order given."""
    order = np.argsort(ps, kind="stable")
    stepped = np.maximum.accumulate([min(1.0, (len(ps) - i) * ps[j]) for i, j in enumerate(order)])
    result = np.empty(len(ps))
    result[order] = stepped
    return [float(p) for p in result]


def _drift(kind: str, name: str, before: pd.Series, now: pd.Series) -> Drift:
    one, other = _counts(before, now)
    shares = [np.maximum(c / c.sum(), FLOOR) for c in (one, other)]
    effect = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    bins = max(int(((one + other) > 0).sum()), 2)
    return Drift(name, kind, effect, psi_bound(len(before), len(now), bins), _p(one, other))


def _counts(before: pd.Series, now: pd.Series) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if before.dtype == object or not pd.api.types.is_numeric_dtype(before):
        words = sorted({str(v) for v in [*before.dropna(), *now.dropna()]})
        place = {word: i for i, word in enumerate(words)}
        codes = [s.map(lambda v: place.get(str(v), len(words))).to_numpy(int) for s in (before, now)]
        size = len(words) + 1
    else:
        values = [s.to_numpy(np.float64, na_value=np.nan) for s in (before, now)]
        known = values[0][~np.isnan(values[0])]
        cuts = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.empty(0)
        size = len(cuts) + 2
        codes = [np.where(np.isnan(v), size - 1, np.searchsorted(cuts, v, side="left")) for v in values]
    return tuple(np.bincount(c, minlength=size).astype(float) for c in codes)  # type: ignore[return-value]


def _p(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Return the chi-square p-value, bins with an expected count below ``SPARSE`` pooled into one."""
    table = np.array([one, other])
    table = table[:, table.sum(axis=0) > 0]
    expected = table.sum(axis=0) * table.sum(axis=1, keepdims=True) / table.sum()
    thin = expected.min(axis=0) < SPARSE
    if thin.any():
        table = np.column_stack([table[:, ~thin], table[:, thin].sum(axis=1)])
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 1.0
    if (table.sum(axis=0) * table.sum(axis=1, keepdims=True) / table.sum()).min() < 1.0:
        return 1.0  # too few even when pooled
    return float(chi2_contingency(table, correction=False).pvalue)
