"""Tables that live only as long as one computation."""

from __future__ import annotations

from itertools import count
from types import TracebackType

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

__all__ = ["Scratch"]

_serial = count()


class Scratch:
    """Computes tables once, keeps them as temporary tables of the connection, drops them at the end."""

    def __init__(self, connection: Backend) -> None:
        self.connection = connection
        self.kept: list[str] = []

    def keep(self, table: ir.Table) -> ir.Table:
        """Compute ``table`` and return the stored result."""
        self.kept.append(f"scratch_{next(_serial)}")
        return self.connection.create_table(self.kept[-1], table, temp=True)

    def __enter__(self) -> Scratch:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self.kept:
            self.connection.drop_table(self.kept.pop(), force=True)
