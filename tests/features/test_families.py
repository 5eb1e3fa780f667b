"""Families kept out of training: whole, drawn by name, and out of every fit."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd
import pytest
from tests.conftest import END

from credit_risk.book.recipe import Families, InspectionWeights
from credit_risk.features.families import kept_out
from credit_risk.features.training_set import build_training_set
from credit_risk.graph import components
from credit_risk.zone import Book

RELATIONS = ["shareholder", "branch"]


@pytest.fixture(scope="module")
def recipe(book: Book):
    recipe = book.recipe()
    families = Families(share=0.2, relations=RELATIONS)
    weights = InspectionWeights.model_validate({"from": "inspection", "where": "method == 'targeted'"})
    split = recipe.split.model_copy(update={"families": families})
    return recipe.model_copy(update={"split": split, "weights": weights})


@pytest.fixture(scope="module")
def rows(book: Book, recipe) -> pd.DataFrame:
    return build_training_set(book.matrix, recipe, known_at=END).rows


def test_a_family_is_kept_out_whole(book: Book, recipe, rows: pd.DataFrame) -> None:
    component = components(book.graph, recipe.split.train_until, RELATIONS)
    by_family = defaultdict(set)
    for subject, out in zip(rows["subject"], rows["new_family"], strict=True):
        by_family[component.get(subject, subject)].add(out)
    assert all(len(said) == 1 for said in by_family.values())
    assert max(len([s for s in rows["subject"].unique() if component.get(s) == f]) for f in by_family) > 1


def test_no_row_of_a_kept_out_family_is_fitted_and_its_test_rows_stay(rows: pd.DataFrame) -> None:
    assert not rows.loc[rows["part"] == "train", "new_family"].any()
    assert rows.loc[rows["part"] == "kept_out", "new_family"].all()
    assert 0.05 < rows.loc[rows["part"] == "test", "new_family"].mean() < 0.5


def test_the_draw_depends_on_names_and_on_nothing_else() -> None:
    subjects = pd.Series(["b", "a", "c", "d"] * 2)
    one = kept_out(subjects, {"a": 0, "b": 0, "c": 1}, 0.5)
    two = kept_out(subjects[::-1], {"c": 7, "b": 3, "a": 3}, 0.5)[::-1]
    assert one.tolist() == two.tolist() and one[0] == one[1]


def test_attention_is_counted_within_the_horizon_and_is_no_input(
    book: Book, recipe, rows: pd.DataFrame
) -> None:
    assert set(rows["inspected"].unique()) == {0, 1}
    assert "inspected" not in book.catalogue.inputs(recipe.indicators, recipe.without)


def test_a_weighted_recipe_trains_another_model_on_the_same_rows(book: Book, recipe) -> None:
    from credit_risk.models.train import train_recipe

    training = build_training_set(book.matrix, recipe, known_at=END)
    weighted, _ = train_recipe(book.rules, book.catalogue, recipe, training)
    plain, _ = train_recipe(book.rules, book.catalogue, recipe.model_copy(update={"weights": None}), training)
    assert weighted.boosters[0].model_to_string() != plain.boosters[0].model_to_string()
