"""Contributions of indicators to a score, in points, exact and additive.

    score = base + sum of points + calibration

``base`` is the score of the training average, ``points`` is minus the Shapley contribution on the points scale
(positive points are strengths), ``calibration`` is what a calibrator that is no straight line adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.explain.trees import TreeExplainer
from credit_risk.models.model import CreditModel
from credit_risk.models.scale import FACTOR

__all__ = ["Contributions", "Explainer"]

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Contributions:
    """Shape (rows, names) points, and per row the base, the calibration term and the score they add up to."""

    names: tuple[str, ...]
    points: Matrix
    base: float
    calibration: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]


class Explainer:
    """Explains the scores of one model."""

    def __init__(self, model: CreditModel, threads: int = 2) -> None:
        self.model = model
        self.explainers = [TreeExplainer(booster, threads=threads, few=0) for booster in model.boosters]

    def explain(self, rows: pd.DataFrame) -> Contributions:
        """Return the points of every indicator for every row; columns are matched by name."""
        model = self.model
        matrix = model.encoder.matrix(rows)
        phi = self._shapley(matrix)
        points = -FACTOR * model.calibrator.slope() * phi[:, :-1]
        start = model.calibrator.calibrated_log_odds(phi[:1, -1])
        base = float(model.scale.points(start)[0]) if len(rows) else float("nan")
        raw = model.raw(rows)
        score = model.scale.points(model.calibrator.calibrated_log_odds(raw))
        return Contributions(model.names, points, base, score - base - points.sum(axis=1), score)

    def _shapley(self, matrix: npt.NDArray[np.float32]) -> Matrix:
        """Return path-dependent TreeSHAP values, shape (rows, names + 1), the last column the expected log-odds.

        Seeds are averaged. A row has the same values bit for bit, alone or in any batch.
        """
        total = np.zeros((len(matrix), matrix.shape[1] + 1))
        for explainer in self.explainers:
            total[:, :-1] += explainer.shap_values(matrix.astype(np.float64))
            total[:, -1] += explainer.expected_value
        return total / len(self.explainers)
