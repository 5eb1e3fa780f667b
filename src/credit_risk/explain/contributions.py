"""Contributions of indicators to a score, in points, exact and additive.

    score = base + sum of points + calibration

``base`` is the score of the training average, ``points`` is minus the Shapley contribution on the points scale
(positive points are strengths), ``calibration`` is what a calibrator that is no straight line adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.explain.treeshap import TreeExplainer
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
    """Explains one model; build it once and keep it, the tables of its trees are made here."""

    def __init__(self, model: CreditModel, threads: int = 1) -> None:
        self.model = model
        self._trees = [TreeExplainer(b, threads=threads) for b in model.boosters]

    @cached_property
    def expected_raw(self) -> float:
        """Mean log-odds over the training rows, as the trees' covers hold it."""
        return float(np.mean([float(tree.expected_value) for tree in self._trees]))

    def explain(self, rows: pd.DataFrame) -> Contributions:
        """Return the points of every indicator for every row; columns are matched by name."""
        model = self.model
        matrix = model.encoder.matrix(rows)
        phi = np.zeros((len(rows), len(model.names)))
        for tree in self._trees:
            phi += tree.shap_values(matrix)
        phi /= len(self._trees)
        points = -FACTOR * model.calibrator.slope() * phi
        start = model.calibrator.calibrated_log_odds(np.array([self.expected_raw]))
        base = float(model.scale.points(start)[0])
        raw = model.raw(rows)
        score = model.scale.points(model.calibrator.calibrated_log_odds(raw))
        return Contributions(
            model.names, points, base, score - base - points.sum(axis=1), score
        )
