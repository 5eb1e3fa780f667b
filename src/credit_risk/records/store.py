"""The pool on disk: append-only Parquet, one folder a type, one file a batch.

A batch is written under a temporary name, flushed and renamed, so a reader sees all of it or nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from credit_risk.book import Rules
from credit_risk.records.batches import alike, rows_of
from credit_risk.records.envelope import record_schema, relation_schema
from credit_risk.records.pending import Pending
from credit_risk.records.sql import ROW_GROUP, hush, lay

__all__ = ["Pool", "atomic_path"]


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target``; on success flush it to disk and rename it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.draft")
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(target)
        _flush_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Make a rename last: the folder's own entry is on disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Pool:
    """All stored batches of one book, its inbox, and a DuckDB connection that reads them.

    A batch that was merged into another is hidden from the moment on at which that one is there: the merged batch is
    named ``merged-*`` and lists in a file beside it whom it replaces. What is pending in the inbox is read before the
    folder is, so that a row that is just being folded is seen once: as pending or as stored.
    """

    _seen: dict[str, tuple[pa.Table | None, list[Path]]] | None = None

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.folder = rules.var / "pool"
        self.pending = Pending(rules.var)
        self.connection: Backend = ibis.duckdb.connect(preserve_insertion_order=False)
        hush(self.connection.con)

    def type_folder(self, kind: str) -> Path:
        """Return the folder of a record or relation type."""
        return self.folder / kind

    def files(self, kind: str) -> list[Path]:
        """Return the batches of a type in name order; drafts are hidden files and never listed."""
        found = sorted(self.type_folder(kind).glob("[!.]*.parquet"))
        gone = self._replaced(found)
        return [path for path in found if path.stem not in gone]

    def stored(self, kind: str, batch: str) -> bool:
        """Tell whether a batch of that name is there, by itself or merged into another."""
        files = self.files(kind)
        return batch in {path.stem for path in files} | self._replaced(files)

    def replaced_by(self, path: Path) -> list[str]:
        """Return the names of all batches that a batch holds merged, directly or through others."""
        if not path.name.startswith("merged-"):
            return []
        names: list[str] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        return names

    def _replaced(self, found: list[Path]) -> set[str]:
        return {name for path in found for name in self.replaced_by(path)}

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer of the pool; a second one waits."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".writer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def still(self) -> Iterator[None]:
        """See the pool until the end as it is now: inbox and folder of a type are read once, when first asked for.

        For one thread that has the pool to itself and asks many questions of the same moment.
        """
        self._seen = {}
        try:
            yield
        finally:
            self._seen = None

    def unfolded(
        self, kind: str, waiting: Collection[str] | None = None
    ) -> tuple[pa.Table | None, list[Path]]:
        """Return the rows that are in the inbox and in no batch (None if there are none), and the batches.

        Whoever asks of many types asks the inbox once which have any (``Pending.kinds``) and says so by ``waiting``.
        """
        if self._seen is None:
            return self._unfolded(kind, waiting)
        if kind not in self._seen:
            self._seen[kind] = self._unfolded(kind, waiting)
        return self._seen[kind]

    def _unfolded(
        self, kind: str, waiting: Collection[str] | None = None
    ) -> tuple[pa.Table | None, list[Path]]:
        asked = waiting is None or kind in waiting
        by_fold = self.pending.rows(kind, self.schema(kind)) if asked else {}
        files = self.files(kind)
        if not by_fold:
            return None, files
        stored = {path.stem for path in files} | self._replaced(files)
        parts = [rows for fold, rows in by_fold.items() if fold not in stored]
        return (pa.concat_tables(parts) if parts else None), files

    def holds(self, kind: str, waiting: Collection[str] | None = None) -> bool:
        """Tell whether any row of a type is stored or pending."""
        pending, files = self.unfolded(kind, waiting)
        return bool(files) or pending is not None

    def scan(self, kind: str) -> ibis.Table:
        """Return all versions of all records (or relations) of a type, unfiltered.

        Never use it to answer a question about time: that is what ``as_of`` is for.
        """
        pending, files = self.unfolded(kind)
        if not files:
            return ibis.memtable(self.schema(kind).empty_table() if pending is None else pending)
        if alike(self.rules, kind, files):
            stored = self.connection.read_parquet([str(path) for path in files])
        else:
            stored = self.connection.sql(rows_of(self.rules, kind, files))
        return stored if pending is None else stored.union(ibis.memtable(pending))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own that reads the pool; what it stores for a while is seen by nobody else."""
        connection = self.connection.con.cursor()
        hush(connection)
        return connection

    def show(
        self,
        connection: duckdb.DuckDBPyConnection,
        kind: str,
        name: str,
        waiting: Collection[str] | None = None,
    ) -> None:
        """Make the temporary view ``name`` of all rows of a type on a connection."""
        rows = self.select(connection, kind, name, waiting)
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {rows}')

    def select(
        self,
        connection: duckdb.DuckDBPyConnection,
        kind: str,
        name: str,
        waiting: Collection[str] | None = None,
    ) -> str:
        """Return SQL of all rows of a type, to be run on a connection; what is pending goes by ``name`` there."""
        pending, files = self.unfolded(kind, waiting)
        parts = []
        if files:
            parts.append(rows_of(self.rules, kind, files))
        if pending is not None or not files:
            rows = self.schema(kind).empty_table() if pending is None else pending
            lay(connection, f"{name}_pending", rows)
            parts.append(f'SELECT * FROM "{name}_pending"')
        return " UNION ALL ".join(parts)

    def schema(self, kind: str) -> pa.Schema:
        """Return the Arrow schema of a type."""
        if kind in self.rules.records:
            return record_schema(self.rules.records[kind])
        return relation_schema()

    def write(self, kind: str, name: str, table: pa.Table) -> Path:
        """Store one batch; a batch of that name is replaced."""
        target = self.type_folder(kind) / f"{name}.parquet"
        with atomic_path(target) as draft:
            pq.write_table(table.cast(self.schema(kind)), draft, compression="zstd", row_group_size=ROW_GROUP)
        return target

    def state_hash(self, kinds: Iterable[str] | None = None, pending: bool = True) -> str:
        """Return a hash of what the pool holds, of some types if named, without what is pending if not wanted.

        Batch names carry content hashes, pending rows versions.
        """
        digest = hashlib.sha256()
        for kind in kinds if kinds is not None else [*self.rules.records, *self.rules.relations]:
            rows, files = self.unfolded(kind)
            for path in files:
                digest.update(f"{kind}/{path.name}:{path.stat().st_size}\n".encode())
            if pending and rows is not None:
                digest.update("".join(sorted(rows["version"].to_pylist())).encode())
        return digest.hexdigest()
