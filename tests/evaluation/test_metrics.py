"""Point values: equal to scikit-learn and SciPy, blind to the order of rows, honest about ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optbinning.binning.metrics import jeffrey
from optbinning.metrics.classification import gini as optbinning_gini
from optbinning.metrics.classification import ks as optbinning_ks
from scipy.special import rel_entr
from scipy.stats import ks_2samp, mannwhitneyu, somersd
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


@given(parts())
def test_auc_gini_and_ks_are_those_of_scipy_scikit_learn_and_a_scorecard_library(part):
    """Ties, equal columns and permuted rows included; optbinning's own ``ks`` changes when tied rows are shuffled."""
    y, pd = part
    pairs = (y == 1).sum() * (y == 0).sum()
    assert metrics.roc_auc(y, pd) == pytest.approx(
        mannwhitneyu(pd[y == 1], pd[y == 0], method="asymptotic").statistic / pairs, abs=1e-12
    )
    assert metrics.gini(y, pd) == pytest.approx(optbinning_gini(y, pd), abs=1e-12)
    if len(np.unique(pd)) > 1:  # SciPy has no Somers' D of a constant
        assert metrics.gini(y, pd) == pytest.approx(somersd(y, pd).statistic, abs=1e-12)
    fpr, tpr, _ = sk.roc_curve(y, pd, drop_intermediate=False)
    assert metrics.ks(y, pd) == pytest.approx(np.abs(tpr - fpr).max(), abs=1e-12)


def test_a_scorecard_librarys_ks_depends_on_the_order_of_ties_and_ours_does_not():
    y, pd = np.array([0, 1, 0, 1, 1, 0] * 20), np.array([0.1, 0.1, 0.5, 0.5, 0.9, 0.1] * 20)
    orders = [np.random.default_rng(s).permutation(len(y)) for s in range(20)]
    assert len({round(float(optbinning_ks(y[o], pd[o])[0]), 9) for o in orders}) > 1
    assert len({metrics.ks(y[o], pd[o]) for o in orders}) == 1


@given(st.integers(0, 10_000), st.integers(2, 20))
def test_psi_is_the_divergence_of_scipy_and_of_a_scorecard_library(seed, bins):
    rng = np.random.default_rng(seed)
    before, now = rng.normal(size=400).round(1), rng.normal(0.3, 1.2, size=300).round(1)
    cuts = np.unique(np.quantile(before, np.arange(1, bins) / bins))
    shares = [np.bincount(np.searchsorted(cuts, v), minlength=len(cuts) + 1) / len(v) for v in (before, now)]
    p, q = (np.maximum(s, metrics.LEAST_SHARE) for s in shares)
    found = metrics.psi(before, now, bins)
    assert found == pytest.approx(float((rel_entr(p, q) + rel_entr(q, p)).sum()), abs=1e-12)
    assert found == pytest.approx(float(jeffrey(p, q, return_sum=True)), abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(300, 300), (5000, 500), (20_000, 20_000)])
def test_without_drift_psi_exceeds_its_bound_one_time_in_twenty_at_any_sample_size(n, m):
    rng = np.random.default_rng(7)
    seen = np.array([metrics.psi(rng.normal(size=n), rng.normal(size=m)) for _ in range(600)])
    assert 0.025 <= (seen > metrics.psi_bound(n, m)).mean() <= 0.085


def test_psi_beyond_its_bound_finds_a_drift_that_the_lore_of_a_tenth_misses():
    rng = np.random.default_rng(8)
    found = metrics.psi(rng.normal(size=20_000), rng.normal(0.08, 1, size=20_000))
    assert metrics.psi_bound(20_000, 20_000) < found < 0.1


def test_a_bound_without_rows_is_refused():
    with pytest.raises(InputError, match="n, m >= 1"):
        metrics.psi_bound(0, 10)


def test_capture_is_what_counting_by_hand_finds():
    pd = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
    y = np.array([1, 0, 1, 0, 0, 1, 0, 0, 0, 1])
    assert metrics.capture(y, pd, 0.1) == 1 / 4
    assert metrics.capture(y, pd, 0.3) == 2 / 4
    assert metrics.capture(y, pd, 1.0) == 1.0
    tied = np.array([0.9, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert metrics.capture(y, tied, 0.3) == pytest.approx((1 + 1 * 2 / 4) / 4)  # two of the four tied fit
    assert np.isnan(metrics.capture(np.zeros(10), pd))
    with pytest.raises(InputError, match="share"):
        metrics.capture(y, pd, 0.0)


@given(parts(), st.floats(0.01, 1.0))
def test_capture_is_the_mean_over_every_order_of_ties(part, share):
    y, pd = part
    random = np.random.default_rng(0)
    whole = max(1, int(share * len(y))) / len(y)
    drawn = []
    for _ in range(300):
        mixed = random.permutation(len(y))
        worst = mixed[np.argsort(-pd[mixed], kind="stable")][: round(whole * len(y))]
        drawn.append(y[worst].sum() / y.sum())
    spread = np.std(drawn) / np.sqrt(len(drawn))
    assert metrics.capture(y, pd, whole) == pytest.approx(np.mean(drawn), abs=6 * spread + 1e-9)
