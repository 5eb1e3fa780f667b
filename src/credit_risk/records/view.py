"""The pool seen otherwise: with records supposed that nobody reported, or with some left out. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from credit_risk.errors import Fault
from credit_risk.records.sql import lay
from credit_risk.records.store import Pool

__all__ = ["View"]

Only = Callable[[str, ir.Table], ir.BooleanValue]


class View(Pool):
    """A pool that reads another one.

    Parameters
    ----------
    base
        The pool that is read; its connection is shared.
    added
        Rows by type that are supposed to stand in the pool as well, in the type's schema.
    only
        Takes a type and its rows and tells which of them are seen; everything when left out.

    """

    def __init__(
        self, base: Pool, added: Mapping[str, pa.Table] | None = None, only: Only | None = None
    ) -> None:
        self.base, self.added, self.only = base, dict(added or {}), only
        self.rules, self.folder, self.connection = base.rules, base.folder, base.connection
        self.pending = base.pending

    def scan(self, kind: str) -> ibis.Table:
        """Return all rows of a type as this view sees them."""
        rows = self.base.scan(kind)
        if kind in self.added:
            rows = rows.union(ibis.memtable(self.added[kind].cast(self.schema(kind))).cast(rows.schema()))
        return rows.filter(self.only(kind, rows)) if self.only else rows

    def select(
        self,
        connection: duckdb.DuckDBPyConnection,
        kind: str,
        name: str,
        waiting: Collection[str] | None = None,
    ) -> str:
        """Return SQL of all rows of a type as this view sees them."""
        if kind not in self.added and not self.only:
            return self.base.select(connection, kind, name, waiting)
        self.base.show(connection, kind, f"{name}_base", waiting)
        schema = ibis.Schema.from_pyarrow(self.schema(kind))
        rows = ibis.table(schema, name=f"{name}_base")
        if kind in self.added:
            lay(connection, f"{name}_added", self.added[kind].cast(self.schema(kind)))
            rows = rows.union(ibis.table(schema, name=f"{name}_added"))
        if self.only:
            rows = rows.filter(self.only(kind, rows))
        return str(ibis.to_sql(rows, dialect="duckdb"))

    def holds(self, kind: str, waiting: Collection[str] | None = None) -> bool:
        """Tell whether there may be rows of a type."""
        return kind in self.added or self.base.holds(kind, waiting)

    def write(self, kind: str, name: str, table: pa.Table) -> Path:
        """Refuse: what is supposed is never stored."""
        raise Fault(f"a view is not written to ({kind}/{name})")
