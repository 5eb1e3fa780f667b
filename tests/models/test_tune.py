"""Tuning: folds in the order of time, never worse than the recipe's own parameters, written to a run and not into the book."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.conftest import END, ROOT

from credit_risk.book import open_rules
from credit_risk.book.recipe import LearnerRule
from credit_risk.book.window import parse_span
from credit_risk.errors import InputError
from credit_risk.models.attention import attention_weights
from credit_risk.models.tune import time_folds, tune
from credit_risk.zone import Book

DATES = [date(2022, 12, 31), date(2023, 6, 30), date(2023, 12, 31), date(2024, 6, 30)]


def _rows(each: int = 300) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    as_of = pd.Series(np.repeat(DATES, each))
    x = rng.normal(size=(len(as_of), 3)).astype(np.float32)
    y = (rng.random(len(as_of)) < 1 / (1 + np.exp(2 - x[:, 0]))).astype(np.int64)
    return as_of, x, y


def test_a_fold_is_fitted_only_on_rows_whose_horizon_was_over_when_it_is_judged() -> None:
    as_of, _, y = _rows()
    horizon = parse_span("12m")
    folds = time_folds(as_of, y, horizon)
    assert len(folds) == 2
    for fit, hold in folds:
        judged = set(as_of[hold])
        assert len(judged) == 1
        assert max(horizon.after(day) for day in as_of[fit]) <= judged.pop()


def test_dates_closer_than_a_horizon_are_refused() -> None:
    as_of, _, y = _rows()
    with pytest.raises(InputError, match="lies 36"):
        time_folds(as_of, y, parse_span("36m"))


def test_what_is_chosen_is_never_worse_than_the_recipes_own_parameters() -> None:
    as_of, x, y = _rows()
    own = LearnerRule(rounds=300, params={"learning_rate": 0.3, "min_data_in_leaf": 2})  # overfits
    found = tune(own, x, y, time_folds(as_of, y, parse_span("12m")), ["a", "b", "c"], [], [1, 0, 0], trials=6)
    assert found.value < found.own and len(found.trials) == 6
    assert found.rule.seeds == own.seeds and found.rule.params != own.params
    again = tune(own, x, y, time_folds(as_of, y, parse_span("12m")), ["a", "b", "c"], [], [1, 0, 0], trials=6)
    assert again.rule == found.rule and again.value == found.value


def test_the_model_takes_what_was_chosen_and_the_book_stays(book: Book) -> None:
    before = {p: p.read_bytes() for p in (ROOT / "models").iterdir()}
    trained = book.train("insolvency-12m", known_at=END, tune=3)
    assert {p: p.read_bytes() for p in (ROOT / "models").iterdir()} == before
    assert trained.tuned is not None
    chosen = yaml.safe_load((trained.tuned / "chosen.yaml").read_text())["learner"]
    assert chosen == {"rounds": trained.recipe.learner.rounds, "params": trained.recipe.learner.params}
    assert len(pd.read_csv(trained.tuned / "trials.csv")) == 3
    assert open_rules(ROOT).recipes["insolvency-12m"].learner.seeds == trained.recipe.learner.seeds


def test_attention_weights_undo_aimed_inspections() -> None:
    """Inspected are mostly those with a high x; weighted, the inspected look like everybody."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(8000, 2)).astype(np.float32)
    inspected = (rng.random(8000) < 1 / (1 + np.exp(1 - 1.2 * x[:, 0]))).astype(np.int64)
    groups = np.arange(8000).astype(object)
    weights = attention_weights(inspected, x, groups, ["a", "b"], [], cap=20.0)
    seen = inspected == 1
    assert weights.mean() == pytest.approx(1) and x[seen, 0].mean() > 0.5
    assert abs(np.average(x[seen, 0], weights=weights[seen])) < 0.15
    assert weights.max() <= 20.0 / np.clip(weights.mean(), 0.5, None) * 1.2
    np.testing.assert_array_equal(attention_weights(seen * 0, x, groups, ["a", "b"], [], cap=5.0), 1.0)
