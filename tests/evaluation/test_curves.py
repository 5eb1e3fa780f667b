"""The numbers behind the figures."""

import numpy as np
import pytest
from scipy.stats import beta, ks_2samp

from credit_risk.evaluation.metrics import ece
from credit_risk.evaluation.report.curves import by_bin, by_grade, roc, spread


@pytest.fixture(scope="module")
def part(content):
    return content.parts[-1]


def test_bins_are_those_of_the_calibration_error(part):
    rates = by_bin(part.y, part.pd)
    gaps = np.abs(rates.observed - rates.foreseen)
    assert (rates.n * gaps).sum() / part.n == pytest.approx(ece(part.y, part.pd), abs=1e-12)
    assert rates.n.tolist() == [600] * 10


def test_intervals_are_jeffreys_and_reach_the_ends(part):
    rates = by_bin(np.array([0, 0, 1, 0, 1, 1]), np.array([0.1, 0.1, 0.2, 0.2, 0.3, 0.3]))
    assert rates.observed.tolist() == [0, 0.5, 1]
    assert rates.low[0] == 0 and rates.high[2] == 1
    assert rates.low[1] == pytest.approx(beta.ppf(0.025, 1.5, 1.5))
    assert (rates.low <= rates.observed).all() and (rates.observed <= rates.high).all()


def test_grades_take_the_upper_bound_in_and_empty_ones_stay(content):
    rates = by_grade(np.array([0, 1, 1]), np.array([0.004, 0.0041, 1.0]), content.grades)
    assert rates.n.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert np.isnan(rates.observed[2]) and rates.observed[9] == 1


def test_curves_are_thin_yet_keep_their_ends_and_the_widest_gap(part):
    good, bad = roc(part.y, part.pd)
    assert len(good) <= 400 and (good[0], bad[0], good[-1], bad[-1]) == (0, 0, 1, 1)
    values, low, high, widest = spread(part.y, part.pd)
    gap = low[widest] - high[widest]
    expected = ks_2samp(part.pd[part.y == 1], part.pd[part.y == 0]).statistic
    assert len(values) <= 401 and gap == pytest.approx(expected, abs=1e-12)
