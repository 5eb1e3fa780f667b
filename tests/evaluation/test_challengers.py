"""Challengers see the champion's rows and inputs, and are judged on the same parts as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.recipe import Calibration, Recipe
from credit_risk.evaluation.challengers import challenge, fit_challenger
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.calibration import Calibrator
from credit_risk.models.encode import Encoder
from credit_risk.models.model import CreditModel
from credit_risk.models.scale import MasterScale
from credit_risk.zone import Book

US = Path(__file__).parents[2] / "evaluation" / "cases" / "us_bankruptcy"
NAMES = ["debt", "profit", "trade"]
BOTH = ["scorecard", "logistic"]


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return Book.open(US).recipe("bankruptcy-1y-wl3")


@pytest.fixture(scope="module")
def training() -> TrainingSet:
    rng = np.random.default_rng(4)
    debt, profit = rng.normal(size=(2, 3000))
    trade = rng.choice(["a", "b", "c"], 3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(2 - debt + profit - (trade == "b")))).astype(np.int64)
    profit[rng.random(3000) < 0.1] = np.nan
    columns = {
        "subject": [f"s{i // 2}" for i in range(3000)],
        "as_of": "2011-12-31",
        "part": np.where(np.arange(3000) < 2000, "train", "validation"),
        "label": y,
        "debt": debt,
        "profit": profit,
        "trade": trade,
    }
    return TrainingSet(pd.DataFrame(columns), NAMES, {})


@pytest.fixture(scope="module")
def model(training: TrainingSet) -> CreditModel:
    encoder = Encoder.learn(training.part("train"), NAMES, ["trade"])
    identity = Calibrator("logistic", (-1.0, 1.0), (-1.0, 1.0))
    scale = MasterScale(("A", "D"), (0.5, 1.0), ("A", "D"))
    directions = {"debt": 1, "profit": -1, "trade": 0}
    return CreditModel("r", encoder, [], identity, scale, 0.5, {}, directions)


def test_both_stand_beside_the_champion_of_every_window() -> None:
    assert [r.challengers for r in Book.open(US).rules.recipes.values()] == [BOTH] * 3


@pytest.mark.parametrize("name", BOTH)
def test_a_challenger_finds_what_made_the_data(
    name: str, recipe: Recipe, training: TrainingSet, model: CreditModel
) -> None:
    fitted = fit_challenger(name, recipe, training, model)
    rows = training.part("validation")
    pds = fitted.pd(model.encoder.matrix(rows))
    assert roc_auc(rows["label"].to_numpy(), pds) > 0.75
    assert ((pds > 0) & (pds < 1)).all() and 0 < fitted.threshold < 1


def test_a_challenger_is_moved_to_the_rate_of_the_world_as_the_champion_is(
    recipe: Recipe, training: TrainingSet, model: CreditModel
) -> None:
    sample = recipe.model_copy(update={"calibration": Calibration()})
    pds = [
        fit_challenger("logistic", r, training, model).pd(model.encoder.matrix(training.part("validation")))
        for r in (sample, recipe)
    ]
    odds = [p / (1 - p) for p in pds]
    share = training.part("train")["label"].mean()
    rate = recipe.calibration.population_rate
    assert rate is not None
    moved = (rate / (1 - rate)) / (share / (1 - share))
    np.testing.assert_allclose(odds[1] / odds[0], moved, rtol=1e-9)


@pytest.mark.parametrize("name", BOTH)
def test_no_challenger_sees_the_part_that_judges_it(
    name: str, recipe: Recipe, training: TrainingSet, model: CreditModel
) -> None:
    spoiled = training.rows.copy()
    judged = spoiled["part"] == "validation"
    spoiled.loc[judged, "label"] = 1 - spoiled.loc[judged, "label"]
    matrix = model.encoder.matrix(training.part("train"))
    fitted = fit_challenger(name, recipe, training, model)
    other = fit_challenger(name, recipe, replace(training, rows=spoiled), model)
    np.testing.assert_array_equal(fitted.pd(matrix), other.pd(matrix))
    assert fitted.threshold == other.threshold


def test_each_is_judged_once_a_part_on_the_rows_of_the_champion(
    recipe: Recipe, training: TrainingSet, model: CreditModel
) -> None:
    found = challenge(recipe, training, model, ["validation"], draws=20)
    assert [(v.name, v.part, v.n) for v in found] == [(name, "validation", 1000) for name in BOTH]
    assert all("ece_population" in v.metrics for v in found)
