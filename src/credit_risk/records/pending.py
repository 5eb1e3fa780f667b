"""Rows of the inbox that are not yet folded into Parquet, as Arrow tables of their type."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine, select

from credit_risk.store import open_store, reading
from credit_risk.store.engine import URL
from credit_risk.store.tables import inbox

__all__ = ["Pending"]


class Pending:
    """The inbox table of one book, read by type. A book without a store has nothing pending."""

    def __init__(self, var: Path) -> None:
        self.var = var

    @property
    def store(self) -> Engine:
        """The operational store, made if it is missing."""
        return open_store(self.var)

    def exists(self) -> bool:
        """Tell whether there is a store to ask."""
        return URL in os.environ or (self.var / "operational.db").exists()

    def kinds(self) -> frozenset[str]:
        """Return the types that have pending rows."""
        if not self.exists():
            return frozenset()
        with reading(self.store).connect() as connection:
            return frozenset(connection.execute(select(inbox.c.kind).distinct()).scalars())

    def rows(self, kind: str, schema: pa.Schema) -> dict[str | None, pa.Table]:
        """Return the pending rows of a type by the batch that they are being folded into (None: not yet)."""
        if not self.exists():
            return {}
        wanted = select(inbox.c.fold, inbox.c.row).where(inbox.c.kind == kind).order_by(inbox.c.number)
        with reading(self.store).connect() as connection:
            found = connection.execute(wanted).all()
        by_fold: dict[str | None, list[dict[str, str | None]]] = {}
        for fold, row in found:
            by_fold.setdefault(fold, []).append(json.loads(row))
        return {fold: _typed(rows, schema) for fold, rows in by_fold.items()}


def _typed(rows: list[dict[str, str | None]], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in schema.names]
    return pa.table(columns, names=schema.names).cast(schema)
