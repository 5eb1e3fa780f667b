"""Portfolios with few events: the figures published by Pluto and Tasche (2005), and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from credit_risk.book.recipe import Calibration
from credit_risk.errors import InputError
from credit_risk.models.calibration import fit_calibrator
from credit_risk.models.low_default import most_prudent, upper_rate

ROWS = [100, 400, 300]  # grades A, B and C of the paper's example
PUBLISHED = {  # no default in any grade, in per cent
    0.50: (0.09, 0.10, 0.23),
    0.75: (0.17, 0.20, 0.46),
    0.90: (0.29, 0.33, 0.76),
    0.95: (0.37, 0.43, 0.99),
    0.99: (0.57, 0.66, 1.52),
    0.999: (0.86, 0.98, 2.28),
}


@pytest.mark.parametrize("confidence", PUBLISHED)
def test_without_any_default_the_bounds_are_those_published(confidence: float) -> None:
    found = 100 * most_prudent([0, 0, 0], ROWS, confidence)
    np.testing.assert_allclose(found, PUBLISHED[confidence], atol=0.0051)


@given(bad=st.integers(0, 20), more=st.integers(1, 500), confidence=st.floats(0.5, 0.999))
def test_at_the_bound_so_few_events_have_just_the_chance_left(bad: int, more: int, confidence: float) -> None:
    rate = upper_rate(bad, bad + more, confidence)
    assert binom.cdf(bad, bad + more, rate) == pytest.approx(1 - confidence, rel=1e-6, abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(3, 200)), min_size=1, max_size=9))
def test_a_worse_grade_never_has_the_smaller_pd(grades: list[tuple[int, int]]) -> None:
    bad, rows = zip(*grades, strict=True)
    assert (np.diff(most_prudent(bad, rows)) >= 0).all()


def _sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    raw = rng.normal(-5.0, 1.0, 4000)
    return raw, (rng.random(4000) < 1 / (1 + np.exp(-raw))).astype(np.int64)


def test_few_events_raise_the_level_to_what_they_allow() -> None:
    raw, labels = _sample()
    fitted = fit_calibrator(Calibration(low_default=0.75), raw, labels)
    assert fitted.pd(raw).mean() == pytest.approx(upper_rate(int(labels.sum()), len(labels), 0.75), rel=1e-9)


@pytest.mark.parametrize("kind", ["logistic", "isotonic"])
def test_a_stated_long_run_rate_is_the_mean_pd_of_the_training_sample(kind: str) -> None:
    raw, labels = _sample()
    fitted = fit_calibrator(Calibration(kind=kind, long_run_rate=0.02), raw, labels)
    assert fitted.pd(raw).mean() == pytest.approx(0.02, rel=1e-9)


def test_two_anchors_are_refused() -> None:
    with pytest.raises(ValueError, match="at most one"):
        Calibration(population_rate=0.03, long_run_rate=0.02)


def test_rows_and_events_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="bad <= rows"):
        upper_rate(3, 2, 0.9)
