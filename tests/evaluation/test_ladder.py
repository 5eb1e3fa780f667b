"""Ordered classes from a ladder of steps, held to scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from credit_risk.evaluation.ladder import classes, judge_classes


def test_the_class_is_the_most_probable_rung():
    steps = [
        np.array([0.9, 0.2, 0.95, 0.4]),
        np.array([0.8, 0.1, 0.9, 0.6]),
        np.array([0.1, 0.05, 0.85, 0.1]),
    ]
    assert classes(steps).tolist() == [
        3,
        1,
        4,
        1,
    ]  # the last: P(>=3) is lowered to P(>=2) = 0.4, leaving class 1 at 0.6


def test_accuracy_and_macro_f1_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, foreseen, who = rng.integers(1, 5, 300), rng.integers(1, 5, 300), rng.integers(0, 90, 300)
    told = judge_classes(truth, foreseen, who, draws=200)
    assert told["accuracy"].value == pytest.approx(accuracy_score(truth, foreseen))
    assert told["macro_f1"].value == pytest.approx(f1_score(truth, foreseen, average="macro"))
    assert told["accuracy"].low < told["accuracy"].value < told["accuracy"].high
