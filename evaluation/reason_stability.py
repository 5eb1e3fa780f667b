"""Do reasons survive a retraining? The same model fitted with ten seeds, its reasons compared row by row.

``python -m evaluation.reason_stability`` judges the practice zone in the book's ``var`` folder and, where
``CREDIT_RISK_DATA`` is set, the US bankruptcies, and writes ``results/reason_stability.json``.

An enterprise's reasons are what raises its risk most: the three strongest indicators (ungrouped), and the three
strongest groups of the indicator tree (grouped). Told are, over all pairs of seeds and all judged rows, the share of
rows whose first reason is the same, and the mean overlap of the three (Jaccard); each for all rows and for the tenth
with the highest risk, whose reasons are read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_risk.explain.trees import TreeExplainer
from credit_risk.features.training_set import build_training_set
from credit_risk.models.encode import Encoder
from credit_risk.models.learner import fit_boosters, raw_scores
from credit_risk.models.train import DIRECTION
from credit_risk.zone import Book
from evaluation.kept import keep

__all__ = ["reason_stability"]

ROOT = Path(__file__).resolve().parents[1]
SEEDS, SHOWN, READ = range(1, 11), 3, 0.1
Matrix = npt.NDArray[np.float64]


def reason_stability(book: Book, recipe: str | None, known_at: str | date, part: str) -> dict[str, Any]:
    """Fit a recipe once a seed on its training part and compare the reasons of the rows of ``part``."""
    chosen = book.recipe(recipe)
    training = build_training_set(book.matrix, chosen, known_at=known_at)
    train, judged = training.part(*chosen.split.train), training.part(part)
    names, entries = training.inputs, book.catalogue.entries
    categories = [n for n in names if entries[n].rule.kind == "category"]
    monotone = [
        0 if n in categories or not chosen.learner.monotone else DIRECTION[entries[n].rule.risk]
        for n in names
    ]
    encoder = Encoder.learn(train, names, categories)
    rows, fitted = encoder.matrix(judged), encoder.matrix(train)
    labels = train["label"].to_numpy(np.int64)
    trees = [entries[n].rule.tree for n in names]
    groups = sorted(set(trees))
    member = np.array([[tree == group for group in groups] for tree in trees], dtype=float)
    tops: dict[str, list[npt.NDArray[np.int64]]] = {"ungrouped": [], "grouped": []}
    risk = np.zeros(len(rows))
    for seed in SEEDS:
        rule = chosen.learner.model_copy(update={"seeds": [seed]})
        boosters = fit_boosters(rule, fitted, labels, names, categories, monotone)
        values = TreeExplainer(boosters[0], threads=2).shap_values(rows.astype(np.float64))
        tops["ungrouped"].append(_top(values))
        tops["grouped"].append(_top(values @ member))
        risk += raw_scores(boosters, rows)
    read = risk >= np.quantile(risk, 1 - READ)
    return {
        "recipe": chosen.recipe, "rows": len(rows), "rows_read": int(read.sum()), "seeds": len(SEEDS),
        "indicators": len(names), "groups": len(groups),
        **{
            f"{kind}{where}": _agreement([t[keep_rows] for t in found])
            for kind, found in tops.items()
            for where, keep_rows in {"": np.ones(len(rows), bool), "_riskiest_tenth": read}.items()
        },
    }  # fmt: skip


def _top(values: Matrix) -> npt.NDArray[np.int64]:
    """Return the places of the strongest that raise the risk, shape (rows, ``SHOWN``), -1 where there are fewer."""
    order = np.argsort(-values, axis=1, kind="stable")[:, :SHOWN]
    return np.where(np.take_along_axis(values, order, axis=1) > 0, order, -1)


def _agreement(tops: list[npt.NDArray[np.int64]]) -> dict[str, float]:
    first, overlap = [], []
    for one, other in combinations(tops, 2):
        first.append(np.mean(one[:, 0] == other[:, 0]))
        same = ((one[:, :, None] == other[:, None, :]) & (one[:, :, None] >= 0)).sum(axis=(1, 2))
        every = (one >= 0).sum(axis=1) + (other >= 0).sum(axis=1) - same
        overlap.append(np.mean(np.where(every > 0, same / np.maximum(every, 1), 1.0)))
    return {"same_first": round(float(np.mean(first)), 3), "overlap": round(float(np.mean(overlap)), 3)}


def main() -> int:
    """Judge what there is, keep and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--known-at", default="2026-06-30", help="what the zone's training may know")
    asked = parser.parse_args()
    figures = {"zone": reason_stability(Book.open(ROOT), None, asked.known_at, "test")}
    if "CREDIT_RISK_DATA" in os.environ:
        figures["us_bankruptcy"] = _us_bankruptcy()
    else:
        print("CREDIT_RISK_DATA is not set: no real data judged", file=sys.stderr)
    keep("reason_stability", figures)
    print(json.dumps(figures, indent=1))
    return 0


def _us_bankruptcy() -> dict[str, Any]:
    """Judge the US case in a folder of its own, ingested anew."""
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("CREDIT_RISK_VAR")
        os.environ["CREDIT_RISK_VAR"] = folder
        try:
            book = Book.open(ROOT / "evaluation" / "cases" / "us_bankruptcy")
            book.ingest()
            return reason_stability(book, "bankruptcy-1y-wl5", date.today(), "validation")
        finally:
            os.environ.pop("CREDIT_RISK_VAR")
            if before is not None:
                os.environ["CREDIT_RISK_VAR"] = before


if __name__ == "__main__":
    sys.exit(main())
