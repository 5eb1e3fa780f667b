"""Point values: equal to scikit-learn and SciPy, blind to the order of rows, honest about ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn import metrics as sk

from credit_risk.errors import InputError
from credit_risk.evaluation import metrics
from credit_risk.evaluation.bootstrap import judge

GRID = [0.0, 0.01, 0.02, 0.1, 0.3, 0.5, 0.77, 1.0]
anything = st.tuples(st.integers(0, 1), st.sampled_from(GRID) | st.floats(0, 1, allow_subnormal=False))


@st.composite
def parts(draw):
    rows = [(0, draw(st.sampled_from(GRID))), (1, draw(st.sampled_from(GRID)))]
    rows += draw(st.lists(anything, max_size=40))
    y, pd = zip(*draw(st.permutations(rows)), strict=True)
    return np.array(y), np.array(pd)


@given(parts(), st.sampled_from(GRID))
def test_point_values_are_those_of_scikit_learn(part, threshold):
    y, pd = part
    judged = judge(y, pd, clusters=np.arange(len(y)), threshold=threshold, draws=2)
    with np.errstate(divide="ignore"):
        distance = ks_2samp(pd[y == 1], pd[y == 0], method="asymp").statistic
    expected = {
        "roc_auc": sk.roc_auc_score(y, pd),
        "pr_auc": sk.average_precision_score(y, pd),
        "brier": sk.brier_score_loss(y, pd),
        "log_loss": sk.log_loss(y, pd),
        "macro_f1": sk.f1_score(y, pd >= threshold, average="macro", zero_division=0),
        "ks": distance,
    }
    for name, value in expected.items():
        assert judged[name].value == pytest.approx(value, abs=1e-12), name


@given(parts(), st.randoms(use_true_random=False))
def test_no_metric_depends_on_the_order_of_rows(part, random):
    y, pd = part
    order = list(range(len(y)))
    random.shuffle(order)
    for metric in (metrics.roc_auc, metrics.gini, metrics.pr_auc, metrics.ks, metrics.ece):
        assert metric(y[order], pd[order]) == pytest.approx(metric(y, pd), abs=1e-12)


@given(parts())
def test_bins_have_equal_counts_unless_ties_stay_together(part):
    _, pd = part
    bins = metrics.equal_count_bins(pd)
    assert bins.max() <= 9
    for value in pd:
        assert len(set(bins[pd == value])) == 1
    assert (np.diff(bins[np.argsort(pd)]) >= 0).all()
    distinct = metrics.equal_count_bins(np.linspace(0, 1, 70))
    assert np.bincount(distinct).tolist() == [7] * 10


@given(parts(), st.floats(0.01, 0.99))
def test_calibration_error_is_that_of_a_naive_loop(part, rate):
    y, pd = part
    for weights in (np.ones(len(y)), metrics.population_weights(y, rate)):
        bins, error = metrics.equal_count_bins(pd), 0.0
        for b in set(bins):
            own = bins == b
            gap = np.average(y[own], weights=weights[own]) - np.average(pd[own], weights=weights[own])
            error += weights[own].sum() / weights.sum() * abs(gap)
        assert metrics.ece(y, pd, weights) == pytest.approx(error, abs=1e-12)


def test_population_weights_make_the_bad_share_the_population_rate():
    y = np.array([1] * 30 + [0] * 70)
    weights = metrics.population_weights(y, 0.02)
    assert np.average(y, weights=weights) == pytest.approx(0.02)
    assert weights[0] == pytest.approx(0.02 / 0.3)
    assert weights[-1] == pytest.approx(0.98 / 0.7)


def test_gini_is_twice_the_auc_less_one():
    y, pd = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    assert metrics.gini(y, pd) == pytest.approx(0.5)


def test_psi_is_zero_for_equal_shares_and_the_textbook_sum_otherwise():
    even = np.repeat([1.0, 2.0], 50)
    assert metrics.psi(even, even) == 0.0
    moved = np.repeat([1.0, 2.0], [80, 20])
    expected = 0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5)
    assert metrics.psi(even, moved) == pytest.approx(expected)


def test_psi_counts_missing_values_as_a_bin():
    full = np.arange(100.0)
    half = np.where(full % 2 == 0, np.nan, full)
    assert metrics.psi(full, half) > 1.0
    assert metrics.psi(half, half) == 0.0


def test_psi_without_drift_is_about_what_its_docstring_says():
    rng = np.random.default_rng(0)
    seen = [metrics.psi(rng.normal(size=2000), rng.normal(size=1000)) for _ in range(200)]
    assert np.mean(seen) == pytest.approx(9 * (1 / 2000 + 1 / 1000), rel=0.15)


def test_psi_of_nothing_is_refused():
    with pytest.raises(InputError, match="came 0, 1"):
        metrics.psi(np.array([]), np.array([1.0]))
