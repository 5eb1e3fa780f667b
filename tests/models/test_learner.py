"""Fits and predictions at the same time: every call to LightGBM asks for the same number of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm
import numpy as np
import pytest

from credit_risk.book.recipe import LearnerRule
from credit_risk.models.learner import fit_boosters, raw_scores

RULE = LearnerRule(rounds=30, params={"num_leaves": 7, "min_data_in_leaf": 5}, seeds=[1, 2, 3])


def _rows() -> tuple[Any, Any, list[str]]:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(400, 12)).astype(np.float32)
    return matrix, (matrix[:, 0] + rng.normal(size=400) > 0).astype(np.int64), [f"c{j}" for j in range(12)]


def test_fits_at_once_make_the_models_of_fits_one_after_the_other() -> None:
    matrix, labels, names = _rows()

    def texts(rule: LearnerRule) -> list[str]:
        return [b.model_to_string() for b in fit_boosters(rule, matrix, labels, names, [], [0] * 12)]

    alone = [texts(RULE.model_copy(update={"seeds": [seed]}))[0] for seed in RULE.seeds]
    with ThreadPoolExecutor(3) as pool:
        several = list(pool.map(texts, [RULE] * 3))
    assert several == [alone] * 3


def test_every_call_asks_for_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    train, predict = lightgbm.train, lightgbm.Booster.predict

    def training(params: dict[str, Any], *more: Any, **named: Any) -> lightgbm.Booster:
        asked.append(params["num_threads"])
        return train(params, *more, **named)

    def predicting(self: lightgbm.Booster, *more: Any, **named: Any) -> Any:
        asked.append(named["num_threads"])
        return predict(self, *more, **named)

    monkeypatch.setattr(lightgbm, "train", training)
    monkeypatch.setattr(lightgbm.Booster, "predict", predicting)
    matrix, labels, names = _rows()
    raw_scores(fit_boosters(RULE, matrix, labels, names, [], [0] * 12), matrix)
    assert asked == [1] * 6
