"""Grades judged as grades: what the page says is what counting the rows finds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from evaluation.grades import by_grade, page

from credit_risk.zone import Book, Trained


@pytest.fixture(scope="module")
def told(trained: Trained) -> dict:
    return by_grade(trained.model.credit, trained.training.part("test"))


def test_each_enterprise_is_counted_once_and_in_the_grade_of_its_pd(trained: Trained, told: dict) -> None:
    rows = trained.training.part("test")
    assert sum(t["n"] for t in told["grades"]) == told["enterprises"] == rows["subject"].nunique()
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
