"""A weight-of-evidence scorecard whose points add up: the challenger that can be worked out by hand.

Each column is cut into a few bins by ``optbinning``, the bad rate never turning round from bin to bin; a missing value
is a bin of its own. A logistic regression weighs the bins, columns that would count the wrong way are dropped, and the
result is rounded to whole points *before* anything is scored. The score is the sum of the points shown, and the PD is
read from that sum, so what is shown is what was computed: exactly, on every row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from credit_risk.errors import InputError
from credit_risk.models.scale import ANCHOR, FACTOR, ODDS

__all__ = ["WoeScorecard"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
SMOOTH = 0.5


@dataclass(frozen=True)
class Bins:
    """The bins of one column: ``[cut, next cut)``, then one for missing values; ``groups`` for a category column."""

    cuts: tuple[float, ...]
    groups: tuple[tuple[float, ...], ...] | None = None

    @property
    def count(self) -> int:
        """Number of bins, that of missing values included."""
        return (len(self.groups) if self.groups is not None else len(self.cuts) + 1) + 1

    def place(self, column: Floats) -> Whole:
        """Return the bin of each value; a category that training never saw counts as missing."""
        if self.groups is None:
            found = np.searchsorted(np.array(self.cuts), column, side="right")
            return np.where(np.isnan(column), self.count - 1, found)
        found = np.full(len(column), self.count - 1)
        for position, codes in enumerate(self.groups):
            found[np.isin(column, codes)] = position
        return found

    def named(self) -> list[str]:
        """Return what is shown for each bin."""
        if self.groups is not None:
            names = [", ".join(f"{code:g}" for code in codes) for codes in self.groups]
        else:
            edges = ["-inf", *[f"{c:g}" for c in self.cuts], "inf"]
            names = [f"[{a}, {b})" for a, b in pairwise(edges)]
        return [*names, "missing"]


class WoeScorecard(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Scorecard of whole points for two classes; the greater label is the bad one.

    Parameters
    ----------
    directions : sequence of -1, 0 or 1, or None
        Per column, whether more of it may only lower (-1) or raise (1) the risk; 0 lets the data choose a direction.
    categories : sequence of int, or None
        Positions of columns whose values are codes without order.
    max_bins : int
        Most bins of a column, missing values not counted.
    strongest : int
        How many columns, by information value, the regression is given.

    Attributes
    ----------
    columns_ : array of int
        Positions of the columns that the card uses.
    bins_ : list of Bins
        Their bins.
    points_ : list of arrays of int
        Their points, one a bin; more is better.
    base_points_ : int
        Points that everybody starts with.

    """

    def __init__(
        self,
        directions: Sequence[int] | None = None,
        categories: Sequence[int] | None = None,
        max_bins: int = 6,
        strongest: int = 40,
    ) -> None:
        self.directions = directions
        self.categories = categories
        self.max_bins = max_bins
        self.strongest = strongest

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Cut, weigh and round; ``X`` shape (rows, columns), NaN is missing, ``y`` holds two classes."""
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")  # noqa: N806
        bad = self._bad(y)
        cut = [self._cut(X[:, j], bad, j) for j in range(X.shape[1])]
        placed = [bins.place(X[:, j]) for j, bins in enumerate(cut)]
        weights = [_evidence(place, bad, bins.count) for place, bins in zip(placed, cut, strict=True)]
        value = np.array([_information(p, bad, w) for p, w in zip(placed, weights, strict=True)])
        chosen = [int(j) for j in np.argsort(-value, kind="stable")[: self.strongest] if value[j] > 0]
        told = {j: weights[j][placed[j]] for j in chosen}
        chosen, slopes, start = _weighed(told, bad)
        self.columns_ = np.array(chosen, dtype=np.int64)
        self.bins_ = [cut[j] for j in chosen]
        self.woe_ = [weights[j] for j in chosen]
        self.points_ = [_whole(-FACTOR * b * weights[j]) for j, b in zip(chosen, slopes, strict=True)]
        self.base_points_ = int(_whole(np.array([ANCHOR - FACTOR * (start + math.log(ODDS))]))[0])
        return self

    def points(self, X: Any) -> Whole:  # noqa: N803
        """Return the points shown, shape (rows, columns used): row by row they and the base add up to the score."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)  # noqa: N806
        shown = np.zeros((len(X), len(self.columns_)), dtype=np.int64)
        for position, (j, bins) in enumerate(zip(self.columns_, self.bins_, strict=True)):
            shown[:, position] = self.points_[position][bins.place(X[:, j])]
        return shown

    def total(self, X: Any) -> Whole:  # noqa: N803
        """Return the score, shape (rows,): base plus points, in whole numbers; more is better."""
        return np.asarray(self.points(X).sum(axis=1) + self.base_points_)

    def decision_function(self, X: Any) -> Floats:  # noqa: N803
        """Return the log-odds of bad that the score stands for, shape (rows,)."""
        return np.asarray((ANCHOR - self.total(X)) / FACTOR - math.log(ODDS))

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Return the probabilities of both classes, shape (rows, 2)."""
        bad = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        return np.column_stack([1.0 - bad, bad])

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Return the likelier class of each row."""
        likely = self.decision_function(X) > 0
        return np.asarray(self.classes_[likely.astype(int)])

    def table(self, names: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the card as it is shown: column, bin, weight of evidence and points."""
        check_is_fitted(self)
        names = names or [str(n) for n in getattr(self, "feature_names_in_", range(self.n_features_in_))]
        rows = []
        for position, (j, bins) in enumerate(zip(self.columns_, self.bins_, strict=True)):
            for k, shown in enumerate(bins.named()):
                rows.append((names[j], shown, self.woe_[position][k], int(self.points_[position][k])))
        return pd.DataFrame(rows, columns=["column", "bin", "woe", "points"])

    def _bad(self, y: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, bad = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("expected two classes in y, came one class")
        return np.asarray(bad, dtype=np.int64)

    def _cut(self, column: Floats, bad: npt.NDArray[np.int64], j: int) -> Bins:
        """Return the bins of one column; one bin where nothing tells bad from good."""
        category = self.categories is not None and j in self.categories
        direction = 0 if self.directions is None or category else int(self.directions[j])
        trend = {1: "ascending", -1: "descending", 0: "auto_asc_desc"}[direction]
        known = ~np.isnan(column)
        if len(np.unique(column[known])) < 2 or len(np.unique(bad[known])) < 2:
            return Bins(()) if not category else Bins((), (tuple(np.unique(column[known]).tolist()),))
        binning = _optimal_binning()(
            dtype="categorical" if category else "numerical",
            monotonic_trend=trend,
            max_n_bins=self.max_bins,
            min_bin_n_event=1,
            min_bin_n_nonevent=1,
            time_limit=5,
        )
        binning.fit(column[known], bad[known])
        if category:
            return Bins((), tuple(tuple(float(c) for c in group) for group in binning.splits))
        return Bins(tuple(float(c) for c in binning.splits))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags


def _evidence(place: Whole, bad: npt.NDArray[np.int64], count: int) -> Floats:
    """Return ln(share of bad / share of good) per bin; a bin with one class only is smoothed, an empty one is 0."""
    events = np.bincount(place, bad, minlength=count)
    rows = np.bincount(place, minlength=count).astype(float)
    goods = rows - events
    one_sided = (events == 0) | (goods == 0)
    events, goods = events + SMOOTH * one_sided, goods + SMOOTH * one_sided
    total = float(bad.sum())
    found = np.log(events / total) - np.log(goods / (len(bad) - total))
    return np.where(rows > 0, found, 0.0)


def _information(place: Whole, bad: npt.NDArray[np.int64], woe: Floats) -> float:
    """Return the information value: the distance of bad from good over the bins."""
    events = np.bincount(place, bad, minlength=len(woe))
    goods = np.bincount(place, minlength=len(woe)) - events
    return float(((events / bad.sum() - goods / (len(bad) - bad.sum())) * woe).sum())


def _weighed(told: dict[int, Floats], bad: npt.NDArray[np.int64]) -> tuple[list[int], list[float], float]:
    """Return columns, slopes and start of a regression in which every weight of evidence counts the right way."""
    chosen = sorted(told)
    while chosen:
        fitted = LogisticRegression(C=1.0, max_iter=1000).fit(np.column_stack([told[j] for j in chosen]), bad)
        slopes = fitted.coef_[0]
        if (slopes > 0).all():
            return chosen, slopes.tolist(), float(fitted.intercept_[0])
        chosen = [j for j, slope in zip(chosen, slopes, strict=True) if slope > 0]
    rate = float(bad.mean())
    return [], [], math.log(rate / (1 - rate))


def _whole(points: Floats) -> Whole:
    return np.rint(points).astype(np.int64)


def _optimal_binning() -> Any:
    try:
        from optbinning import OptimalBinning  # slow to import, and an extra
    except ImportError:
        raise InputError(
            "the scorecard needs the library optbinning", hint='pip install "credit-risk[scorecard]"'
        ) from None
    return OptimalBinning
