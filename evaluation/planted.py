"""What the simulation planted: which schemes the warnings found and how early, and whether honest ones alarmed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from credit_risk.evaluation.history import History
from credit_risk.evaluation.warned import MONTH_DAYS
from credit_risk.zone import Book

__all__ = ["planted_found"]


def planted_found(book: Book, history: History, chosen: pd.DataFrame) -> dict[str, Any]:
    """Return per scheme how many members that struck while the lists were kept were warned before, and how early.

    For honest look-alikes: the share of enterprise-months under an open warning, beside the share of everybody.
    """
    truth = book.rules.var / "truth"
    schemes = pd.read_parquet(truth / "schemes.parquet")
    first, last = history.population["at"].min(), history.population["at"].max()
    schemes["last_day"] = pd.to_datetime(schemes["last_day"])
    due = schemes[schemes["struck"] & (schemes["last_day"] > first) & (schemes["last_day"] <= last)]
    due = due[due["uscc"].isin(history.population["subject"])]
    told = history.events.assign(day=pd.to_datetime(history.events["day"])).groupby("subject")["day"].min()
    listed = chosen.groupby("subject")["at"].min()
    due = due.assign(warned_at=due["uscc"].map(listed), event=due["uscc"].map(told).fillna(due["last_day"]))
    due["lead"] = (due["event"] - due["warned_at"]).dt.days / MONTH_DAYS
    due["found"] = due["lead"] > 0
    everybody = len(chosen) / len(history.population)
    return {
        "schemes": {
            str(name): {"due": len(g), "found": float(g["found"].mean()), "lead_months": _middle(g)}
            for name, g in due.groupby("scheme")
        },
        "look_alikes": {
            str(name): {
                "members": int(group["uscc"].nunique()),
                "months_warned": _share(group, history, chosen),
            }
            for name, group in pd.read_parquet(truth / "look_alikes.parquet").groupby("kind")
        },
        "everybody_months_warned": everybody,
    }


def _middle(group: pd.DataFrame) -> float | None:
    known = group.loc[group["found"], "lead"]
    return float(known.median()) if len(known) else None


def _share(group: pd.DataFrame, history: History, chosen: pd.DataFrame) -> float | None:
    months = history.population["subject"].isin(group["uscc"]).sum()
    return float(chosen["subject"].isin(group["uscc"]).sum() / months) if months else None
