"""A snapshot: everybody's score, PD, grade and reasons as known at t, computed together and published together.

    scores.parquet          one row an enterprise: score, PD, grade, reasons, or why it is not scorable
    contributions.parquet   points of every indicator
    indicators.parquet      value of every indicator
    served.arrow            the scores again, once published, to be read one by one

The folder appears whole; ``current.json`` is switched by one rename.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.errors import InputError
from credit_risk.explain.graded import Held
from credit_risk.explain.served import Served, write_served
from credit_risk.records import day_of
from credit_risk.records.clock import Moment
from credit_risk.records.store import atomic_path

__all__ = ["SCORES_SCHEMA", "Snapshot", "Snapshots"]

SCORES_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("model_id", pa.string()),
        ("scorable", pa.bool_()),
        ("why_not", pa.string()),
        ("score", pa.float64()),
        ("pd", pa.float64()),
        ("pd_low", pa.float64()),
        ("pd_high", pa.float64()),
        ("pd_terms", pa.string()),
        ("pd_heads", pa.string()),
        ("grade", pa.string()),
        ("grade_rank", pa.int64()),
        ("public_class", pa.string()),
        ("pd_grade", pa.string()),
        ("grade_before", pa.string()),
        ("held_from", pa.string()),
        ("data_depth", pa.string()),
        ("peer_group", pa.string()),
        ("shown_score", pa.float64()),
        ("base_points", pa.float64()),
        ("other_points", pa.float64()),
        ("unseen_category", pa.string()),
        ("reasons", pa.string()),
    ]
)


@dataclass(frozen=True)
class Snapshot:
    """Scores of all enterprises at one t by one model; ``id`` is made of t, model and content."""

    id: str
    model_id: str
    scores: pd.DataFrame
    contributions: pd.DataFrame
    indicators: pd.DataFrame


class Snapshots:
    """The published snapshots of a book."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: tuple[str, Served] | None = None

    def write(self, snapshot: Snapshot) -> Path:
        """Store a snapshot without publishing it; one of the same id is the same content."""
        target = self.folder / snapshot.id
        tables = {
            "contributions": pa.Table.from_pandas(snapshot.contributions, preserve_index=False),
            "indicators": pa.Table.from_pandas(snapshot.indicators, preserve_index=False),
            "scores": pa.Table.from_pandas(snapshot.scores, SCORES_SCHEMA, preserve_index=False),
        }
        for name, table in tables.items():
            with atomic_path(target / f"{name}.parquet") as draft:
                pq.write_table(table, draft, compression="zstd", row_group_size=512)
        return target

    def add(self, snapshot_id: str, name: str, table: pd.DataFrame, schema: pa.Schema) -> None:
        """Store one more table beside a snapshot; one of that name is replaced."""
        arrow = pa.Table.from_pandas(table, schema, preserve_index=False)
        with atomic_path(self.folder / snapshot_id / f"{name}.parquet") as draft:
            pq.write_table(arrow, draft, compression="zstd")

    def publish(self, snapshot_id: str) -> None:
        """Make a stored snapshot the current one, atomically."""
        if not (self.folder / snapshot_id / "scores.parquet").is_file():
            raise InputError(f"no snapshot {snapshot_id} in {self.folder}")
        served = self.folder / snapshot_id / "served.arrow"
        if not served.is_file():
            write_served(self.folder / snapshot_id / "scores.parquet", served)
        with atomic_path(self.folder / "current.json") as draft:
            draft.write_text(json.dumps({"snapshot": snapshot_id}), encoding="utf-8")
        with (self.folder / "published.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": datetime.now().isoformat(), "snapshot": snapshot_id}) + "\n")

    def current(self) -> str | None:
        """Return the id of the published snapshot, None before the first."""
        path = self.folder / "current.json"
        return str(json.loads(path.read_text())["snapshot"]) if path.is_file() else None

    def read(self, snapshot_id: str, table: str = "scores") -> pd.DataFrame:
        """Return one table of a stored snapshot."""
        path = self.folder / snapshot_id / f"{table}.parquet"
        if not path.is_file():
            raise InputError(f"no snapshot {snapshot_id}", hint="score first: credit-risk score --as-of DATE")
        return pq.read_table(path).to_pandas()

    def row(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return one enterprise's score as plain types (nulls None), None when the snapshot lacks it.

        A published snapshot is mapped; of another one, as rows are sorted by subject, only one row group is read.
        """
        served = self._served(snapshot_id)
        if served is not None:
            return served.row(subject)
        path = self.folder / snapshot_id / "scores.parquet"
        if not path.is_file():
            raise InputError(f"no snapshot {snapshot_id}", hint="score first: credit-risk score --as-of DATE")
        rows = pq.read_table(path, filters=[("subject", "=", subject)]).to_pylist()
        return rows[0] if rows else None

    def _served(self, snapshot_id: str) -> Served | None:
        """Return a snapshot mapped, and keep the last one that was asked for; None when it was never published."""
        kept = self._kept
        if kept is None or kept[0] != snapshot_id:
            path = self.folder / snapshot_id / "served.arrow"
            if not path.is_file():
                return None
            kept = self._kept = (snapshot_id, Served(path))
        return kept[1]

    def published(self) -> list[str]:
        """Return the ids of all snapshots that were ever published, in the order of publication."""
        path = self.folder / "published.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return [str(json.loads(line)["snapshot"]) for line in lines]

    def grades_before(self, t: Moment, model_id: str) -> Held | None:
        """Return the grades that a score as of t is held against, None when there are none.

        They are those of the snapshot last published of a day before t; while nothing was published, of the latest
        stored one of the model.
        """
        earlier = [name for name in self.published() if name[:10] < str(day_of(t))]
        chosen = earlier[-1] if earlier else self.before(t, model_id)
        if chosen is None:
            return None
        path = self.folder / chosen / "scores.parquet"
        return Held.of(chosen, pq.read_table(path, columns=["subject", "grade"]).to_pandas())

    def on(self, day: date, model_id: str) -> str:
        """Return the id of the stored snapshot of a model with the as-of ``day``; the published one before others.

        Raises InputError when there is none.
        """
        found = sorted(p.parent.name for p in self.folder.glob(f"{day}-{model_id}-*/scores.parquet"))
        if not found:
            raise InputError(f"no snapshot of {model_id} on {day}", hint=f"credit-risk score --as-of {day}")
        current = self.current()
        return current if current in found else found[-1]

    def before(self, t: Moment, model_id: str) -> str | None:
        """Return the id of the latest stored snapshot of a model with an as-of day before t.

        A grade by another model is no grade to compare with.
        """
        stored = self.folder.glob(f"*-{model_id}-*/scores.parquet")
        known = [path.parent.name for path in stored]
        earlier = [name for name in known if name[:10] < str(day_of(t))]
        return max(earlier) if earlier else None
