"""Rows of a pool held in memory: what was read once for a few enterprises is asked many times."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Collection, Iterable
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa

from credit_risk.records.sql import identifier
from credit_risk.records.store import Pool
from credit_risk.records.view import View

__all__ = ["Held"]

_numbers = itertools.count(1)


class Held(View):
    """A view of a pool that sees only the rows that were kept of it, in a schema of the pool's engine.

    Parameters
    ----------
    base
        The pool that the rows are read from.
    whose
        The enterprises whose records are held, all of them.

    """

    def __init__(self, base: Pool, whose: Iterable[str]) -> None:
        super().__init__(base)
        self.whose, self.place = frozenset(whose), f"held_{next(_numbers)}"
        engine = base.cursor()
        engine.execute(f"CREATE SCHEMA {self.place}")
        self._end = weakref.finalize(self, _drop, engine, self.place)

    def table(self, kind: str) -> str:
        """Return the name of the table that holds the rows of a type."""
        return f"{self.place}.{identifier(f'pool_{kind}')}"

    def keep(self, connection: duckdb.DuckDBPyConnection, kind: str, rows: str) -> None:
        """Hold what a SELECT returns on a connection as the rows of a type."""
        connection.execute(f"CREATE TABLE {self.table(kind)} AS {rows}")

    def has(self, connection: duckdb.DuckDBPyConnection, kind: str, record_ids: Collection[str]) -> bool:
        """Tell whether a record of these ids is held of a type."""
        asked = f"SELECT 1 FROM {self.table(kind)} WHERE record_id IN (SELECT unnest(?)) LIMIT 1"
        return connection.execute(asked, [sorted(record_ids)]).fetchone() is not None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own that finds the tables by the names that plans give them."""
        connection = super().cursor()
        connection.execute(f"SET search_path = '{self.place}'")
        return connection

    def scan(self, kind: str) -> ibis.Table:
        """Return all rows held of a type."""
        return self.connection.table(f"pool_{kind}", database=self.place)

    def show(
        self,
        connection: duckdb.DuckDBPyConnection,
        kind: str,
        name: str,
        waiting: Collection[str] | None = None,
    ) -> None:
        """Make the temporary view ``name`` of all rows held of a type, where that is not the table's own name."""
        if name != f"pool_{kind}":
            connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM {self.table(kind)}')

    def select(
        self,
        connection: duckdb.DuckDBPyConnection,
        kind: str,
        name: str,
        waiting: Collection[str] | None = None,
    ) -> str:
        """Return SQL of all rows held of a type."""
        return f"SELECT * FROM {self.table(kind)}"

    def unfolded(
        self, kind: str, waiting: Collection[str] | None = None
    ) -> tuple[pa.Table | None, list[Path]]:
        """Return the rows held of a type; there are no batches."""
        with self.connection.con.cursor() as connection:
            rows = connection.execute(f"SELECT * FROM {self.table(kind)}").to_arrow_table()
        return (rows if len(rows) else None), []

    def holds(self, kind: str, waiting: Collection[str] | None = None) -> bool:
        """Tell whether there may be rows of a type."""
        return True


def _drop(engine: duckdb.DuckDBPyConnection, place: str) -> None:
    engine.execute(f"DROP SCHEMA IF EXISTS {place} CASCADE")
    engine.close()
