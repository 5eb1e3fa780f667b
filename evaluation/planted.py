"""What the simulation planted: which schemes the warnings found and how early, and whether honest ones alarmed.

Honest look-alikes (seasonal traders, disclosers and their kin) are to be warned of no more than everybody, and while a
department's line is dead no more enterprises than in other months.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from credit_risk.evaluation.history import History
from credit_risk.evaluation.warned import MONTH_DAYS
from credit_risk.simulation.outages import OUTAGES
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
        "outages": _outages(book, history),
    }


def _outages(book: Book, history: History) -> dict[str, Any]:
    """Return what share of everybody has any warning at month ends with a dead line, and at the others."""
    last = pd.to_datetime(
        pd.read_parquet(book.rules.var / "truth" / "months.parquet", columns=["month_end"]).max()
    )
    end = pd.Timestamp(last.iloc[0]) + pd.Timedelta(days=1)
    spans = [(end - pd.DateOffset(months=m), pd.Timedelta(days=d)) for m, d in OUTAGES.values()]
    ends = pd.Series(sorted(history.population["at"].unique()))
    dead = ends.map(lambda t: any(begun < t < begun + length for begun, length in spans)).to_numpy(bool)
    share = history.warnings.groupby("at").size() / history.population.groupby("at").size()
    told = {"dead": share[ends[dead]], "others": share[ends[~dead]]}
    return {"month_ends_dead": int(dead.sum())} | {
        f"warned_{name}": float(shares.mean()) if len(shares) else None for name, shares in told.items()
    }


def _middle(group: pd.DataFrame) -> float | None:
    known = group.loc[group["found"], "lead"]
    return float(known.median()) if len(known) else None


def _share(group: pd.DataFrame, history: History, chosen: pd.DataFrame) -> float | None:
    months = history.population["subject"].isin(group["uscc"]).sum()
    return float(chosen["subject"].isin(group["uscc"]).sum() / months) if months else None
