"""Public estimators keep scikit-learn's contract; the scorecard's shown points are its score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

import credit_risk
from credit_risk import BoostedTrees, WoeScorecard
from credit_risk.models.scale import ANCHOR, FACTOR, ODDS

PUBLIC = [WoeScorecard(), BoostedTrees(rounds=20, params={"min_data_in_leaf": 2, "min_data_in_bin": 1})]
EXPECTED = {
    "BoostedTrees": {
        "check_sample_weight_equivalence_on_dense_data": "a tree's least number of rows counts rows, not weights",
    },
}


def _expected(estimator: object) -> dict[str, str]:
    return EXPECTED.get(type(estimator).__name__, {})


def test_no_public_estimator_escapes_the_checks():
    public = {getattr(credit_risk, name) for name in credit_risk.__all__}
    assert {type(one) for one in PUBLIC} == {one for one in public if issubclass(one, BaseEstimator)}


@parametrize_with_checks(PUBLIC, expected_failed_checks=_expected)
def test_public_estimators_keep_the_contract_of_scikit_learn(estimator, check):
    check(estimator)


def _sample(rows: int = 1500, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    x[:, 2] = rng.integers(0, 5, rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(2 - x[:, 0] + 0.5 * x[:, 1] - (x[:, 2] == 3)))).astype(int)
    x[rng.random(x.shape) < 0.1] = np.nan
    return x, y


@pytest.fixture(scope="module")
def card() -> WoeScorecard:
    return WoeScorecard(directions=[1, -1, 0, 0], categories=[2]).fit(*_sample())


rows = st.lists(
    st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(float("nan"))), min_size=4, max_size=4),
    min_size=1,
    max_size=20,
)


@settings(max_examples=200)
@given(rows=rows)
def test_the_points_shown_add_up_to_the_score_and_the_pd_is_read_from_it(
    card: WoeScorecard, rows: list[list[float]]
):
    x = np.array(rows)
    table = card.table()
    shown = card.points(x)
    for row, points in zip(x, shown, strict=True):
        assert card.base_points_ + sum(int(p) for p in points) == int(card.total(row.reshape(1, -1))[0])
        for column, value in zip(card.columns_, points, strict=True):
            assert int(value) in table.loc[table["column"] == str(column), "points"].tolist()
    odds = np.exp(-(card.total(x) - ANCHOR) / FACTOR) / ODDS
    np.testing.assert_allclose(card.predict_proba(x)[:, 1], odds / (1 + odds), rtol=1e-12)


def test_points_go_one_way_as_a_column_rises(card: WoeScorecard):
    directions = {0: 1, 1: -1}
    seen = 0
    for position, j in enumerate(card.columns_):
        if int(j) in directions:
            known = card.points_[position][:-1]
            assert (np.diff(known) * directions[int(j)] <= 0).all() and len(known) > 2
            seen += 1
    assert seen == 2


def test_a_column_that_counts_the_wrong_way_is_left_out():
    x, y = _sample()
    turned = WoeScorecard(directions=[-1, -1, 0, 0], categories=[2]).fit(x, y)
    points = dict(zip(turned.columns_.tolist(), turned.points_, strict=True))
    assert 0 not in points or len(points[0]) == 2  # one bin and missing: it says nothing of more or less


def test_a_category_never_seen_counts_as_missing(card: WoeScorecard):
    x = np.array([[0.0, 0.0, 99.0, 0.0], [0.0, 0.0, np.nan, 0.0]])
    assert card.total(x)[0] == card.total(x)[1]


def test_the_card_ranks_as_well_as_what_made_the_data():
    from sklearn.metrics import roc_auc_score

    x, y = _sample(6000, seed=8)
    fitted = WoeScorecard(directions=[1, -1, 0, 0], categories=[2]).fit(*_sample(6000, seed=9))
    assert roc_auc_score(y, fitted.decision_function(x)) > 0.72
    assert fitted.predict_proba(x)[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)
