"""How warnings do as warnings: how many were right, how early, and what work they make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.features.outcomes import Outcomes
from credit_risk.serving.board import Board
from credit_risk.serving.desk import Desk, Published
from credit_risk.warnings.ledger import OPEN

__all__ = ["Performance", "events_of", "performance_of"]

Bools = npt.NDArray[np.bool_]
HORIZON = pd.DateOffset(months=12)
MONTH_DAYS, WEEKS = 30.44, 8


@dataclass(frozen=True, slots=True)
class Performance:
    """Figures of the ledger.

    ``levels``: per level the cases ``opened``, ``decided`` (confirmed or rejected), ``confirmed`` and their ``share``
    (None before a decision). ``seen``: cases followed by an adverse event of their enterprise within twelve months, of
    all ``cases``, of which ``old`` were opened twelve months ago or earlier; ``lead_months`` the median time between.
    ``weeks``: Monday and cases opened, the oldest first. ``days`` is the median from opening to decision,
    ``in_time`` the share decided by the day they were due.
    """

    cases: int
    levels: list[dict[str, Any]]
    seen: int
    old: int
    lead_months: float | None
    weeks: list[tuple[date, int]]
    most: int
    open: int
    days: float | None
    in_time: float | None


def events_of(desk: Desk, published: Published) -> pd.DataFrame:
    """Return ``subject`` and ``day`` of every event that warnings foresee, known at the snapshot's t."""
    rules, t = desk.rules, published.as_of.to_pydatetime()
    heads = sorted({head for rule in rules.event_models.values() for head in rule.heads})
    with desk.pool_lock:
        found = [Outcomes(desk.matrix.records, rules.outcomes[head]).events(t) for head in heads]
    told = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["subject", "day"])
    return told.assign(day=pd.to_datetime(told["day"]))


def performance_of(desk: Desk, published: Published, board: Board) -> Performance:
    """Return how the warnings of the ledger did up to the snapshot's t."""
    table = board.table
    conclusion = table["conclusion"].isin(("confirmed", "rejected")).to_numpy()
    decided = table[conclusion]
    days = (decided["decided_at"] - decided["first_seen"]).dt.total_seconds() / 86400
    in_time = decided["decided_at"].dt.normalize() <= decided["due_on"]
    lead = _leads_once(desk, published, table)
    weeks = _weeks(table, pd.Timestamp(desk.today))
    return Performance(
        cases=len(table), levels=_levels(desk, board, conclusion), seen=len(lead),
        old=int((table["first_seen"] <= published.as_of - HORIZON).sum()),
        lead_months=float(lead.median()) if len(lead) else None,
        weeks=weeks, most=max([n for _, n in weeks], default=0), open=int(board.state.among(OPEN).sum()),
        days=float(days.median()) if len(days.dropna()) else None,
        in_time=float(in_time.mean()) if len(decided) else None,
    )  # fmt: skip


def _levels(desk: Desk, board: Board, decided: Bools) -> list[dict[str, Any]]:
    confirmed = (board.table["conclusion"] == "confirmed").to_numpy(bool)
    every, own, right = (board.level.counts(rows) for rows in (slice(None), decided, confirmed))
    told = []
    for level in desk.rules.settings.alerts.weight:
        n, k = own.get(level, 0), right.get(level, 0)
        told.append(
            {
                "level": level,
                "opened": every.get(level, 0),
                "decided": n,
                "confirmed": k,
                "share": k / n if n else None,
            }
        )
    return told


def _leads_once(desk: Desk, published: Published, table: pd.DataFrame) -> pd.Series:
    """Return the leads, computed again only when cases were opened: who was warned when never changes."""
    events = desk.once("events", published, lambda: events_of(desk, published))
    return desk.once("leads", published, lambda: _leads(table, events), mark=len(table))


def _leads(table: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Return the months from opening to the first event after it, of the cases that have one within a year."""
    later = table[["case_id", "subject", "first_seen"]].merge(events, on="subject")
    later = later[(later["day"] > later["first_seen"]) & (later["day"] <= later["first_seen"] + HORIZON)]
    first = later.sort_values("day").drop_duplicates("case_id")
    return (first["day"] - first["first_seen"]).dt.days / MONTH_DAYS


def _weeks(table: pd.DataFrame, today: pd.Timestamp) -> list[tuple[date, int]]:
    monday = (today - pd.Timedelta(days=today.weekday())).normalize()
    starts = [monday - pd.Timedelta(weeks=n) for n in reversed(range(WEEKS))]
    edges = np.array([*starts, monday + pd.Timedelta(weeks=1)], dtype="datetime64[ns]")
    counts, _ = np.histogram(
        table["first_seen"].to_numpy("datetime64[ns]").astype(np.int64), edges.astype(np.int64)
    )
    return [(start.date(), int(n)) for start, n in zip(starts, counts, strict=True)]
