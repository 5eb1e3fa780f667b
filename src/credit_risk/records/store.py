"""The pool on disk: append-only Parquet, one folder a type, one file a batch.

A batch is written under a temporary name, flushed and renamed, so a reader sees all of it or nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from credit_risk.book import Rules
from credit_risk.records.envelope import record_schema, relation_schema

__all__ = ["Pool", "atomic_path"]


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside ``target``; on success flush it to disk and rename it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


class Pool:
    """All stored batches of one book and a DuckDB connection that reads them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.folder = rules.var / "pool"
        self.connection: Backend = ibis.duckdb.connect(preserve_insertion_order=False)
        with contextlib.suppress(
            duckdb.InvalidInputException
        ):  # a notebook without widgets has no bar to take away
            self.connection.raw_sql("SET enable_progress_bar = false")

    def type_folder(self, kind: str) -> Path:
        """Return the folder of a record or relation type."""
        return self.folder / kind

    def files(self, kind: str) -> list[Path]:
        """Return the batches of a type in name order; drafts are hidden files and never listed."""
        return sorted(self.type_folder(kind).glob("[!.]*.parquet"))

    def holds(self, kind: str) -> bool:
        """Tell whether any batch of a type is stored."""
        return bool(self.files(kind))

    def scan(self, kind: str) -> ibis.Table:
        """Return all versions of all records (or relations) of a type, unfiltered.

        Never use it to answer a question about time: that is what ``as_of`` is for.
        """
        files = self.files(kind)
        if not files:
            return ibis.memtable(self.schema(kind).empty_table())
        return self.connection.read_parquet([str(path) for path in files])

    def show(self, connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> None:
        """Make the temporary view ``name`` of all rows of a type on a connection."""
        files = self.files(kind)
        if files:
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
            rows = f"SELECT * FROM read_parquet([{listed}])"
        else:
            connection.register(f"{name}_empty", self.schema(kind).empty_table())
            rows = f'SELECT * FROM "{name}_empty"'
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {rows}')

    def schema(self, kind: str) -> pa.Schema:
        """Return the Arrow schema of a type."""
        if kind in self.rules.records:
            return record_schema(self.rules.records[kind])
        return relation_schema()

    def write(self, kind: str, name: str, table: pa.Table) -> Path:
        """Store one batch; a batch of that name is replaced."""
        target = self.type_folder(kind) / f"{name}.parquet"
        with atomic_path(target) as draft:
            pq.write_table(table.cast(self.schema(kind)), draft, compression="zstd")
        return target

    def state_hash(self) -> str:
        """Return a hash of the content of the pool (batch names carry content hashes)."""
        digest = hashlib.sha256()
        for kind in [*self.rules.records, *self.rules.relations]:
            for path in self.files(kind):
                digest.update(f"{kind}/{path.name}:{path.stat().st_size}\n".encode())
        return digest.hexdigest()
