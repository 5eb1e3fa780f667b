"""Metrics with intervals: a percentile bootstrap over enterprises.

An enterprise is observed several times, and its rows go bad together, so whole enterprises are
drawn with replacement (cluster bootstrap: Field and Welsh 2007; percentile interval: Efron 1979). A
draw is a vector of counts, how often each enterprise came up, and every metric is computed from
counts without copying a row:

- Brier score, log loss, F1 and calibration error are made of sums over rows, hence of sums over
  enterprises: one matrix product gives all draws;
- ROC AUC, average precision and KS need, at every distinct pd of a bad row, the weight of bad and
  of good rows at or above it: cumulative sums over rows that were sorted once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_risk.errors import InputError
from credit_risk.evaluation import metrics
from credit_risk.evaluation.metrics import NAN, Codes, Vector

__all__ = ["Interval", "auc_draws", "judge"]

Counts = npt.NDArray[np.int32]
LOW, HIGH = 0.025, 0.975
CELLS = 1_000_000  # of one block of draws; peak memory is about 25 bytes a cell


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval; NaN stands for undefined and is None in JSON."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float | None]:
        """Return plain JSON types, None for NaN."""
        named = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if math.isnan(number) else number for name, number in named.items()}


def judge(
    y: npt.ArrayLike,
    pd: npt.ArrayLike,
    *,
    clusters: npt.ArrayLike,
    threshold: float,
    population_rate: float | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Judge foreseen probabilities by what happened, with 95 % intervals.

    Parameters
    ----------
    y, pd
        1 for bad and 0 for good; the foreseen probability of bad. One row an observation, in any
        order.
    clusters
        Whose row it is (an enterprise's key); what is drawn together.
    threshold
        For ``macro_f1``: ``pd >= threshold`` says bad.
    population_rate
        The bad share of the world when the part is a sample that over-represents bad: adds
        ``*_population``.
    draws, seed
        The same seed gives the same bounds, whatever the machine's memory.

    Returns
    -------
    dict
        ``roc_auc, pr_auc, ks, brier, log_loss, macro_f1, ece`` and with a rate ``brier_population,
        log_loss_population, ece_population``. What each means, and when it is NaN, says
        ``metrics``. Population figures are NaN for a part with one class only.

    Raises
    ------
    InputError
        No rows, lengths differ, y other than 0 and 1, pd or rates outside [0, 1].

    Notes ----- A draw without bad or without good has no ranking and is left out of the bounds of
    the metrics that need both. With one cluster there is nothing to draw: the bounds are NaN.
    Calibration error is a sum of absolute values, so its draws lie higher than its value, which may
    fall below ``low``; its bins are those of the part, not of the draw. The bounds say what another
    sample of enterprises would change, not another year.

    Examples
    --------
    >>> judged = judge([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], clusters=list("abcd"), threshold=0.5)
    >>> judged["roc_auc"].value
    0.75

    """
    bad, p, cluster = _checked(y, pd, clusters, threshold, population_rate, draws)
    values = _values(bad, p, threshold, population_rate)
    if cluster.max() == 0:
        return {name: Interval(value, NAN, NAN) for name, value in values.items()}
    drawn = _drawn(bad, p, cluster, threshold, population_rate, draws, seed)
    return {name: _interval(value, drawn[name]) for name, value in values.items()}


