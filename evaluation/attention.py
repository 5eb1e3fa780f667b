"""Whether weights against inspection bias help the practice zone's champion: ``python -m evaluation.attention``.

Judged inside the training part only, out of time: fitted on the as-of dates whose horizon was over at the last one, and
judged on that last one. No row of the test part is read. Beside the recorded events stands the hidden hazard of the
zone (see ``oracle``), which no inspection moves: weights that mend the bias would rank nearer to it.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from credit_risk.book.recipe import InspectionWeights, Recipe
from credit_risk.evaluation.bootstrap import auc_draws
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features.training_set import TrainingSet, build_training_set
from credit_risk.models.train import train_recipe
from credit_risk.zone import Book
from evaluation.kept import keep
from evaluation.oracle import oracle_hazard

__all__ = ["compare_weights", "earlier", "page"]

ROOT = Path(__file__).resolve().parents[1]
END = "2026-06-30"
AIMED = InspectionWeights.model_validate({"from": "inspection", "where": "method == 'targeted'", "cap": 5})
DRAWS = 1000


def main() -> int:
    """Compare, and keep the figures."""
    book = Book.open(ROOT)
    found = compare_weights(book, book.recipe(), END)
    keep("attention", found)
    print(found, file=sys.stderr)
    return 0


def earlier(recipe: Recipe, training: TrainingSet) -> tuple[TrainingSet, pd.DataFrame]:
    """Return what is fitted and what judges it: the last training date, and those one horizon before it or more."""
    rows = training.part(*recipe.split.train)
    days = pd.to_datetime(rows["as_of"]).dt.date
    over = days.map({day: recipe.horizon.after(day) for day in days.unique()})
    fitted = rows[over <= days.max()].assign(part=recipe.split.train[0])
    return replace(training, rows=fitted.reset_index(drop=True)), rows[days == days.max()].reset_index(
        drop=True
    )


def compare_weights(book: Book, recipe: Recipe, known_at: str) -> dict[str, Any]:
    """Return how both rank the judging rows, the recorded events and the hidden hazard, and the paired difference."""
    weighted = recipe.model_copy(update={"weights": AIMED})
    fitted, judge = earlier(recipe, build_training_set(book.matrix, weighted, known_at=known_at))
    y, who = judge["label"].to_numpy(np.int64), judge["subject"].to_numpy(object)
    hazard = oracle_hazard(book, recipe, judge)
    told: dict[str, Any] = {
        "fitted": len(fitted.rows), "judged": len(judge), "bad": int(y.sum()),
        "inspected": float(fitted.rows["inspected"].mean()),
    }  # fmt: skip
    drawn = {}
    for name, one in (("plain", recipe), ("weighted", weighted)):
        pds = train_recipe(book.rules, book.catalogue, one, fitted)[0].pd(judge)
        drawn[name] = auc_draws(y, pds, who, DRAWS)
        told[name] = {"roc_auc": roc_auc(y, pds), "with_hidden": float(spearmanr(pds, hazard).statistic)}
    low, high = np.nanquantile(drawn["weighted"] - drawn["plain"], (0.025, 0.975))
    gain = told["weighted"]["roc_auc"] - told["plain"]["roc_auc"]
    return {**told, "gain": {"value": gain, "low": float(low), "high": float(high)}}


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    told, gain = kept["result"], kept["result"]["gain"]
    return [
        "",
        "## weights against inspection bias",
        "",
        "Practice zone, inside the training part of the champion recipe: fitted on"
        f" {told['fitted']:,} rows, judged on the {told['judged']:,} of its last date",
        f"({told['bad']:,} bad); an aimed inspection fell within the horizon of {told['inspected']:.0%}; simulated."
        f" {kept['date']}, {kept['machine']}.",
        f"Weights move ROC-AUC by {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]: "
        + ("the recipe keeps them off." if gain["low"] <= 0 else "they help."),
        "",
        "| rows | ROC-AUC | rank correlation with the hidden risk |",
        "|---|---:|---:|",
        *(
            f"| {name} | {told[name]['roc_auc']:.3f} | {told[name]['with_hidden']:.3f} |"
            for name in ("plain", "weighted")
        ),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
