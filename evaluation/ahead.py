"""Is a score worth less a year ahead than out of fold? Seen inside the training part, and on the part out of time.

A slope is what one unit of log-odds is worth by Platt scaling. ``out_of_time`` and ``out_of_fold`` are those of
learners of the same early rows (``models/ahead.py``); ``test`` is what a unit of the model's calibrated log-odds was
worth on the part out of time: 1 where the calibration was right, below 1 where good and bad were called too surely.
"""

from __future__ import annotations

import numpy as np

from credit_risk.models.ahead import Ahead
from credit_risk.models.calibration import platt_slope
from credit_risk.models.learner import fit_boosters, raw_scores
from credit_risk.models.train import columns_of, folds_of
from credit_risk.zone import Book, Trained

__all__ = ["slopes_of"]


def slopes_of(book: Book, trained: Trained) -> dict[str, float]:
    """Return the slopes ``out_of_time``, ``out_of_fold`` and ``test`` of a trained recipe of trees."""
    recipe, model, training = trained.recipe, trained.model.credit, trained.training
    rows = training.part(*recipe.split.train)
    labels, who = rows["label"].to_numpy(np.int64), rows["subject"].to_numpy(object)
    names, monotone, categories = columns_of(book.catalogue, recipe, training)
    matrix = model.encoder.matrix(rows)
    found = Ahead.of(rows["as_of"], labels, recipe.horizon, lambda r: folds_of(recipe, labels[r], who[r]))
    scored = [
        raw_scores(
            fit_boosters(recipe.learner, matrix[fit], labels[fit], names, categories, monotone), matrix[held]
        )
        for fit, held in found.parts
    ]
    later, folds = found.slopes(labels, scored)
    test = training.part("test")
    told = model.calibrator.calibrated_log_odds(model.raw(test))
    return {
        "out_of_time": later,
        "out_of_fold": folds,
        "test": platt_slope(told, test["label"].to_numpy(np.int64), "on test"),
    }