def auc_draws(
    y: npt.ArrayLike, scores: npt.ArrayLike, clusters: npt.ArrayLike, draws: int = 2000, seed: int = 0
) -> Vector:
    """Return the ROC-AUC of every draw, shape (draws,); NaN where a draw holds one class only.

    Two scores of the same rows meet the same draws, so their differences are paired.
    """
    bad, who = np.asarray(y), np.unique(np.asarray(clusters), return_inverse=True)[1]
    ranking = _Ranking(bad, np.asarray(scores, dtype=np.float64), who)
    blocks = _counts(int(who.max()) + 1, draws, seed, max(1, CELLS // len(bad)))
    return np.concatenate([ranking.of(counts)["roc_auc"] for counts in blocks])


def _checked(
    y: npt.ArrayLike,
    pd: npt.ArrayLike,
    clusters: npt.ArrayLike,
    threshold: float,
    rate: float | None,
    draws: int,
) -> tuple[Codes, Vector, Codes]:
    bad, p, keys = np.asarray(y), np.asarray(pd, dtype=np.float64), np.asarray(clusters)
    if not len(bad) or not (bad.shape == p.shape == keys.shape == (len(bad),)):
        raise InputError(
            f"judge: expected y, pd and clusters of one length above 0, came {bad.shape}, "
            f"{p.shape}, {keys.shape}"
        )
    rules = [
        ("y", "0 or 1", np.isin(bad, (0, 1)).all()),
        ("pd", "numbers within [0, 1]", ((p >= 0) & (p <= 1)).all()),
        ("threshold", "a number within [0, 1]", 0 <= threshold <= 1),
        ("population_rate", "a number within (0, 1)", rate is None or 0 < rate < 1),
        ("draws", "1 or more", draws >= 1),
    ]
    for name, expected, holds in rules:
        if not holds:
            raise InputError(f"judge: {name}: expected {expected}", field=name)
    return bad.astype(np.int64), p, np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _values(y: Codes, p: Vector, threshold: float, rate: float | None) -> dict[str, float]:
    values = {
        "roc_auc": metrics.roc_auc(y, p),
        "pr_auc": metrics.pr_auc(y, p),
        "ks": metrics.ks(y, p),
        "brier": metrics.brier(y, p),
        "log_loss": metrics.log_loss(y, p),
        "macro_f1": metrics.macro_f1(y, p, threshold),
        "ece": metrics.ece(y, p),
    }
    if rate is None:
        return values
    weights = metrics.population_weights(y, rate)
    both = not np.isnan(weights).any()
    for name, metric in (
        ("brier", metrics.brier),
        ("log_loss", metrics.log_loss),
        ("ece", metrics.ece),
    ):
        values[f"{name}_population"] = metric(y, p, weights) if both else NAN
    return values


def _interval(value: float, drawn: Vector) -> Interval:
    known = drawn[~np.isnan(drawn)]
    if math.isnan(value) or not len(known):
        return Interval(value, NAN, NAN)
    low, high = np.quantile(known, (LOW, HIGH))
    return Interval(value, float(low), float(high))


def _drawn(
    y: Codes,
    p: Vector,
    cluster: Codes,
    threshold: float,
    rate: float | None,
    draws: int,
    seed: int,
) -> dict[str, Vector]:
    """Return every metric for every draw."""
    ranking = _Ranking(y, p, cluster)
    sums = _Sums(y, p, cluster, threshold, rate)
    blocks: list[Mapping[str, Vector]] = []
    for counts in _counts(int(cluster.max()) + 1, draws, seed, max(1, CELLS // len(y))):
        blocks.append({**ranking.of(counts), **sums.of(counts)})
    return {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]}


def _counts(clusters: int, draws: int, seed: int, block: int) -> Iterator[Counts]:
    """Yield blocks of draws, how often each cluster came up: shape (draws, clusters)."""
    stream = np.random.default_rng(seed)
    for start in range(0, draws, block):
        rows = min(block, draws - start)
        picked = stream.integers(0, clusters, size=(rows, clusters))
        picked += np.arange(rows)[:, None] * clusters
        counts = np.bincount(picked.ravel(), minlength=rows * clusters)
        yield counts.reshape(rows, clusters).astype(np.int32)


class _Ranking:
    """ROC AUC, average precision and KS of many draws, exact under ties.

    Only distinct pds of bad rows matter as thresholds: between two of them recall stands still, so
    average precision and AUC gain nothing there, and the distance of KS is largest at one of them
    or just above it.
    """

    def __init__(self, y: Codes, p: Vector, cluster: Codes) -> None:
        order = np.argsort(-p, kind="stable")
        down, bad = -p[order], y[order] == 1
        self.bad_cluster, self.good_cluster = cluster[order][bad], cluster[order][~bad]
        thresholds = np.unique(down[bad])
        self.bad_from = np.searchsorted(down[bad], thresholds, side="right")
        self.good_from = np.searchsorted(down[~bad], thresholds, side="right")
        self.good_above = np.searchsorted(down[~bad], thresholds, side="left")

    def of(self, counts: Counts) -> dict[str, Vector]:
        """Return the metrics of each draw, NaN where one class did not come up."""
        bads = _running(counts, self.bad_cluster)
        goods = _running(counts, self.good_cluster)
        all_bad, all_good = bads[:, -1:].astype(float), goods[:, -1:].astype(float)
        bad = bads[:, self.bad_from].astype(float)
        above = np.hstack([np.zeros_like(all_bad), bad[:, :-1]])
        good, good_above = goods[:, self.good_from], goods[:, self.good_above]
        with np.errstate(invalid="ignore", divide="ignore"):
            gained = (bad - above) / all_bad
            beaten = 1.0 - (good.astype(float) + good_above) / (2.0 * all_good)
            precision = bad / np.maximum(bad + good, 1.0)
            over = (bad / all_bad - good / all_good).max(axis=1, initial=0.0)
            under = (good_above / all_good - above / all_bad).max(axis=1, initial=0.0)
        found = {
            "roc_auc": (gained * beaten).sum(axis=1),
            "pr_auc": (gained * precision).sum(axis=1),
            "ks": np.maximum(over, under),
        }
        both = ((all_bad > 0) & (all_good > 0))[:, 0]
        return {name: np.where(both, value, NAN) for name, value in found.items()}


def _running(counts: Counts, cluster: Codes) -> Counts:
    """Return 0 and the cumulative counts of the rows, shape (draws, rows + 1)."""
    sums = np.zeros((len(counts), len(cluster) + 1), dtype=np.int32)
    np.cumsum(counts[:, cluster], axis=1, dtype=np.int32, out=sums[:, 1:])
    return sums


class _Sums:
    """Brier, log loss, macro F1 and calibration error of many draws, from sums over clusters."""

    def __init__(self, y: Codes, p: Vector, cluster: Codes, threshold: float, rate: float | None) -> None:
        self.rate = rate
        tiny = np.finfo(float).eps
        safe, square, flagged = np.clip(p, tiny, 1.0 - tiny), (y - p) ** 2, p >= threshold
        surprise = -np.where(y == 1, np.log(safe), np.log(1.0 - safe))
        per_row = np.column_stack([np.ones(len(y)), square, surprise, flagged])
        self.bad = _by_cluster(per_row * (y == 1)[:, None], cluster)
        self.good = _by_cluster(per_row * (y == 0)[:, None], cluster)
        bins = np.unique(metrics.equal_count_bins(p), return_inverse=True)[1]
        gaps = (y - p)[:, None] * (bins[:, None] == np.arange(bins.max() + 1))
        self.bad_gap = _by_cluster(gaps * (y == 1)[:, None], cluster)
        self.good_gap = _by_cluster(gaps * (y == 0)[:, None], cluster)

    def of(self, counts: Counts) -> dict[str, Vector]:
        """Return the metrics of each draw."""
        weight = counts.astype(float)
        bad, good = weight @ self.bad, weight @ self.good
        bad_gap, good_gap = weight @ self.bad_gap, weight @ self.good_gap
        n_bad, n_good = bad[:, 0], good[:, 0]
        ones = np.ones(len(counts))
        found = _mixed(bad, good, bad_gap, good_gap, ones, ones)
        found["macro_f1"] = _macro_f1(n_bad, n_good, bad[:, 3], good[:, 3])
        if self.rate is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                weights = self.rate / n_bad, (1.0 - self.rate) / n_good
                world = _mixed(bad, good, bad_gap, good_gap, *weights)
            both = (n_bad > 0) & (n_good > 0)
            found |= {f"{k}_population": np.where(both, v, NAN) for k, v in world.items()}
        return found


def _by_cluster(per_row: Vector, cluster: Codes) -> Vector:
    columns = [np.bincount(cluster, column) for column in per_row.T]
    return np.column_stack(columns)


def _mixed(
    bad: Vector,
    good: Vector,
    bad_gap: Vector,
    good_gap: Vector,
    bad_weight: Vector,
    good_weight: Vector,
) -> dict[str, Any]:
    """Return the weighted means, bad rows weighing ``bad_weight`` and good rows ``good_weight``."""
    total = bad * bad_weight[:, None] + good * good_weight[:, None]
    gaps = bad_gap * bad_weight[:, None] + good_gap * good_weight[:, None]
    return {
        "brier": total[:, 1] / total[:, 0],
        "log_loss": total[:, 2] / total[:, 0],
        "ece": np.abs(gaps).sum(axis=1) / total[:, 0],
    }


def _macro_f1(n_bad: Vector, n_good: Vector, caught: Vector, alarms: Vector) -> Vector:
    with np.errstate(divide="ignore", invalid="ignore"):
        of_bad = 2.0 * caught / (n_bad + caught + alarms)
        calm = n_good - alarms
        of_good = 2.0 * calm / (n_good + calm + n_bad - caught)
        mean = (of_bad + np.nan_to_num(of_good)) / 2.0
    return np.where((n_bad > 0) & (n_good > 0), mean, NAN)
