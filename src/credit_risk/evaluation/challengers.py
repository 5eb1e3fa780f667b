"""Simple models on the same rows: what a champion has to beat, and by how much.

``scorecard`` is the WOE card of whole points, ``logistic`` a regression on standardised columns. Both see the
champion's training rows and inputs, are calibrated as the champion is, and get their threshold from the same out-of-
fold rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.bootstrap import judge
from credit_risk.evaluation.report.content import Variant
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.calibration import Calibrator, fit_calibrator
from credit_risk.models.encode import Encoder
from credit_risk.models.model import CreditModel
from credit_risk.models.scorecard import WoeScorecard
from credit_risk.models.train import best_threshold

__all__ = ["Challenger", "challenge", "estimator", "fit_challenger"]

Progress = Callable[[str, int, int], None]
FOLDS = 3


@dataclass(frozen=True)
class Challenger:
    """A fitted challenger with its calibrator and its threshold; scores the champion's matrix."""

    name: str
    estimator: Any
    calibrator: Calibrator
    threshold: float

    def pd(self, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return the calibrated PD, shape (rows,)."""
        return self.calibrator.pd(_log_odds(self.estimator, matrix))


def fit_challenger(
    name: str, recipe: Recipe, training: TrainingSet, model: CreditModel, groups: Any = None
) -> Challenger:
    """Fit one challenger of a champion on its training part."""
    train = training.part(*recipe.split.train)
    labels = train["label"].to_numpy(np.int64)
    groups = train["subject"].to_numpy(object) if groups is None else groups
    matrix = model.encoder.matrix(train)
    raw = np.full(len(train), np.nan)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0)
    for fit, hold in folds.split(matrix, labels, groups):
        fitted = estimator(name, model.encoder, model.monotone).fit(matrix[fit], labels[fit])
        raw[hold] = _log_odds(fitted, matrix[hold])
    calibrator = fit_calibrator(recipe.calibration, raw, labels)
    threshold = best_threshold(labels, calibrator.pd(raw))
    fitted = estimator(name, model.encoder, model.monotone).fit(matrix, labels)
    return Challenger(name, fitted, calibrator, threshold)


def challenge(
    recipe: Recipe,
    training: TrainingSet,
    model: CreditModel,
    parts: list[str],
    groups: Any = None,
    draws: int = 2000,
) -> list[Variant]:
    """Fit the recipe's challengers and judge them on the parts that the champion is judged on."""
    found = []
    for name in recipe.challengers:
        fitted = fit_challenger(name, recipe, training, model, groups)
        for part in parts:
            rows = training.part(part)
            metrics = judge(
                rows["label"].to_numpy(np.int64),
                fitted.pd(model.encoder.matrix(rows)),
                clusters=rows["subject"].to_numpy(object),
                threshold=fitted.threshold,
                population_rate=recipe.calibration.population_rate,
                draws=draws,
            )
            found.append(Variant(name, part, len(rows), float(rows["label"].mean()), metrics))
    return found


def estimator(name: str, encoder: Encoder, monotone: Mapping[str, int]) -> Any:
    """Return a challenger that is not fitted yet, for the matrix of an encoder."""
    codes = [j for j, n in enumerate(encoder.names) if n in encoder.categories]
    if name == "scorecard":
        directions = [monotone.get(n, 0) for n in encoder.names]
        return WoeScorecard(directions=directions, categories=codes)
    numbers = [j for j in range(len(encoder.names)) if j not in codes]
    usual = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        QuantileTransformer(n_quantiles=200, output_distribution="normal", random_state=0),
        StandardScaler(),
    )
    columns = [("numbers", usual, numbers)]
    if codes:
        columns.append(("codes", OneHotEncoder(handle_unknown="ignore", min_frequency=20), codes))
    return make_pipeline(ColumnTransformer(columns), LogisticRegression(C=0.02, max_iter=400))


def _log_odds(estimator: Any, matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return np.asarray(estimator.decision_function(matrix), dtype=np.float64)
