"""Where PyTorch is not installed, a recipe of a network says what to install, and the others go on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from credit_risk.cli import app
from credit_risk.models import network
from credit_risk.zone import Book

CASE = Path(__file__).parents[2] / "evaluation" / "cases" / "smesd"
MORE = """
  - recipe: some-network
    title: {zh: 网络, en: Network}
    outcome: bankruptcy
    horizon: 12m
    observations: {from: sample, subjects: registration}
    split: *split
    learner: {kind: graph-network}
  - recipe: some-blend
    like: bankruptcy-12m
    title: {zh: 融合, en: Blend}
    variants: []
    blend_with: some-network
"""


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    folder = shutil.copytree(CASE, tmp_path / "case", ignore=shutil.ignore_patterns("var"))
    path = folder / "models" / "recipes.yaml"
    path.write_text(path.read_text("utf-8") + MORE, "utf-8")
    return folder


@pytest.mark.parametrize("recipe", ["some-network", "some-blend"])
def test_a_recipe_that_needs_the_extra_says_what_to_install(case: Path, recipe: str) -> None:
    told = CliRunner().invoke(app, ["--book", str(case), "train", recipe])
    assert told.exit_code == 2
    assert "PyTorch" in told.output and "lock/graph.txt" in told.output and "Traceback" not in told.output


def test_the_other_recipes_of_the_book_need_nothing(case: Path) -> None:
    book = Book.open(case)
    missing = set(book.missing_learners())
    assert {"some-network", "some-blend"} <= missing
    assert "bankruptcy-12m" not in missing
