"""Registry: versions, gates, a named person, dated history, and a pyfunc that answers like the model."""

from __future__ import annotations

import json
from pathlib import Path

import mlflow
import numpy as np
import pytest

from credit_risk.book.recipe import Gate
from credit_risk.errors import CheckFailed, InputError
from credit_risk.registry import History, Promotion
from credit_risk.zone import Book


def test_a_model_that_misses_a_gate_is_not_promoted_and_the_gate_is_told(book: Book) -> None:
    recipe = book.recipe()
    strict = recipe.model_copy(update={"gates": [Gate(metric="roc_auc", part="test", at_least=0.999)]})
    before = book.registry.champion(recipe.recipe)
    with pytest.raises(
        CheckFailed, match=r"FAILED.*roc_auc on test: expected at least 0.999, came 0\."
    ) as found:
        book.registry.promote(strict, None, by="张三", reason="季度重训")
    assert found.value.exit_code == 1
    assert book.registry.champion(recipe.recipe) == before


def test_a_gate_on_a_part_that_was_never_judged_fails(book: Book) -> None:
    recipe = book.recipe().model_copy(
        update={"gates": [Gate(metric="roc_auc", part="nowhere", at_least=0.0)]}
    )
    with pytest.raises(CheckFailed, match="came nothing"):
        book.registry.promote(recipe, None, by="张三", reason="试")


def test_a_champion_is_not_asked_to_gain_on_itself(book: Book) -> None:
    gain = Gate(metric="roc_auc.gain.low", part="test", at_least=0.0)
    recipe = book.recipe().model_copy(update={"gates": [gain]})
    before = book.registry.champion(recipe.recipe)
    assert book.registry.promote(recipe, None, by="张三", reason="季度重训") == before
    assert book.registry.champion(recipe.recipe) == before


@pytest.mark.parametrize(("by", "reason"), [("", "x"), ("  ", "x"), ("张三", "")])
def test_nobody_promotes_nothing(book: Book, by: str, reason: str) -> None:
    recipe = book.recipe().model_copy(update={"gates": []})
    with pytest.raises(InputError, match="named person"):
        book.registry.promote(recipe, None, by=by, reason=reason)


def test_an_unknown_version_is_refused_with_those_that_exist(book: Book) -> None:
    with pytest.raises(InputError, match="no version 99; there are 1"):
        book.registry.promote(book.recipe(), 99, by="张三", reason="试")


def test_there_is_nothing_to_roll_back_to_after_one_promotion(book: Book) -> None:
    with pytest.raises(InputError, match="no earlier champion"):
        book.registry.rollback(book.recipe().recipe, by="张三", reason="试")


def test_history_tells_the_champion_of_any_day(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    for at, model in [("2024-01-10T09:00:00", "a"), ("2024-06-01T09:00:00", "b")]:
        history.append(Promotion(at, "promote", "r", 1, model, "张三", "重训"))
    days = ["2024-01-09", "2024-01-10", "2024-05-31", "2024-06-01"]
    told = [c.model_id if (c := history.champion("r", day)) else None for day in days]
    assert told == [None, "a", "a", "b"]
    assert history.champion("other") is None


def test_the_registered_model_is_a_pyfunc_without_pickle_that_answers_like_the_model(book: Book) -> None:
    made = book.registry.versions(book.recipe().recipe)[0]
    mlflow.set_tracking_uri(book.registry.uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{made.name}/{made.version}")
    table = book.snapshots.read(book.snapshots.current() or "", "indicators").head(300)
    rows = table[list(book.champion()[1].credit.names)]
    answer = loaded.predict(rows)
    np.testing.assert_array_equal(answer["pd"], book.champion()[1].credit.pd(rows))
    assert {"zh", "en"} <= set(json.loads(answer["reasons"].iloc[0])[0]["title"])
    outputs = {o.name for o in loaded.metadata.signature.outputs}
    assert outputs == {"score", "pd", "pd_low", "pd_high", "grade", "public_class", "reasons"}
    stored = Path(mlflow.artifacts.download_artifacts(f"models:/{made.name}/{made.version}"))
    assert not [p for p in stored.rglob("*") if p.suffix in {".pkl", ".pickle", ".joblib", ".cloudpickle"}]


def test_registering_the_same_model_again_makes_no_new_version(book: Book) -> None:
    recipe = book.recipe().recipe
    before = book.registry.versions(recipe)
    assert len({v.model_id for v in before}) == len(before)
