"""The champion's learner as a scikit-learn classifier: boosted trees of several seeds, averaged on the log-odds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from credit_risk.book.recipe import LearnerRule
from credit_risk.models.learner import fit_boosters, raw_scores

__all__ = ["BoostedTrees"]


class BoostedTrees(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """LightGBM for two classes as recipes use it: deterministic, monotone where told, averaged over seeds.

    Parameters
    ----------
    rounds : int
        Trees of each seed.
    params : dict or None
        LightGBM's own parameters.
    seeds : sequence of int
        One forest each.
    directions : sequence of -1, 0 or 1, or None
        Per column, the only direction in which it may move the risk; 0 is free.

    """

    def __init__(
        self,
        rounds: int = 100,
        params: dict[str, Any] | None = None,
        seeds: Sequence[int] = (1,),
        directions: Sequence[int] | None = None,
    ) -> None:
        self.rounds = rounds
        self.params = params
        self.seeds = seeds
        self.directions = directions

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803
        """Fit; ``X`` shape (rows, columns), NaN is missing, ``y`` holds two classes, the greater one bad."""
        X, y = validate_data(self, X, y, dtype=np.float32, ensure_all_finite="allow-nan")  # noqa: N806
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, bad = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("expected two classes in y, came one class")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        rule = LearnerRule(rounds=self.rounds, params=self.params or {}, seeds=list(self.seeds))
        names = [f"c{j}" for j in range(X.shape[1])]
        directions = list(self.directions) if self.directions is not None else [0] * X.shape[1]
        self.boosters_ = fit_boosters(rule, X, bad.astype(np.int64), names, [], directions, weights)
        return self

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return the log-odds of the greater class, shape (rows,)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, ensure_all_finite="allow-nan", reset=False)  # noqa: N806
        return raw_scores(self.boosters_, X)

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return the probabilities of both classes, shape (rows, 2); not calibrated."""
        bad = 1.0 / (1.0 + np.exp(-self.decision_function(X)))
        return np.column_stack([1.0 - bad, bad])

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Return the likelier class of each row."""
        likely = self.decision_function(X) > 0
        return np.asarray(self.classes_[likely.astype(int)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags
