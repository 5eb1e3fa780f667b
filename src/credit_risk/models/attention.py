"""Weights against the bias that findings follow attention.

Inspections are aimed where risk is felt, so events are found where one looked. Each row is weighted by the inverse of
the chance, given what was known at t, of what happened to it: being inspected within the horizon or not (Horvitz and
Thompson 1952; stabilised as by Robins, Hernan and Brumback 2000, so that the weights average 1). The chance is
foreseen out of fold. What nobody ever inspects cannot be weighted up: that is why the planner keeps a random floor.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from credit_risk.book.recipe import LearnerRule
from credit_risk.models.learner import fit_boosters, raw_scores

__all__ = ["attention_weights"]

Vector = npt.NDArray[np.float64]
CHANCE = LearnerRule(
    rounds=60,
    params={"num_leaves": 7, "learning_rate": 0.1, "min_data_in_leaf": 100, "feature_fraction": 0.3},
)
LEAST = 1e-3


def attention_weights(
    inspected: npt.NDArray[np.int64],
    matrix: npt.NDArray[np.float32],
    groups: npt.NDArray[np.object_],
    names: Sequence[str],
    categories: Sequence[str],
    cap: float,
) -> Vector:
    """Return a weight per row, shape (rows,), averaging 1; all 1 where everybody or nobody was inspected.

    ``inspected`` is 1 where an aimed inspection fell within the horizon; ``groups`` never stand on both sides
    of a fold.
    """
    share = float(inspected.mean())
    if share in (0.0, 1.0):
        return np.ones(len(inspected))
    chance = np.full(len(inspected), share)
    folds = StratifiedGroupKFold(3, shuffle=True, random_state=0)
    for fit, hold in folds.split(matrix, inspected, groups):
        fitted = fit_boosters(CHANCE, matrix[fit], inspected[fit], names, categories, [0] * len(names))
        chance[hold] = 1 / (1 + np.exp(-raw_scores(fitted, matrix[hold])))
    chance = np.clip(chance, LEAST, 1 - LEAST)
    weights = np.where(inspected == 1, share / chance, (1 - share) / (1 - chance))
    weights = np.clip(weights, 1 / cap, cap)
    return np.asarray(weights / weights.mean())
