"""A challenger joins the champion only where its gain is sure, and the weight is chosen on rows given for that."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.recipe import LearnerRule
from credit_risk.errors import BookError, InputError
from credit_risk.evaluation.blend import blended, late_blend
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.artefact import load_model, save_model
from credit_risk.models.model import CreditModel
from credit_risk.models.train import OutOfFold, train_recipe
from credit_risk.zone import Book

ROWS = 1500


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    one, other, noise = rng.normal(size=(3, ROWS))
    labels = (one + other + rng.normal(size=ROWS) > 1).astype(np.int64)
    who = np.array([f"e{i // 2}" for i in range(ROWS)], object)
    return labels, one, other, noise, who


def test_a_challenger_that_knows_something_else_joins_and_gains_on_rows_that_had_no_say(world) -> None:
    labels, one, other, _, who = world
    half = ROWS // 2
    blend = late_blend(labels[:half], one[:half], other[:half], who[:half], draws=300)
    assert blend.weight == pytest.approx(0.5, abs=0.2) and blend.gain.low > 0
    rest = blend.raw(one[half:], other[half:])
    assert roc_auc(labels[half:], rest) > roc_auc(labels[half:], one[half:]) + 0.05


def test_noise_does_not_join(world) -> None:
    labels, one, _, noise, who = world
    blend = late_blend(labels, one, noise, who, draws=300)
    assert blend.weight == 0 and blend.gain.low <= 0
    assert np.array_equal(blend.raw(one, noise), one)


def test_a_copy_of_the_champion_gains_nothing_and_stays_out(world) -> None:
    labels, one, _, _, who = world
    blend = late_blend(labels, one, one.copy(), who, draws=100)
    assert blend.weight == 0 and blend.gain.value == pytest.approx(0, abs=1e-9)


CASE = Path(__file__).parents[2] / "evaluation" / "cases" / "smesd"
CHAMPIONS, PARTNERS = ["registered_capital"], ["paid_capital"]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(CASE)


def _trained(book: Book, useful: bool) -> tuple[CreditModel, OutOfFold, TrainingSet]:
    """Train a champion of one indicator and blend it with trees of another, which tells something or nothing."""
    rng = np.random.default_rng(8)
    one, other, noise = rng.normal(size=(3, 1200))
    rows = pd.DataFrame({
        "subject": [f"e{i}" for i in range(1200)], "as_of": date(2018, 12, 31),
        "part": np.where(np.arange(1200) < 800, "train", "validation"),
        "label": (one + other + rng.normal(size=1200) > 0).astype(int),
        CHAMPIONS[0]: one, PARTNERS[0]: other if useful else noise,
    })  # fmt: skip
    learner = LearnerRule(rounds=40, params={"num_leaves": 4}, seeds=[1, 2], monotone=False)
    recipe = book.recipe("bankruptcy-12m").model_copy(update={"learner": learner, "variants": []})
    training = TrainingSet(rows, CHAMPIONS, {}, {"records": "0"})
    second = replace(training, inputs=PARTNERS)
    both = [train_recipe(book.rules, book.catalogue, recipe, seen) for seen in (training, second)]
    return *blended(book.catalogue, recipe, training, *both), training


def test_a_recipe_with_a_useful_partner_becomes_the_blend_and_is_calibrated_as_such(book: Book) -> None:
    model, own, training = _trained(book, useful=True)
    rows = training.part("validation")
    labels = rows["label"].to_numpy()
    assert model.joined and "weight" in model.lineage["blend"] and not model.tells_reasons
    alone = replace(model, joined=None)
    assert roc_auc(labels, model.raw(rows)) > roc_auc(labels, alone.raw(rows)) + 0.05
    assert model.pd(rows).mean() == pytest.approx(labels.mean(), abs=0.05)
    by_seed = np.mean(model.raw_by_seed(rows), axis=0)
    np.testing.assert_allclose(by_seed, model.raw(rows), atol=1e-12)
    assert len(own.raw) == (training.rows["part"] == "train").sum()


def test_a_recipe_with_a_useless_partner_stays_the_champion_and_says_so(book: Book) -> None:
    model, _, _ = _trained(book, useful=False)
    assert model.joined is None and model.tells_reasons
    assert "stays out" in model.lineage["blend"]


def test_the_same_seed_makes_the_same_blend_byte_for_byte_and_it_is_not_loaded(
    book: Book, tmp_path: Path
) -> None:
    one, two = (save_model(_trained(book, useful=True)[0], tmp_path, {}) for _ in range(2))
    assert one.model_id == two.model_id
    with pytest.raises(InputError, match="tells no reasons"):
        load_model(tmp_path / one.model_id)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("blend_with: nobody\n    variants: []", "a recipe"),
        ("blend_with: bankruptcy-12m-with-clock", "variants"),
    ],
)
def test_a_blend_with_nobody_or_with_variants_is_refused(tmp_path: Path, change: str, told: str) -> None:
    shutil.copytree(CASE, tmp_path / "case", ignore=shutil.ignore_patterns("var"))
    path = tmp_path / "case" / "models" / "recipes.yaml"
    more = f"\n  - recipe: other\n    like: bankruptcy-12m\n    title: {{zh: 另, en: Other}}\n    {change}\n"
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    with pytest.raises(BookError, match=told):
        Book.open(tmp_path / "case")
