"""The kernel against LightGBM's own contributions, on models of every kind."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_risk.errors import InputError
from credit_risk.explain.trees import TreeExplainer, UnsupportedModel
from credit_risk.explain.trees.tables import _rounded_down


def _data(
    rng: np.random.Generator, n: int, features: int, categories: int, missing: float, zeros: float
) -> npt.NDArray[np.float32]:
    rows = rng.normal(size=(n, features)).astype(np.float32)
    rows[rng.random(rows.shape) < zeros] = 0.0
    rows[:, :categories] = rng.integers(0, 40, size=(n, categories))
    rows[rng.random(rows.shape) < missing] = np.nan
    return rows


@st.composite
def models(draw: st.DrawFn) -> tuple[lightgbm.Booster, npt.NDArray[np.float32]]:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    features, categories = draw(st.integers(1, 6)), draw(st.integers(0, 2))
    categories = min(categories, features)
    rows = _data(
        rng,
        draw(st.integers(60, 300)),
        features,
        categories,
        draw(st.sampled_from([0, 0.3])),
        draw(st.sampled_from([0, 0.3])),
    )
    objective = draw(st.sampled_from(["binary", "regression", "multiclass"]))
    known = np.nan_to_num(rows)
    signal = known.sum(1) + known[:, 0] * known[:, -1] + rng.normal(size=len(rows))
    label = signal if objective == "regression" else (signal > 0).astype(int)
    more: dict[str, Any] = {}
    if objective == "multiclass":
        label, more = np.clip(signal.round(), -1, 1).astype(int) + 1, {"num_class": 3}
    words = {
        "objective": objective, "num_leaves": draw(st.integers(2, 40)), "min_data_in_leaf": draw(st.integers(1, 30)),
        "max_depth": draw(st.sampled_from([-1, 1, 3])), "use_missing": draw(st.booleans()), "verbosity": -1,
        "zero_as_missing": draw(st.booleans()), "num_threads": 1, "min_gain_to_split": draw(st.sampled_from([0, 1.0])),
        "learning_rate": 0.3, "seed": 1, "cat_smooth": 1, "min_data_per_group": 5, "max_cat_to_onehot": draw(st.sampled_from([1, 4])),
        **more,
    }  # fmt: skip
    data = lightgbm.Dataset(
        rows, label, categorical_feature=list(range(categories)), params={"verbosity": -1}
    )
    booster = lightgbm.train(words, data, draw(st.integers(1, 12)))
    asked = _data(rng, draw(st.sampled_from([1, 5, 70])), features, categories, 0.3, 0.3)
    asked[:, :categories] += rng.integers(
        -3, 9, size=(len(asked), categories)
    )  # unseen and negative categories too
    return booster, asked


def _reference(
    booster: lightgbm.Booster, rows: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return LightGBM's contributions as (rows, features, classes), and the expected values (classes,)."""
    classes = booster.num_model_per_iteration()
    told = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=1)).reshape(len(rows), classes, -1)
    return told[:, :, :-1].transpose(0, 2, 1), told[0, :, -1]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(models())
def test_the_values_are_those_of_lightgbm(drawn: tuple[lightgbm.Booster, npt.NDArray[np.float32]]) -> None:
    booster, rows = drawn
    values, expected = _reference(booster, rows)
    size = max(1.0, float(np.abs(values).max()))
    for dtype, close in ((np.float64, 1e-10), (np.float32, 1e-5)):
        explainer = TreeExplainer(booster, dtype)
        own = explainer.shap_values(rows).reshape(values.shape)
        assert own.dtype == dtype
        np.testing.assert_allclose(own, values, rtol=0, atol=close * size)
        np.testing.assert_allclose(
            np.atleast_1d(explainer.expected_value), expected, rtol=0, atol=1e-10 * size
        )
        raw = np.asarray(booster.predict(rows, raw_score=True, num_threads=1)).reshape(len(rows), -1)
        added = own.sum(axis=1) + np.atleast_1d(explainer.expected_value)
        np.testing.assert_allclose(added, raw, rtol=0, atol=close * size * 10)


@pytest.fixture(scope="module")
def booster() -> lightgbm.Booster:
    rng = np.random.default_rng(3)
    rows = _data(rng, 800, 5, 1, 0.2, 0.2)
    label = (np.nan_to_num(rows).sum(1) > 10).astype(int)
    data = lightgbm.Dataset(rows, label, categorical_feature=[0])
    return lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 40)


@pytest.fixture(scope="module")
def rows() -> npt.NDArray[np.float32]:
    return _data(np.random.default_rng(4), 1500, 5, 1, 0.2, 0.2)


