"""Grades judged as grades: what the page says is what counting the rows finds."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluation.ahead import slopes_of
from evaluation.grades import by_grade, page

from credit_risk.zone import Book, Trained
from evaluation import blind


@pytest.fixture(scope="module")
def told(trained: Trained) -> dict:
    return by_grade(trained.model.credit, trained.training.part("test"))


def test_each_enterprise_is_counted_at_most_once_and_in_the_grade_of_its_pd(
    trained: Trained, told: dict
) -> None:
    rows = trained.training.part("test")
    assert sum(t["n"] for t in told["grades"]) == told["enterprises"]
    assert (
        0.9 < told["enterprises"] / rows["subject"].nunique() <= 1
    )  # few lack the date that is drawn for them
    limits = dict(zip(trained.model.credit.scale.grades, trained.model.credit.scale.pd_max, strict=True))
    for grade in told["grades"]:
        assert 0 < grade["pd"] <= limits[grade["grade"]]
        assert grade["rate"] == grade["bad"] / grade["n"]


def test_a_level_that_is_too_low_by_far_is_told(trained: Trained) -> None:
    rows = trained.training.part("test")
    worse = by_grade(trained.model.credit, rows.assign(label=1))
    assert not any(t["inside"] for t in worse["grades"] if t["n"] >= 5)
    assert min(t["holm"] for t in worse["grades"]) < 1e-6


def test_the_page_counts_the_grades_within_their_band(book: Book, told: dict) -> None:
    ranked = {book.recipe().recipe: {"champion": {"capture": 0.5, "roc_auc": 0.8}}}
    kept = {"date": "d", "machine": "m", "result": {**told, "ranked": ranked, "segments": []}}
    text = "\n".join(page(json.loads(json.dumps(kept))))
    inside = sum(t["low"] <= t["pd"] <= t["high"] for t in told["grades"])
    assert f"**{inside} of {len(told['grades'])}**" in text
    assert text.count("**no**") == len(told["grades"]) - inside
    assert np.isclose(sum(t["n"] for t in told["grades"]), told["enterprises"])


def _run(seed: int, found: dict, recipe: str = "before") -> dict:
    return {
        "seed": seed,
        "recipe": recipe,
        "calibration": {"kind": "isotonic"},
        "simulation": "this",
        **found,
    }


def test_a_seed_is_blind_once_and_every_run_of_another_recipe_is_kept(told: dict) -> None:
    runs: list[dict] = []
    for seed, recipe in ((7, "before"), (18, "before"), (18, "after"), (19, "after"), (18, "before")):
        runs = blind.with_run(runs, _run(seed, told, recipe))
    found = {(one["seed"], one["recipe"]): one["known"] for one in runs}
    assert found == {(7, "before"): True, (18, "after"): True, (19, "after"): False, (18, "before"): False}
    assert len(runs) == 4


def test_the_blind_zones_are_all_told_with_what_lies_outside_in_bold(told: dict) -> None:
    spoilt = [{**one, "inside": False} if place == 0 else one for place, one in enumerate(told["grades"])]
    runs = blind.with_run(blind.with_run([], _run(18, told)), _run(18, {**told, "grades": spoilt}, "after"))
    lines = blind.page(json.loads(json.dumps({"date": "d", "machine": "m", "result": {"runs": runs}})))
    rows = [line for line in lines if line.startswith("| 18 |")]
    inside = sum(one["inside"] for one in told["grades"])
    assert "**blind**" in rows[0] and "known" in rows[1]
    assert f"| **{inside}** of {len(told['grades'])} |" in rows[0]
    assert f"| **{inside - told['grades'][0]['inside']}** of" in rows[1]
    outside = f"**{spoilt[0]['rate']:.1%} / {spoilt[0]['pd']:.1%}**"
    assert outside in rows[1] and (outside in rows[0]) == (not told["grades"][0]["inside"])
    assert lines[-1] == "Calibration by recipe: `before` kind isotonic; `after` kind isotonic."


def test_the_slope_on_test_is_one_where_events_come_as_often_as_foreseen(
    book: Book, trained: Trained
) -> None:
    rows = pd.concat([trained.training.rows[trained.training.rows["part"] == "test"]] * 40)
    drawn = np.random.default_rng(1).random(len(rows)) < trained.model.credit.pd(rows)
    whole = pd.concat([trained.training.part("train"), rows.assign(label=drawn.astype(np.int64))])
    found = slopes_of(book, replace(trained, training=replace(trained.training, rows=whole)))
    assert found["test"] == pytest.approx(1.0, abs=0.1)
    assert found["out_of_time"] > 0 and found["out_of_fold"] > 0
