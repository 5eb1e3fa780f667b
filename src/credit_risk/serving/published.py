"""What was published last, held in memory by whoever serves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from credit_risk.explain import Snapshots
from credit_risk.serving.directory import Directory

__all__ = ["Published", "history_of"]


@dataclass(frozen=True)
class Published:
    """The published snapshot in memory: scores without reasons, by subject, and who the enterprises are."""

    snapshot_id: str
    as_of: pd.Timestamp
    scores: pd.DataFrame
    directory: Directory
    before: pd.DataFrame | None
    before_on: date | None = None


def history_of(snapshots: Snapshots, subject: str, model_id: str) -> pd.DataFrame:
    """Return ``as_of``, ``pd``, ``grade`` of an enterprise over all stored snapshots of a model, in time order."""
    rows: list[dict[str, Any]] = []
    for snapshot_id in snapshots.stored(model_id):
        row = snapshots.score(snapshot_id, subject)
        if row and row["scorable"]:
            rows.append({n: row[n] for n in ("as_of", "pd", "grade")})
    table = pd.DataFrame(rows, columns=["as_of", "pd", "grade"])
    return table.drop_duplicates("as_of", keep="last").reset_index(drop=True)
