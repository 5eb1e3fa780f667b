"""What the hidden risk of the practice zone would have foreseen: the ceiling that its figures stand beside.

The oracle knows every enterprise's hidden hazard at t, and what has happened by t though no department has told it yet;
it knows nothing of what comes after. It reads the simulation's truth, which no engine code can reach; it is no model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.bootstrap import judge
from credit_risk.features.training_set import build_training_set
from credit_risk.zone import Book

__all__ = ["oracle_hazard", "oracle_part"]

HEADS = {"compliance": ["compliance"], "insolvency": ["insolvency"], "vanishing": ["vanishing"],
         "trade_integrity": ["trade"], "adverse": ["compliance", "insolvency", "vanishing", "trade"]}  # fmt: skip
RANKING = ("roc_auc", "pr_auc", "ks")
HEAD_OF = {"shell_cluster": "vanishing", "old_hand": "vanishing", "carousel": "trade", "regime_change": "trade",
           "slow_burner": "insolvency"}  # fmt: skip
SCHEMED = 0.08  # what the simulation adds to the vanishing hazard of every scheme that will strike


def oracle_part(book: Book, recipe: str, known_at: str) -> dict[str, Any]:
    """Return ``n``, ``bad_rate`` and the ranking metrics of the hidden hazard on the recipe's test rows.

    A hazard is a rate and not calibrated to a horizon, so only what ranks is told.
    """
    chosen = book.recipe(recipe)
    rows = build_training_set(book.matrix, chosen, known_at=known_at).part("test")
    hazard = oracle_hazard(book, chosen, rows)
    labels = rows["label"].to_numpy(np.int64)
    found = judge(labels, hazard, clusters=rows["subject"].to_numpy(object), threshold=0.5, draws=2000)
    metrics = {m: {"value": found[m].value, "low": found[m].low, "high": found[m].high} for m in RANKING}
    return {"n": len(rows), "bad_rate": float(labels.mean()), "metrics": metrics}


def oracle_hazard(book: Book, recipe: Recipe, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return what the oracle ranks ``rows`` by, shape (rows,), within [0, 1]; the greater the worse."""
    columns = [f"hazard_{head}" for head in HEADS[recipe.outcome]]
    truth = pd.read_parquet(
        book.rules.var / "truth" / "months.parquet", columns=["uscc", "month_end", *columns]
    )
    truth["hazard"] = truth[columns].sum(axis=1)
    keys = (
        rows[["subject", "as_of", "label"]]
        .reset_index(drop=True)
        .assign(month_end=pd.to_datetime(rows["as_of"]))
    )
    truth["month_end"] = pd.to_datetime(truth["month_end"])
    joined = keys.merge(truth, left_on=["subject", "month_end"], right_on=["uscc", "month_end"], how="left")
    hazard = joined["hazard"].fillna(0.0).to_numpy(float) + _schemed(book, keys, HEADS[recipe.outcome])
    hazard = np.clip(hazard, 0.0, 1.0)
    hazard[_untold(book, keys, HEADS[recipe.outcome])] = 1.0
    return np.asarray(hazard)


def _untold(book: Book, keys: pd.DataFrame, heads: list[str]) -> npt.NDArray[np.bool_]:
    """Tell for each row whether an event had happened by t that was received only later."""
    events = pd.read_parquet(book.rules.var / "truth" / "events.parquet")
    events = events[events["head"].isin(heads)]
    both = keys.reset_index(names="row").merge(events, left_on="subject", right_on="uscc")
    end = both["month_end"] + pd.Timedelta(days=1)
    late = both[(both["event_date"] < end) & (both["received_at"] >= end)]
    return keys.reset_index(drop=True).index.isin(late["row"])


def _schemed(book: Book, keys: pd.DataFrame, heads: list[str]) -> npt.NDArray[np.float64]:
    """Return what moves the hazard of schemes under way to the head in which they will strike."""
    planted = pd.read_parquet(book.rules.var / "truth" / "schemes.parquet").query("struck")
    both = keys.reset_index(names="row").merge(planted, left_on="subject", right_on="uscc")
    both = both[(both["first_day"] <= both["month_end"]) & (both["month_end"] < both["last_day"])]
    own = both["scheme"].map(HEAD_OF)
    moved = own.isin(heads).astype(float) - float("vanishing" in heads)
    added = np.zeros(len(keys))
    np.add.at(added, both["row"].to_numpy(), SCHEMED * moved.to_numpy())
    return added
