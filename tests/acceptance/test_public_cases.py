"""The public data sets run through the same engine; they need CREDIT_RISK_DATA and are left out by name without it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.conftest import ROOT
from typer.testing import CliRunner

from credit_risk.cli import app

DATA = Path(os.environ.get("CREDIT_RISK_DATA", "nowhere"))
CASES = ROOT / "evaluation" / "cases"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="CREDIT_RISK_DATA names no folder of public data sets"
)
METRICS = {"roc_auc", "pr_auc", "ks", "brier", "log_loss", "macro_f1", "ece"}


def _evaluate(
    case: str, recipe: str, var: Path, monkeypatch: pytest.MonkeyPatch, data: Path = DATA
) -> dict[str, Any]:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(var))
    monkeypatch.setenv("CREDIT_RISK_DATA", str(data))
    told = CliRunner().invoke(app, ["--book", str(CASES / case), "evaluate", recipe, "--json"])
    assert told.exit_code == 0, told.output
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _but_seeds(metrics: set[str]) -> set[str]:
    """Return the metrics without those of single seeds."""
    return {m for m in metrics if not m.startswith(("roc_auc_seed_", "roc_auc_mean_of_seeds"))}


@needs_data
def test_five_years_of_accounts_foresee_bankruptcy_and_a_test_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA / "us_bankruptcy", data / "us_bankruptcy")
    later = pd.read_parquet(data / "us_bankruptcy" / "wl5_validation.parquet")
    others = later["cik"].map(lambda key: type(key)(f"9{key}"))  # other companies, four years later
    later.assign(fyear=later["fyear"] + 4, cik=others).to_parquet(data / "us_bankruptcy" / "wl5_test.parquet")
    told = _evaluate("us_bankruptcy", "bankruptcy-1y-wl5", tmp_path / "var", monkeypatch, data)
    parts = told["parts"]
    beside = ["", "_scorecard", "_logistic"]
    assert set(parts) == {f"wl5/{part}{recipe}" for part in ("validation", "test") for recipe in beside}
    told_of = set(parts["wl5/test"]["metrics"])
    assert METRICS | {"brier_population", "log_loss_population", "ece_population"} == _but_seeds(told_of)
    assert "roc_auc_mean_of_seeds" in told_of and sum(m.startswith("roc_auc_seed_") for m in told_of) > 1
    judged = parts["wl5/validation"]["metrics"]
    assert judged["roc_auc"]["value"] >= 0.86
    assert judged["ece_population"]["value"] < 0.02 < judged["ece"]["value"]
    assert {"records", "catalogue", "recipe", "code", "environment", "model_id"} == set(told["lineage"])


@needs_data
def test_the_graph_of_small_enterprises_foresees_bankruptcy_without_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _evaluate("smesd", "bankruptcy-12m", tmp_path, monkeypatch)
    variants = ("", "_without_data_depth", "_own", "_own_and_counts", "_topology_alone")
    assert {f"{part}{variant}" for part in ("validation", "test") for variant in variants} == set(
        told["parts"]
    )
    assert told["parts"]["test"]["n"] == 491
    assert told["parts"]["validation"]["metrics"]["roc_auc"]["value"] >= 0.85
    assert _but_seeds(set(told["parts"]["test"]["metrics"])) == METRICS


@pytest.mark.parametrize("case", ["us_bankruptcy", "smesd"])
def test_no_case_feeds_a_key_a_label_or_an_index_to_a_model(case: str) -> None:
    from credit_risk.book import open_rules

    rules = open_rules(CASES / case)
    used = " ".join(f"{i.value} {i.where or ''}" for i in rules.indicators.values() if i.input)
    told = {rule.from_ for o in rules.outcomes.values() for rule in o.any}
    told |= {r.observations.from_ for r in rules.recipes.values()}
    assert not told & {i.from_ for i in rules.indicators.values()}
    assert not {"cik", "fyear", "status", "label", "split"} & set(
        used.replace("(", " ").replace(")", " ").split()
    )


def test_without_the_data_folder_a_case_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDIT_RISK_DATA", raising=False)
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    told = CliRunner().invoke(app, ["--book", str(CASES / "smesd"), "evaluate", "--json"])
    assert told.exit_code == 2
    assert "CREDIT_RISK_DATA" in told.output and "Traceback" not in told.output
