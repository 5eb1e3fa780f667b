"""The same seed gives the same model; columns count by name; what is stored is what was fitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import END

from credit_risk.errors import InputError, TamperedError
from credit_risk.models.artefact import load_model, save_model
from credit_risk.models.model import CreditModel
from credit_risk.models.train import best_threshold, train_recipe
from credit_risk.zone import Book, Trained


@pytest.fixture(scope="module")
def trained(book: Book) -> Trained:
    return book.train(known_at=END)


@pytest.fixture(scope="module")
def model(trained: Trained) -> CreditModel:
    return trained.model.credit


@pytest.fixture(scope="module")
def rows(trained: Trained) -> pd.DataFrame:
    return trained.training.part("test").head(200)


def test_the_same_seed_gives_the_same_model_text_byte_for_byte(book: Book, trained: Trained) -> None:
    again, _ = train_recipe(book.rules, book.catalogue, trained.recipe, trained.training)
    texts = [b.model_to_string() for b in trained.model.credit.boosters]
    assert [b.model_to_string() for b in again.boosters] == texts
    assert again.calibrator == trained.model.credit.calibrator


def test_another_seed_gives_another_model(book: Book, trained: Trained) -> None:
    learner = trained.recipe.learner.model_copy(update={"seeds": [2]})
    recipe = trained.recipe.model_copy(update={"learner": learner})
    other, _ = train_recipe(book.rules, book.catalogue, recipe, trained.training)
    assert other.boosters[0].model_to_string() != trained.model.credit.boosters[0].model_to_string()


def test_no_fit_sees_the_test_part(book: Book, trained: Trained) -> None:
    spoiled = trained.training.rows.copy()
    test = spoiled["part"] == "test"
    spoiled.loc[test, "label"] = 1 - spoiled.loc[test, "label"]
    numeric = spoiled[trained.training.inputs].select_dtypes("number").columns
    spoiled.loc[test, numeric] = -1.0
    other, _ = train_recipe(
        book.rules, book.catalogue, trained.recipe, replace(trained.training, rows=spoiled)
    )
    same = trained.model.credit
    assert other.boosters[0].model_to_string() == same.boosters[0].model_to_string()
    assert (other.calibrator, other.threshold) == (same.calibrator, same.threshold)


def test_a_stored_model_scores_exactly_as_the_fitted_one(
    model: CreditModel, rows: pd.DataFrame, tmp_path: Path
) -> None:
    saved = save_model(model, tmp_path, {"a": 1})
    loaded = load_model(tmp_path / saved.model_id)
    np.testing.assert_array_equal(loaded.pd(rows), model.pd(rows))
    assert loaded.model_id == saved.model_id


@pytest.mark.parametrize("name", ["booster_0.txt", "calibrator.json", "catalogue.json", "scale.json"])
def test_a_file_that_was_touched_is_refused(model: CreditModel, tmp_path: Path, name: str) -> None:
    folder = tmp_path / save_model(model, tmp_path, {"a": 1}).model_id
    (folder / name).write_text((folder / name).read_text() + " ")
    with pytest.raises(TamperedError, match=name):
        load_model(folder)


def test_shuffled_columns_and_rows_change_no_pd(model: CreditModel, rows: pd.DataFrame) -> None:
    expected = model.pd(rows)
    shuffled = rows[list(rows.columns[::-1])].iloc[::-1]
    np.testing.assert_array_equal(model.pd(shuffled)[::-1], expected)


def test_a_renamed_or_missing_column_is_named_and_refused(model: CreditModel, rows: pd.DataFrame) -> None:
    first = model.names[0]
    with pytest.raises(InputError, match=first):
        model.pd(rows.rename(columns={first: first + "x"}))
    with pytest.raises(InputError, match=first):
        model.pd(rows.drop(columns=first))


def test_a_column_that_stands_twice_is_refused(model: CreditModel, rows: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="stands twice"):
        model.pd(pd.concat([rows, rows[[model.names[0]]]], axis=1))


def test_two_columns_that_swap_their_names_swap_their_effect(model: CreditModel, rows: pd.DataFrame) -> None:
    numeric = [n for n in model.names if n not in model.encoder.categories]
    gain = dict(zip(model.names, model.boosters[0].feature_importance("gain"), strict=True))
    first, second = sorted(numeric, key=lambda n: -gain[n])[:2]
    swapped = rows.rename(columns={first: second, second: first})
    assert not np.array_equal(model.pd(swapped), model.pd(rows))


def test_one_row_scores_as_it_does_among_others(model: CreditModel, rows: pd.DataFrame) -> None:
    together = model.pd(rows)
    alone = [model.pd(rows.iloc[[i]])[0] for i in range(20)]
    np.testing.assert_array_equal(alone, together[:20])


def test_a_category_that_training_never_saw_is_reported_and_counts_as_missing(
    model: CreditModel, rows: pd.DataFrame
) -> None:
    name = next(iter(model.encoder.categories))
    strange, missing = rows.assign(**{name: "never-seen"}), rows.assign(**{name: None})
    assert model.encoder.unseen(strange)[name] == len(rows)
    np.testing.assert_array_equal(model.pd(strange), model.pd(missing))


def test_more_of_what_increases_risk_never_lowers_the_pd(model: CreditModel, rows: pd.DataFrame) -> None:
    checked = 0
    for name, direction in model.monotone.items():
        if direction == 0:
            continue
        lower, higher = rows.assign(**{name: 0.0}), rows.assign(**{name: 50.0})
        assert ((model.pd(higher) - model.pd(lower)) * direction >= -1e-12).all(), name
        checked += 1
    assert checked > 30


def test_scores_fall_as_pd_rises_and_grades_follow_the_scale(model: CreditModel, rows: pd.DataFrame) -> None:
    scored = model.score(rows).sort_values("pd")
    assert scored["score"].is_monotonic_decreasing
    assert scored["grade_rank"].is_monotonic_increasing
    limits = np.array([0.0, *model.scale.pd_max])
    rank = scored["grade_rank"].to_numpy()
    assert ((limits[rank] <= scored["pd"]) & (scored["pd"] <= limits[rank + 1])).all()


def test_the_threshold_is_the_best_of_all(rng_seed: int = 3) -> None:
    from sklearn.metrics import f1_score

    rng = np.random.default_rng(rng_seed)
    pds = rng.random(300).round(2)
    labels = (rng.random(300) < pds * 0.5).astype(np.int64)
    scores = {t: f1_score(labels, pds >= t, average="macro", zero_division=0) for t in np.unique(pds)}
    assert scores[best_threshold(labels, pds)] == pytest.approx(max(scores.values()))
