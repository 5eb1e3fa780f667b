"""Calibration out of time: what it fits knows nothing later than what it scores, and it sees ranks that decay."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.book.recipe import Calibration, Recipe
from credit_risk.book.window import parse_span
from credit_risk.errors import CheckFailed, InputError
from credit_risk.models.ahead import Ahead
from credit_risk.models.calibration import Calibrator, fit_calibrator, log_odds
from credit_risk.models.interval import fit_interval
from credit_risk.models.train import folds_of

YEAR = parse_span("12m")
DATES = [date(2022, 12, 31), date(2023, 3, 31), date(2023, 12, 31), date(2024, 3, 31)]
EACH = 4000


def _world(decay: float) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    """Return as-of dates, a score and labels; from the third date on the score is worth ``decay`` of what it was."""
    rng = np.random.default_rng(3)
    as_of = pd.Series(np.repeat(DATES, EACH))
    score = rng.normal(size=len(as_of))
    worth = np.where(np.arange(len(as_of)) < 2 * EACH, 1.5, 1.5 * decay)
    return as_of, score, (rng.random(len(as_of)) < 1 / (1 + np.exp(2 - worth * score))).astype(np.int64)


def _ahead(as_of: pd.Series, labels: np.ndarray) -> Ahead:
    recipe = open_rules(ROOT).recipes["credit-12m"]
    who = np.arange(len(labels)).astype(str).astype(object)
    return Ahead.of(as_of, labels, YEAR, lambda rows: folds_of(recipe, labels[rows], who[rows]))


def test_a_row_is_scored_by_learners_that_saw_only_what_was_over_a_horizon_before() -> None:
    as_of, _, labels = _world(1.0)
    found = _ahead(as_of, labels)
    assert [set(as_of[hold]) for _, hold in found.ahead] == [{DATES[2]}, {DATES[3]}]
    assert [set(as_of[fit]) for fit, _ in found.ahead] == [{DATES[0]}, set(DATES[:2])]


def test_out_of_fold_the_same_rows_are_fitted_and_each_is_scored_by_learners_that_did_not_see_it() -> None:
    as_of, _, labels = _world(1.0)
    found = _ahead(as_of, labels)
    for fit, hold in found.parts:
        assert not set(fit) & set(hold)
    wanted = np.sort(np.concatenate([fit for fit, _ in found.ahead]))
    np.testing.assert_array_equal(np.sort(np.concatenate([hold for _, hold in found.within])), wanted)


@pytest.mark.parametrize("decay", [1.0, 0.7])
def test_what_is_kept_is_what_the_ranks_are_worth_a_year_ahead(decay: float) -> None:
    as_of, score, labels = _world(decay)
    found = _ahead(as_of, labels)
    kept = found.kept(labels, [score[hold] for _, hold in found.parts])
    assert kept == pytest.approx(decay, abs=0.06) and kept <= 1


def test_ranks_that_are_worth_more_a_year_ahead_are_not_spread() -> None:
    as_of, score, labels = _world(1.6)
    found = _ahead(as_of, labels)
    assert found.kept(labels, [score[hold] for _, hold in found.parts]) == 1.0


def test_ranks_that_are_worth_nothing_a_year_ahead_are_refused() -> None:
    as_of, score, labels = _world(-0.7)
    found = _ahead(as_of, labels)
    with pytest.raises(CheckFailed, match="out of time the model ranks no better than chance"):
        found.kept(labels, [score[hold] for _, hold in found.parts])


def test_a_training_part_without_dates_one_horizon_apart_is_refused() -> None:
    as_of, _, labels = _world(1.0)
    short = as_of.isin(DATES[:2]).to_numpy()
    with pytest.raises(InputError, match=r"calibration out of time: no as-of date .* lies 12"):
        _ahead(as_of[short].reset_index(drop=True), labels[short])


@pytest.mark.parametrize("kind", ["logistic", "isotonic"])
def test_log_odds_are_drawn_together_around_the_same_mean_and_keep_their_order(kind: str) -> None:
    _, score, labels = _world(1.0)
    rule = Calibration(kind=kind)
    plain, narrow = fit_calibrator(rule, score, labels), fit_calibrator(rule, score, labels, 0.8)
    np.testing.assert_allclose(
        narrow.calibrated_log_odds(score), 0.8 * plain.calibrated_log_odds(score) + narrow.shift
    )
    assert narrow.pd(score).mean() == pytest.approx(plain.pd(score).mean())
    assert (np.diff(narrow.pd(np.sort(score))) >= 0).all()
    assert Calibrator.from_json(narrow.to_json()) == narrow


def test_the_interval_is_drawn_together_as_the_pd_is() -> None:
    _, score, labels = _world(1.0)
    narrow = fit_calibrator(Calibration(kind="isotonic"), score, labels, 0.8)
    places, ones = np.quantile(score, [0.2, 0.5, 0.8]), np.ones(3)
    plain, _ = fit_interval(score, labels).around(places, ones)
    low, _ = fit_interval(score, labels, narrow.shift, narrow.kept).around(places, ones)
    np.testing.assert_allclose(log_odds(low), 0.8 * log_odds(plain) + narrow.shift)


def test_a_network_is_not_calibrated_out_of_time() -> None:
    told = open_rules(ROOT).recipes["credit-12m"].model_dump(by_alias=True, exclude_defaults=True)
    told |= {"horizon": "12m", "calibration": {"out_of_time": True}, "learner": {"kind": "graph-network"}}
    with pytest.raises(ValueError, match="expected a learner of trees"):
        Recipe.model_validate(told)
