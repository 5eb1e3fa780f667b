"""Hazards by the flat tables are LightGBM's to the last bit: categories, what is missing, and every period."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from credit_risk.explain.trees import UnsupportedModel
from credit_risk.warnings.events.hazards import Hazards

NAMES = ["number", "rare", "kind", "zeros", "period"]
PERIOD, PERIODS = 4, 3


def _rows(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    number, rare = rng.normal(size=count), np.where(rng.random(count) < 0.3, np.nan, rng.random(count))
    kind = np.where(rng.random(count) < 0.1, np.nan, rng.integers(0, 70, count))
    zeros = np.where(rng.random(count) < 0.6, 0.0, rng.normal(size=count))
    return np.column_stack([number, rare, kind, zeros, rng.integers(0, PERIODS, count)]).astype(np.float32)


def _booster(seed: int, rounds: int = 40, **params: object) -> lightgbm.Booster:
    rows = _rows(4000, seed)
    score = rows[:, 0] + np.isnan(rows[:, 1]) + (rows[:, 2] % 3 == 0) + (rows[:, 3] == 0) + rows[:, 4] / 2
    label = (score + np.random.default_rng(seed).normal(size=len(rows)) > 2).astype(int)
    words = {
        "objective": "binary",
        "num_leaves": 9,
        "verbosity": -1,
        "num_threads": 1,
        "seed": seed,
        **params,
    }
    data = lightgbm.Dataset(rows, label, feature_name=NAMES, categorical_feature=["kind"], params=words)
    return lightgbm.train(words, data, rounds)


def _expected(booster: lightgbm.Booster, rows: np.ndarray, period: int) -> np.ndarray:
    here = np.column_stack([rows[:, :PERIOD], np.full(len(rows), period, np.float32)])
    return np.asarray(booster.predict(here, raw_score=True, num_threads=1))


def test_every_booster_says_the_same_in_every_period_to_the_last_bit() -> None:
    unsplit = _booster(3, 5, min_data_in_leaf=3999)  # trees of one leaf
    boosters = [_booster(1), _booster(2, zero_as_missing=True), unsplit, _booster(4, use_missing=False)]
    rows = _rows(3000, 9)
    rows[:5, 2] = [-1, 200, 69, 0, 0.5]  # categories that training never saw
    raw = Hazards.of(boosters, PERIOD).raw(rows[:, :PERIOD], PERIODS)
    for place, booster in enumerate(boosters):
        for period in range(PERIODS):
            np.testing.assert_array_equal(raw[place, period], _expected(booster, rows, period))
    assert (raw[0, 0] != raw[0, 2]).any() and (raw[2, 0] == raw[2, 2]).all()


def test_what_is_no_sum_of_plain_trees_is_refused() -> None:
    forest = _booster(1, 5, boosting="rf", bagging_freq=1, bagging_fraction=0.5)
    with pytest.raises(UnsupportedModel):
        Hazards.of([forest], PERIOD)
