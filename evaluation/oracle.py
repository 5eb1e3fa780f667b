"""What the hidden risk of the practice zone would have foreseen: the ceiling that its figures stand beside.

The oracle knows every enterprise's hidden hazard at t and nothing of what comes after. It reads the simulation's truth,
which no engine code can reach; it is no model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from credit_risk.evaluation.bootstrap import judge
from credit_risk.features.training_set import build_training_set
from credit_risk.zone import Book

__all__ = ["oracle_part"]

HEADS = {"compliance": ["compliance"], "insolvency": ["insolvency"], "vanishing": ["vanishing"],
         "trade_integrity": ["trade"], "adverse": ["compliance", "insolvency", "vanishing", "trade"]}  # fmt: skip
RANKING = ("roc_auc", "pr_auc", "ks")


def oracle_part(book: Book, recipe: str, known_at: str) -> dict[str, Any]:
    """Return ``n``, ``bad_rate`` and the ranking metrics of the hidden hazard on the recipe's test rows.

    A hazard is a rate and not calibrated to a horizon, so only what ranks is told.
    """
    chosen = book.recipe(recipe)
    rows = build_training_set(book.matrix, chosen, known_at=known_at).part("test")
    columns = [f"hazard_{head}" for head in HEADS[chosen.outcome]]
    truth = pd.read_parquet(
        book.rules.var / "truth" / "months.parquet", columns=["uscc", "month_end", *columns]
    )
    truth["hazard"] = truth[columns].sum(axis=1)
    keys = rows[["subject", "as_of", "label"]].assign(month_end=pd.to_datetime(rows["as_of"]))
    truth["month_end"] = pd.to_datetime(truth["month_end"])
    joined = keys.merge(truth, left_on=["subject", "month_end"], right_on=["uscc", "month_end"], how="left")
    hazard = np.clip(joined["hazard"].fillna(0.0).to_numpy(float), 0.0, 1.0)
    labels = joined["label"].to_numpy(np.int64)
    found = judge(labels, hazard, clusters=joined["subject"].to_numpy(object), threshold=0.5, draws=2000)
    metrics = {m: {"value": found[m].value, "low": found[m].low, "high": found[m].high} for m in RANKING}
    return {"n": len(joined), "bad_rate": float(labels.mean()), "metrics": metrics}
