"""A worse model, a leaking model and a model that fails one segment are each stopped by a gate that names why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT, copy_zone
from typer.testing import CliRunner

from credit_risk.book.recipe import Gate, LearnerRule, Recipe
from credit_risk.cli import app
from credit_risk.errors import CheckFailed
from credit_risk.registry import Registered
from credit_risk.zone import Book, Trained

GATES = [
    Gate(metric="roc_auc.gain.low", part="test", at_least=-0.05, unless_first=True),
    Gate(metric="late_knowledge", part="test", at_most=0),
    Gate(metric="single_indicator_auc", part="train", at_most=0.95),
    Gate(metric="roc_auc.by.size", part="test", at_least=0.55),
]


@pytest.fixture
def zone_copy(zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    return copy_zone(zone, tmp_path / "copy", monkeypatch)


def plain(recipe: Recipe, **update: object) -> Recipe:
    quick = {"variants": [], "challengers": [], "gates": GATES}
    known = {name: value for name, value in quick.items() if name in Recipe.model_fields}
    return recipe.model_copy(update={**known, **update})


def registered(book: Book, trained: Trained) -> Registered:
    return book.register(trained, book.evaluate(trained))


def refit(book: Book, trained: Trained, rows: pd.DataFrame, **update: object) -> Trained:
    """Return the recipe fitted on other rows, saved as a model of its own."""
    from credit_risk.explain import Wording
    from credit_risk.models.artefact import save_model
    from credit_risk.models.train import train_recipe
    from credit_risk.zone import Model

    recipe = plain(trained.recipe, **update)
    training = replace(trained.training, rows=rows)
    model, _ = train_recipe(book.rules, book.catalogue, recipe, training)
    saved = save_model(model, book.models, Wording.of(book.catalogue, model.names).to_json())
    return replace(
        trained, recipe=recipe, model=Model(saved), training=training, folder=book.models / saved.model_id
    )


def worse(book: Book, trained: Trained) -> Trained:
    weak = LearnerRule(rounds=1, params={"num_leaves": 2, "feature_fraction": 0.02}, seeds=[3])
    return refit(book, trained, trained.training.rows, learner=weak)


def leaking(book: Book, trained: Trained) -> Trained:
    rows = trained.training.rows.copy()
    name = next(n for n in trained.model.credit.names if n not in trained.model.credit.encoder.categories
                and trained.model.credit.monotone[n] >= 0)  # fmt: skip
    rows[name] = rows["label"].astype(float) * 5
    return refit(book, trained, rows)


def unfair(book: Book, trained: Trained) -> Trained:
    """A model whose order is turned round, in judging, for the enterprises of one size."""
    rows = trained.training.rows.copy()
    latest = book.records.as_of("registration", "2026-06-30").select("subject", "size").to_pandas()
    size = rows["subject"].map(dict(zip(latest["subject"], latest["size"], strict=True)))
    here = (rows["part"] == "test") & (size == "micro")
    pds = trained.model.credit.pd(rows)
    worst = pds <= np.quantile(pds[here], 0.4)
    rows.loc[here, "label"] = worst[here].astype(int)
    return replace(trained, recipe=plain(trained.recipe), training=replace(trained.training, rows=rows))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (worse, r"FAILED.*roc_auc\.gain\.low on test: .*against the champion credit-12m-"),
        (leaking, r"FAILED.*late_knowledge on test: .*indicators that knew of what came after"),
        (unfair, r"FAILED.*roc_auc\.by\.size on test: .*size micro"),
    ],
)
def test_a_bad_model_is_stopped_and_the_reason_is_named(
    zone_copy: Book, trained: Trained, make: Callable[[Book, Trained], Trained], says: str
) -> None:
    bad = make(zone_copy, trained)
    version = registered(zone_copy, bad)
    before = zone_copy.registry.champion(bad.recipe.recipe)
    with pytest.raises(CheckFailed, match=says) as found:
        zone_copy.registry.promote(bad.recipe, version.version, by="张三", reason="季度重训")
    assert found.value.exit_code == 1
    assert zone_copy.registry.champion(bad.recipe.recipe) == before


def test_an_honest_model_knows_nothing_of_what_came_later(zone_copy: Book, trained: Trained) -> None:
    told = zone_copy.evaluate(replace(trained, recipe=plain(trained.recipe))).examined
    assert told.figures["test/late_knowledge"] == 0
    assert {s.by for s in told.segments["test"]} == {"industry", "size", "zone", "age"}
    sizes = [s for s in told.segments["test"] if s.by == "size"]
    assert sum(s.n for s in sizes) == (trained.training.rows["part"] == "test").sum()


def test_retrain_promote_roll_back_shadow_and_replay_as_commands(zone_copy: Book, trained: Trained) -> None:
    recipe = trained.recipe.recipe
    first = zone_copy.registry.champion(recipe)
    other = refit(
        zone_copy, trained, trained.training.rows, learner=LearnerRule(rounds=30, seeds=[5]), gates=[]
    )
    version = registered(zone_copy, other)

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["--book", str(ROOT), *words])
        assert result.exit_code == code, result.output
        return result.output

    who = ("--by", "张三", "--reason", "季度重训")
    assert "影子 challenger" not in run("history")
    run("shadow", "--version", str(version.version), *who)
    assert f"challenger: {other.model.credit.model_id}" in run("history")
    assert zone_copy.registry.champion(recipe) == first
    zone_copy.registry.promote(other.recipe, version.version, by="张三", reason="季度重训")
    assert zone_copy.registry.history.challenger(recipe) is None
    assert "no earlier champion" in run("rollback", "--beside", *who, code=2)
    second = zone_copy.registry.champion(recipe)
    assert second is not None and second.model_id == other.model.credit.model_id
    assert "credit-risk warn" in run("rollback", *who)
    now = zone_copy.registry.champion(recipe)
    assert now is not None and first is not None and now.model_id == first.model_id
    run("rollback", *who)
    reigns = zone_copy.registry.history.reigns(recipe)
    assert [end for _, end in reigns[:-1]] == [event.at for event, _ in reigns[1:]] and reigns[-1][1] is None
    subject = zone_copy.snapshots.read(str(zone_copy.snapshots.current()))["subject"].iloc[0]
    assert "完全一致" in run("replay", subject, "--as-of", "2026-06-30")
    text = run("card", "--version", "1")
    page = next(Path(line.strip()) for line in text.splitlines() if line.strip().endswith(".md"))
    card = page.read_text(encoding="utf-8")
    for part in (
        "用途",
        "构成",
        "表现",
        "检查",
        "门槛",
        "沿革",
        "来源",
        first.model_id,
        "不得据此列入任何名单",
    ):
        assert part in card
    assert "<table>" in page.with_suffix(".html").read_text(encoding="utf-8")


def test_a_comparison_with_a_champion_that_is_gone_is_no_comparison(
    zone_copy: Book, trained: Trained
) -> None:
    one = refit(zone_copy, trained, trained.training.rows, learner=LearnerRule(rounds=40, seeds=[5]))
    two = refit(zone_copy, trained, trained.training.rows, learner=LearnerRule(rounds=40, seeds=[6]))
    versions = [registered(zone_copy, t) for t in (one, two)]
    zone_copy.registry._enthrone(one.recipe.recipe, versions[0], "promote", "t", "t")
    with pytest.raises(CheckFailed, match="was judged against"):
        zone_copy.registry.promote(two.recipe, versions[1].version, by="张三", reason="重训")


def test_a_replay_that_differs_says_so_with_exit_code_one(zone_copy: Book) -> None:
    name = str(zone_copy.snapshots.current())
    path = zone_copy.snapshots.folder / name / "scores.parquet"
    part = sorted(path.rglob("*.parquet"))[0] if path.is_dir() else path
    table = pd.read_parquet(part)
    column = table.loc[table["scorable"], "pd"]
    table.loc[column.index[0], "pd"] = 0.123
    part.unlink()
    table.to_parquet(part)
    result = CliRunner().invoke(app, ["--book", str(ROOT), "replay", "--snapshot", name])
    assert result.exit_code == 1 and "scores.pd" in result.output


def test_beside_promotes_nobody_where_one_does_not_pass(
    zone_copy: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, promoted = [], []

    def passing(_: object, recipe: Recipe, version: int | None) -> None:
        asked.append(recipe.recipe)
        if recipe.recipe == zone_copy.recipe().terms[-1]:
            raise CheckFailed("the last of them does not pass")

    kind = type(zone_copy.registry)
    monkeypatch.setattr(kind, "passing", passing)
    monkeypatch.setattr(kind, "promote", lambda *asked, **_: promoted.append(asked))
    words = ["--book", str(ROOT), "promote", "--beside", "--by", "张三", "--reason", "季度重训"]
    assert CliRunner().invoke(app, words).exit_code == 1
    assert len(asked) == 1 + len(zone_copy.recipe().heads + zone_copy.recipe().terms) and not promoted
