"""A snapshot: everybody's score, PD, grade and reasons as known at t, computed together and published together.

    scores.parquet/          one row an enterprise: score, PD, grade, or why it is not scorable
    reasons.parquet/         the reasons of each score, in numbers and codes (``schema.py``)
    contributions.parquet/   points of every indicator, in single precision
    indicators.parquet/      value of every indicator
    words.json               what the codes stand for, in the words of that day
    manifest.json            the parts of these tables with their hashes
    served.arrow             scores and reasons again, once published, to be read one by one
    told.arrow               the same as they are answered, soon after (``ahead.py``)

The folder appears whole; ``current.json`` is switched by one rename.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.errors import InputError
from credit_risk.explain.ahead import Progress, Told, tell_row, told_in, write_ahead
from credit_risk.explain.graded import Held
from credit_risk.explain.opened import Opened
from credit_risk.explain.rows import Rows
from credit_risk.explain.schema import REASONS_SCHEMA, SCORES_SCHEMA, SERVED_SCHEMA
from credit_risk.explain.served import write_served
from credit_risk.explain.told import Words
from credit_risk.explain.unsaid import NOTHING_LEFT, Unsaid, unsaid
from credit_risk.records import day_of
from credit_risk.records.clock import Moment
from credit_risk.records.store import atomic_path

__all__ = ["SCORES_SCHEMA", "Snapshot", "Snapshots"]

SEEN = 0.01  # seconds for which the published snapshot is not asked for again
FEW_ROWS = 8192  # of one group: tables beside a snapshot are asked for one enterprise
LISTS = [name for name in REASONS_SCHEMA.names if name != "subject"]


class Snapshot:
    """Scores of all enterprises at one t by one model; ``id`` is made of t, model and content.

    The tables are those given, else read from ``folder`` when they are asked for; what was asked for is kept.
    """

    def __init__(
        self,
        id: str,
        model_id: str,
        scores: pd.DataFrame | None = None,
        contributions: pd.DataFrame | None = None,
        indicators: pd.DataFrame | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.id, self.model_id, self.folder = id, model_id, folder
        given = {"scores": scores, "contributions": contributions, "indicators": indicators}
        self._tables = {name: table for name, table in given.items() if table is not None}

    @property
    def scores(self) -> pd.DataFrame:
        """One row an enterprise, by ``SCORES_SCHEMA``, sorted by subject."""
        return self.table("scores")

    @property
    def contributions(self) -> pd.DataFrame:
        """``subject`` and the points of every input, of those that are scorable."""
        return self.table("contributions")

    @property
    def indicators(self) -> pd.DataFrame:
        """``subject`` and the value of every indicator."""
        return self.table("indicators")

    def values(self, names: Iterable[str]) -> pd.DataFrame:
        """Return ``subject`` and those of the indicators ``names`` that the snapshot has; nothing else is read."""
        if "indicators" in self._tables or self.folder is None:
            table = self.indicators
            return table[["subject", *(n for n in names if n in table.columns)]]
        stored = pq.ParquetDataset(self.folder / "indicators.parquet")
        known = set(stored.schema.names)
        table = stored.read(["subject", *(n for n in names if n in known)])
        return table.to_pandas(split_blocks=True, self_destruct=True)  # a million rows are not held twice

    def parts(self, names: Iterable[str], rows: int) -> Iterator[pd.DataFrame]:
        """Return what ``values`` does, at most so many rows at a time and no more of them in memory."""
        if "indicators" in self._tables or self.folder is None:
            table = self.values(names)
            for start in range(0, max(1, len(table)), rows):
                yield table.iloc[start : start + rows].reset_index(drop=True)
            return
        stored = pq.ParquetDataset(self.folder / "indicators.parquet")
        known = ["subject", *(n for n in names if n in set(stored.schema.names))]
        for fragment in stored.fragments:
            for batch in fragment.to_batches(columns=known, batch_size=rows, batch_readahead=1):
                yield pa.Table.from_batches([batch]).to_pandas()

    def reasons(self, subject: str) -> list[dict[str, Any]]:
        """Return the reasons of one enterprise, told; none where the snapshot lacks it."""
        if self.folder is None:
            return []
        row = Snapshots(self.folder.parent).row(self.id, subject)
        return row["reasons"] if row else []

    def table(self, name: str) -> pd.DataFrame:
        """Return a table by name: scores, reasons, contributions or indicators."""
        if name not in self._tables:
            if self.folder is None:
                raise InputError(f"snapshot {self.id}: no table {name} was given")
            self._tables[name] = pq.read_table(self.folder / f"{name}.parquet").to_pandas()
        return self._tables[name]


class Snapshots:
    """The stored and published snapshots of a book."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pointer = str(folder / "current.json")  # asked for at every call
        self._kept: Opened | None = None
        self._tables: dict[tuple[str, str], Rows] = {}
        self._current: tuple[tuple[int, int], str] | None = None
        self._asked = 0.0

    def add(self, snapshot_id: str, name: str, table: pd.DataFrame, schema: pa.Schema) -> None:
        """Store one more table beside a snapshot; one of that name is replaced."""
        arrow = pa.Table.from_pandas(table, schema, preserve_index=False)
        with atomic_path(self.folder / snapshot_id / f"{name}.parquet") as draft:
            pq.write_table(arrow, draft, compression="zstd", row_group_size=FEW_ROWS)

    def publish(self, snapshot_id: str) -> None:
        """Make a stored snapshot the current one, atomically."""
        if not (self.folder / snapshot_id / "scores.parquet").exists():
            raise InputError(f"no snapshot {snapshot_id} in {self.folder}")
        served = self.folder / snapshot_id / "served.arrow"
        if not served.is_file():
            write_served(self._rows(snapshot_id), SERVED_SCHEMA, served)
        with atomic_path(self.folder / "current.json") as draft:
            draft.write_text(json.dumps({"snapshot": snapshot_id}), encoding="utf-8")
        self._current = None
        with (self.folder / "published.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"at": datetime.now().isoformat(), "snapshot": snapshot_id}) + "\n")

    def current(self) -> str | None:
        """Return the id of the published snapshot, None before the first; a new one is seen within ``SEEN`` seconds."""
        asked = time.monotonic()
        if self._current is not None and asked < self._asked + SEEN:
            return self._current[1]
        self._asked = asked
        try:
            now = os.stat(self._pointer)
        except FileNotFoundError:
            return None
        stamp = (now.st_ino, now.st_mtime_ns)  # a rename brings another file
        if self._current is None or self._current[0] != stamp:
            self._current = stamp, str(json.loads(Path(self._pointer).read_text())["snapshot"])
        return self._current[1]

    def read(self, snapshot_id: str, table: str = "scores") -> pd.DataFrame:
        """Return one table of a stored snapshot."""
        return pq.read_table(self._path(snapshot_id, table)).to_pandas()

    def sums(self, snapshot_id: str, of: dict[str, str]) -> pd.DataFrame:
        """Return the points of every scored enterprise added up by what ``of`` maps indicators to, a column each."""
        path = self._path(snapshot_id, "contributions")
        held = [n for n in pq.ParquetDataset(path).schema.names if n in of]
        found = {}
        for whole in sorted({of[n] for n in held}):
            table = pq.read_table(path, columns=[n for n in held if of[n] == whole])
            found[whole] = sum(column.to_numpy().astype(np.float64) for column in table.columns)
        subjects = pq.read_table(path, columns=["subject"]).column("subject").to_pandas()
        return pd.DataFrame(found, index=pd.Index(subjects, name="subject"))

    def row(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return one enterprise's score as plain types (nulls None), None when the snapshot lacks it.

        ``reasons`` are told: a list of reasons with sentences and records, empty where the enterprise is not
        scorable. A published snapshot is mapped; of another one, as rows are sorted by subject, one row group is read.
        """
        found = self.stored_row(snapshot_id, subject)
        if found is None:
            return None
        words = self.words(snapshot_id)
        row = {name: found[name] for name in found if name not in LISTS}
        if words is None:  # a snapshot of the first format has its reasons as JSON
            return row | {"reasons": json.loads(row["reasons"] or "[]")}
        return row | {"reasons": words.tell(found)}

    def stored_row(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return the same with the reasons in the lists as which they are stored."""
        opened = self._open(snapshot_id)
        return opened.served.row(subject) if opened.served else self._search(snapshot_id, subject)

    def told(self, snapshot_id: str, subject: str) -> Told | None:
        """Return one enterprise as it is answered, with everything that may be told to anybody (see ``marked.Cut``).

        None when the snapshot lacks it; also where reasons are stored as they are told (``words`` is None).
        """
        opened = self._open(snapshot_id)
        if opened.teller is None:
            return None
        told = opened.told_ahead(subject)
        row = None if told else self.stored_row(snapshot_id, subject)
        return tell_row(opened.teller, row) if row else told

    def tell_ahead(self, snapshot_id: str, progress: Progress | None = None) -> None:
        """Tell every row of a published snapshot as it is answered, and let go what was told of others.

        Done already, nothing is done.
        """
        folder, words = self.folder / snapshot_id, self._open(snapshot_id).words
        target = folder / "told.arrow"
        if words is not None and not told_in(target):
            write_ahead(folder / "served.arrow", words, target, progress)
        for other in self.folder.glob("*/told.arrow"):
            if other != target:
                other.unlink(missing_ok=True)  # who reads it still reads on

    def words(self, snapshot_id: str) -> Words | None:
        """Return what the codes of stored reasons stand for; None where reasons are stored as they are told."""
        return self._open(snapshot_id).words

    def unsaid(self, snapshot_id: str, subject: str, reasons: Sequence[Mapping[str, Any]]) -> Unsaid:
        """Return what the told ``reasons`` of an enterprise's row leave unsaid; nothing where no points are kept."""
        words = self._open(snapshot_id).words
        if words is None or not reasons:
            return NOTHING_LEFT
        points = self._rows_of(snapshot_id, "contributions").row(subject)
        return unsaid(words, points, reasons) if points else NOTHING_LEFT

    def figures(
        self, snapshot_id: str, subject: str, names: Iterable[str]
    ) -> tuple[dict[str, Any], dict[str, float]]:
        """Return of one enterprise the values of ``names`` (nulls None) and the points of every input."""
        points = self._rows_of(snapshot_id, "contributions").row(subject)
        return self._rows_of(snapshot_id, "indicators").row(subject, names) or {}, points or {}

    def score(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return one enterprise's score as ``row`` does, without the reasons."""
        filters = [("subject", "=", subject)]
        rows = pq.read_table(self._path(snapshot_id, "scores"), filters=filters).to_pylist()
        return {n: v for n, v in rows[0].items() if n != "reasons"} if rows else None

    def stored(self, model_id: str = "*") -> list[str]:
        """Return the ids of all stored snapshots of a model, of every one by default, in order of time."""
        return sorted(path.parent.name for path in self.folder.glob(f"[!.]*-{model_id}-*/scores.parquet"))

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
        earlier = [name for name in self.stored(model_id) if name[:10] < str(day_of(t))]
        return max(earlier) if earlier else None

    def _rows_of(self, snapshot_id: str, table: str) -> Rows:
        """Return a table opened for single rows, kept while that snapshot is asked for."""
        if (snapshot_id, table) not in self._tables:
            kept = {key: rows for key, rows in self._tables.items() if key[0] == snapshot_id}
            self._tables = kept | {(snapshot_id, table): Rows(self._path(snapshot_id, table))}
        return self._tables[snapshot_id, table]

    def _path(self, snapshot_id: str, table: str) -> Path:
        path = self.folder / snapshot_id / f"{table}.parquet"
        if not path.exists():
            raise InputError(f"no snapshot {snapshot_id}", hint="score first: credit-risk score --as-of DATE")
        return path

    def _open(self, snapshot_id: str) -> Opened:
        """Return a snapshot opened for single rows, and keep the last one that was asked for."""
        kept = self._kept
        if kept is None or kept.id != snapshot_id or kept.served is None:
            kept = self._kept = Opened.of(self._path(snapshot_id, "scores").parent)
        return kept

    def _search(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        row: dict[str, Any] = {}
        for name in ("scores", "reasons"):
            path = self.folder / snapshot_id / f"{name}.parquet"
            if name == "scores" or path.exists():
                rows = pq.read_table(path, filters=[("subject", "=", subject)]).to_pylist()
                if not rows:
                    return None
                row |= rows[0]
        return row

    def _rows(self, snapshot_id: str) -> Iterator[pa.Table]:
        scores = self.folder / snapshot_id / "scores.parquet"
        for path in sorted(scores.glob("*.parquet")):
            table = pq.read_table(path)
            reasons = pq.read_table(scores.with_name("reasons.parquet") / path.name)
            # Parquet knows no whole seconds, and a moment is told to the second
            reasons = reasons.select(REASONS_SCHEMA.names).cast(REASONS_SCHEMA)
            for name in LISTS:
                table = table.append_column(name, reasons[name])
            yield table
