"""The pool's tables by name only: expressions are written over an outline and run over a real pool later."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import ibis
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.errors import Fault
from credit_risk.records.store import Pool

__all__ = ["Outline"]


class Outline(Pool):
    """A pool without rows or connection. ``used`` maps the types that were looked at to the names they go by."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.used: dict[str, str] = {}

    def scan(self, kind: str) -> ibis.Table:
        """Return the type's table by name."""
        self.used[kind] = f"pool_{kind}"
        return ibis.table(ibis.Schema.from_pyarrow(self.schema(kind)), name=self.used[kind])

    def holds(self, kind: str, waiting: Collection[str] | None = None) -> bool:
        """Tell that every type may have rows."""
        return True

    def write(self, kind: str, name: str, table: pa.Table) -> Path:
        """Refuse: an outline holds nothing."""
        raise Fault(f"an outline is not written to ({kind}/{name})")
