"""What was published last, held in memory by whoever serves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from credit_risk.explain import Snapshots
from credit_risk.serving.directory import Directory

__all__ = ["NotComparable", "Published", "history_of", "not_comparable"]


@dataclass(frozen=True)
class Published:
    """The published snapshot in memory: scores without reasons, by subject, and who the enterprises are."""

    snapshot_id: str
    as_of: pd.Timestamp
    scores: pd.DataFrame
    directory: Directory
    before: pd.DataFrame | None
    before_on: date | None = None


@dataclass(frozen=True)
class NotComparable:
    """A day of which a history has no point, and why; ``why_not`` is the refusal as it was stored."""

    day: date
    reason: Literal["other_model", "not_scorable", "not_known"]
    why_not: str | None = None


def not_comparable(snapshots: Snapshots, subject: str, row: dict[str, Any]) -> list[NotComparable]:
    """Return the earlier days with a snapshot of which ``history_of`` tells nothing, the latest first, once a day."""
    found: dict[date, NotComparable] = {}
    told = {moment.date() for moment in history_of(snapshots, subject, row["model_id"])["as_of"]}
    for snapshot_id in reversed(snapshots.stored()):
        day = date.fromisoformat(snapshot_id[:10])
        if day >= row["as_of"].date() or day in told or day in found:
            continue
        other = snapshots.score(snapshot_id, subject)
        if other is None:
            found[day] = NotComparable(day, "not_known")
        elif not other["scorable"]:
            found[day] = NotComparable(day, "not_scorable", other["why_not"])
        else:
            found[day] = NotComparable(day, "other_model")
    return list(found.values())


def history_of(snapshots: Snapshots, subject: str, model_id: str) -> pd.DataFrame:
    """Return ``as_of``, ``pd``, ``grade`` of an enterprise over all stored snapshots of a model, in time order."""
    rows: list[dict[str, Any]] = []
    for snapshot_id in snapshots.stored(model_id):
        row = snapshots.score(snapshot_id, subject)
        if row and row["scorable"]:
            rows.append({n: row[n] for n in ("as_of", "pd", "grade")})
    table = pd.DataFrame(rows, columns=["as_of", "pd", "grade"])
    return table.drop_duplicates("as_of", keep="last").reset_index(drop=True)