def test_a_row_has_the_same_values_wherever_it_stands(
    booster: lightgbm.Booster, rows: npt.NDArray[np.float32]
) -> None:
    """Bit for bit: in another block, another lane, on another number of threads."""
    explainer = TreeExplainer(booster, few=0)
    together = explainer.shap_values(rows)
    order = np.random.default_rng(5).permutation(len(rows))
    assert (explainer.shap_values(rows[order]) == together[order]).all()
    assert (TreeExplainer(booster, threads=2, few=0).shap_values(rows) == together).all()
    assert (np.vstack([explainer.shap_values(rows[i : i + 1]) for i in range(20)]) == together[:20]).all()


def test_columns_are_matched_by_name(booster: lightgbm.Booster, rows: npt.NDArray[np.float32]) -> None:
    explainer = TreeExplainer(booster)
    table = pd.DataFrame(rows, columns=explainer.feature_names)
    shuffled = table[explainer.feature_names[::-1]]
    assert (explainer.shap_values(shuffled) == explainer.shap_values(rows)).all()
    for wrong, name in [(table.drop(columns="Column_2"), "Column_2"), (table.assign(more=1.0), "more")]:
        with pytest.raises(InputError, match=name):
            explainer.shap_values(wrong)
    with pytest.raises(InputError, match=r"\(n, 5\)"):
        explainer.shap_values(rows[:, :4])


def test_no_row_and_a_constant_model_are_fine(booster: lightgbm.Booster) -> None:
    assert TreeExplainer(booster).shap_values(np.zeros((0, 5))).shape == (0, 5)
    data = lightgbm.Dataset(np.ones((50, 2)), np.arange(50) % 2, params={"verbosity": -1})
    constant = lightgbm.train({"objective": "binary", "verbosity": -1}, data, 3)
    explainer = TreeExplainer(constant)
    assert (explainer.shap_values(np.ones((4, 2))) == 0).all()
    assert explainer.expected_value == pytest.approx(constant.predict(np.ones((1, 2)), raw_score=True)[0])


def test_single_leaves_stand_among_other_trees() -> None:
    """A class that never occurs has trees of one leaf in every round, beside the grown ones of the others."""
    rows = np.random.default_rng(6).normal(size=(400, 3)).astype(np.float32)
    data = lightgbm.Dataset(rows, (rows[:, 0] > 0).astype(int), params={"verbosity": -1})
    words = {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}
    model = lightgbm.train(words, data, 5)
    leaves = [tree["num_leaves"] for tree in model.dump_model()["tree_info"]]
    assert leaves.count(1) == 5 and max(leaves) > 1
    values, expected = _reference(model, rows)
    for dtype, close in ((np.float64, 1e-10), (np.float32, 1e-5)):
        explainer = TreeExplainer(model, dtype)
        np.testing.assert_allclose(explainer.shap_values(rows), values, rtol=0, atol=close)
        np.testing.assert_allclose(explainer.expected_value, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"linear_tree": True}, "linear"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "rf"),
    ],
)
def test_what_is_not_exact_is_refused_by_name(words: dict[str, Any], said: str) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(300, 3))
    data = lightgbm.Dataset(rows, rows[:, 0] + rng.normal(size=300), params={"verbosity": -1, **words})
    model = lightgbm.train({"objective": "regression", "verbosity": -1, **words}, data, 5)
    with pytest.raises(UnsupportedModel, match=said):
        TreeExplainer(model)


@pytest.mark.parametrize("wrong", [None, "model", object()])
def test_only_a_fitted_lightgbm_model_is_taken(wrong: object) -> None:
    with pytest.raises(InputError, match="fitted LightGBM model"):
        TreeExplainer(wrong)


def test_a_scikit_learn_wrapper_is_taken_at_its_best_iteration() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(400, 4))
    label = (rows[:, 0] + rng.normal(size=400) > 0).astype(int)
    model = lightgbm.LGBMClassifier(n_estimators=200, verbosity=-1)
    model.fit(
        rows[:300],
        label[:300],
        eval_set=[(rows[300:], label[300:])],
        callbacks=[lightgbm.early_stopping(5, verbose=False)],
    )
    values, _ = _reference(model.booster_, rows[:10].astype(np.float32))
    np.testing.assert_allclose(
        TreeExplainer(model).shap_values(rows[:10].astype(np.float32)), values[:, :, 0], atol=1e-10
    )


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(width=32, allow_nan=False))
def test_a_threshold_rounded_down_splits_every_float32_as_before(threshold: float, x: float) -> None:
    rounded = _rounded_down(np.array([threshold]), np.float32)[0]
    assert (np.float32(x) <= rounded) == (x <= threshold)
