"""Intervals: a draw equals scikit-learn on rows really repeated; bounds mean what they say."""

import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from credit_risk.errors import InputError
from credit_risk.evaluation import bootstrap, metrics
from credit_risk.evaluation.bootstrap import Interval, judge


def zone(n, seed=0, per_enterprise=3, digits=2):
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(-2.0, 1.2, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    pd = np.round(1 / (1 + np.exp(-log_odds - rng.normal(0, 0.5, n))), digits)
    return y, pd, rng.integers(0, max(n // per_enterprise, 1), n)


def slow(y, pd, bins, threshold, rate):
    """Return the metrics of one sample of rows, the plain way."""
    if y.min() == y.max():
        return None
    weights = metrics.population_weights(y, rate)
    good, bad, _ = sk.roc_curve(y, pd, drop_intermediate=False)

    def ece(w):
        gaps = [abs((w * (y - pd))[bins == b].sum()) for b in np.unique(bins)]
        return sum(gaps) / w.sum()

    return {
        "roc_auc": sk.roc_auc_score(y, pd),
        "pr_auc": sk.average_precision_score(y, pd),
        "ks": np.abs(bad - good).max(),
        "brier": sk.brier_score_loss(y, pd),
        "log_loss": sk.log_loss(y, pd),
        "macro_f1": sk.f1_score(y, pd >= threshold, average="macro", zero_division=0),
        "ece": ece(np.ones(len(y))),
        "brier_population": sk.brier_score_loss(y, pd, sample_weight=weights),
        "log_loss_population": sk.log_loss(y, pd, sample_weight=weights),
        "ece_population": ece(weights),
    }


@given(st.integers(0, 10_000), st.integers(4, 60), st.sampled_from([1, 2, 12]))
def test_every_draw_equals_scikit_learn_on_the_repeated_rows(seed, n, digits):
    y, pd, owner = zone(n, seed, digits=digits)
    y[:2] = 0, 1
    owner = np.unique(owner, return_inverse=True)[1]
    bins = metrics.equal_count_bins(pd)
    drawn = bootstrap._drawn(y, pd, owner, 0.3, 0.05, 4, seed)
    counts = np.vstack(list(bootstrap._counts(owner.max() + 1, 4, seed, 3)))
    for draw, times in enumerate(counts):
        rows = np.repeat(np.arange(n), times[owner])
        expected = slow(y[rows], pd[rows], bins[rows], 0.3, 0.05)
        for name in drawn:
            if expected is not None:
                assert drawn[name][draw] == pytest.approx(expected[name], abs=1e-12), name
            elif name not in ("brier", "log_loss", "ece"):
                assert np.isnan(drawn[name][draw]), name


def test_a_draw_takes_as_many_enterprises_as_there_are():
    counts = np.vstack(list(bootstrap._counts(50, 200, 1, 64)))
    assert counts.shape == (200, 50)
    assert (counts.sum(axis=1) == 50).all()
    assert counts.mean() == 1.0 and 0.9 < counts.var() < 1.1


def test_the_same_seed_gives_the_same_bounds_whatever_the_block(monkeypatch):
    y, pd, owner = zone(300)
    first = judge(y, pd, clusters=owner, threshold=0.3, draws=101)
    monkeypatch.setattr(bootstrap, "CELLS", 2100)
    assert judge(y, pd, clusters=owner, threshold=0.3, draws=101) == first
    assert judge(y, pd, clusters=owner, threshold=0.3, draws=101, seed=1) != first


def test_bounds_do_not_depend_on_what_enterprises_are_called():
    y, pd, owner = zone(300)
    names = np.array([f"9131{o:05d}" for o in owner])
    by_number = judge(y, pd, clusters=owner, threshold=0.3, draws=50)
    assert judge(y, pd, clusters=names, threshold=0.3, draws=50) == by_number


def test_rows_of_one_enterprise_are_drawn_together():
    y, pd, _ = zone(400, digits=6)
    copied = np.tile(y, 4), np.tile(pd, 4)
    one = judge(y, pd, clusters=np.arange(400), threshold=0.3)
    same = judge(*copied, clusters=np.tile(np.arange(400), 4), threshold=0.3)
    apart = judge(*copied, clusters=np.arange(1600), threshold=0.3)
    width = {k: v["roc_auc"].high - v["roc_auc"].low for k, v in
             {"one": one, "same": same, "apart": apart}.items()}  # fmt: skip
    assert width["same"] == pytest.approx(width["one"], rel=1e-9)
    assert width["apart"] == pytest.approx(width["one"] / 2, rel=0.2)


def test_bounds_hold_the_truth_about_as_often_as_they_claim():
    truth = judge(*zone(200_000, 99, digits=6)[:2], clusters=np.arange(200_000), threshold=0.3, draws=1)
    held = {"roc_auc": 0, "brier": 0, "log_loss": 0}
    for seed in range(150):
        y, pd, _ = zone(400, seed, digits=6)
        judged = judge(y, pd, clusters=np.arange(400), threshold=0.3, draws=400, seed=seed)
        for name in held:
            held[name] += judged[name].low <= truth[name].value <= judged[name].high
    assert all(0.88 <= count / 150 <= 0.99 for count in held.values()), held


@pytest.mark.parametrize("kind", [0, 1])
def test_one_class_only_has_no_ranking_and_is_none_in_json(kind):
    _, pd, owner = zone(60)
    judged = judge(np.full(60, kind), pd, clusters=owner, threshold=0.3, population_rate=0.1, draws=9)
    for name in ("roc_auc", "pr_auc", "ks", "macro_f1", "brier_population", "ece_population"):
        assert judged[name].to_json() == {"value": None, "low": None, "high": None}
    assert judged["brier"].to_json()["value"] == pytest.approx(((kind - pd) ** 2).mean())
    assert judged["log_loss"].low <= judged["log_loss"].high


def test_one_enterprise_alone_has_values_but_no_bounds():
    judged = judge([0, 1], [0.1, 0.9], clusters=["a", "a"], threshold=0.5)
    assert judged["roc_auc"].to_json() == {"value": 1.0, "low": None, "high": None}


def test_population_figures_appear_only_with_a_rate():
    y, pd, owner = zone(60)
    plain = judge(y, pd, clusters=owner, threshold=0.3, draws=3)
    rated = judge(y, pd, clusters=owner, threshold=0.3, draws=3, population_rate=0.02)
    assert set(rated) - set(plain) == {"brier_population", "log_loss_population", "ece_population"}
    assert {k: rated[k] for k in plain} == plain
    assert all(isinstance(i, Interval) for i in rated.values())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"y": []}, "one length above 0"),
        ({"clusters": ["a"]}, "one length"),
        ({"y": [0, 2]}, "y: expected 0 or 1"),
        ({"pd": [0.1, float("nan")]}, "pd: expected numbers"),
        ({"pd": [0.1, 1.1]}, "pd: expected numbers"),
        ({"threshold": 2.0}, "threshold"),
        ({"population_rate": 1.0}, "population_rate"),
        ({"draws": 0}, "draws"),
    ],
)
def test_input_that_cannot_be_judged_is_refused_by_name(change, says):
    given = {"y": [0, 1], "pd": [0.1, 0.9], "clusters": ["a", "b"], "threshold": 0.5} | change
    y, pd = given.pop("y"), given.pop("pd")
    with pytest.raises(InputError, match=says):
        judge(y, pd, **given)


def test_two_thousand_draws_take_seconds_and_little_memory():
    y, pd, owner = zone(50_000, digits=8)
    tracemalloc.start()
    judge(y, pd, clusters=owner, threshold=0.3, population_rate=0.02, draws=60)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300e6
    start = time.perf_counter()
    judge(y[:3000], pd[:3000], clusters=owner[:3000], threshold=0.3, population_rate=0.02)
    assert time.perf_counter() - start < 5
