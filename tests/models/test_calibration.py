"""Calibration keeps order and ties, and a rebalanced sample is brought back to the world's rate."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.recipe import Calibration
from credit_risk.errors import CheckFailed
from credit_risk.models.calibration import Calibrator, fit_calibrator, newest_rows


def _sample(slope: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    raw = rng.normal(-1.0, 1.0, 4000)
    return raw, (rng.random(4000) < 1 / (1 + np.exp(-slope * raw))).astype(np.int64)


@pytest.mark.parametrize("kind", ["logistic", "isotonic"])
def test_order_is_never_reversed_and_the_mean_is_right(kind: str) -> None:
    raw, labels = _sample()
    fitted = fit_calibrator(Calibration(kind=kind), raw, labels)
    ordered = fitted.pd(np.sort(raw))
    assert (np.diff(ordered) >= 0).all()
    assert fitted.pd(raw).mean() == pytest.approx(labels.mean(), abs=0.005)


def test_logistic_keeps_every_difference_and_every_tie() -> None:
    raw, labels = _sample()
    fitted = fit_calibrator(Calibration(), raw, labels)
    assert len(np.unique(fitted.pd(np.repeat(raw, 2)))) == len(np.unique(raw))


def test_a_population_rate_moves_the_log_odds_by_the_prior() -> None:
    raw, labels = _sample()
    plain = fit_calibrator(Calibration(), raw, labels)
    moved = fit_calibrator(Calibration(population_rate=0.03), raw, labels)
    sample = labels.mean()
    shift = np.log(0.03 / 0.97) - np.log(sample / (1 - sample))
    np.testing.assert_allclose(moved.calibrated_log_odds(raw) - plain.calibrated_log_odds(raw), shift)


def test_a_model_that_ranks_backwards_is_refused() -> None:
    raw, labels = _sample()
    with pytest.raises(CheckFailed, match="no better than chance"):
        fit_calibrator(Calibration(), -raw, labels)


@pytest.mark.parametrize("kind", ["logistic", "isotonic"])
def test_a_stored_calibrator_is_the_same(kind: str) -> None:
    raw, labels = _sample()
    fitted = fit_calibrator(Calibration(kind=kind), raw, labels)
    np.testing.assert_array_equal(Calibrator.from_json(fitted.to_json()).pd(raw), fitted.pd(raw))


def test_the_newest_rows_are_those_of_the_months_that_end_with_the_last_date() -> None:
    days = [date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31), date(2024, 3, 31), date(2023, 9, 30)]
    as_of = pd.Series(days, dtype=object)
    assert newest_rows(as_of, 9).tolist() == [False, True, True, True, True]
    assert newest_rows(as_of, 1).tolist() == [False, False, False, True, False]
    assert newest_rows(as_of, None).all()


def test_a_level_fitted_on_the_newest_rows_is_right_for_today_where_scores_grow_from_year_to_year() -> None:
    rng = np.random.default_rng(3)
    year = rng.integers(0, 2, 8000)
    risk = rng.normal(-2.0, 1.0, 8000)
    labels = (rng.random(8000) < 1 / (1 + np.exp(-risk))).astype(np.int64)
    raw = risk + 0.8 * year  # more is known of everybody in the second year, and counts as risk
    as_of = pd.Series(pd.to_datetime(np.where(year == 1, "2024-12-31", "2023-12-31")))
    today = year == 1

    def off(months: int | None) -> float:
        rows = newest_rows(as_of, months)
        fitted = fit_calibrator(Calibration(), raw[rows], labels[rows])
        return float(abs(fitted.pd(raw[today]).mean() - labels[today].mean()))

    assert off(6) < 0.005 < 0.02 < off(None)
