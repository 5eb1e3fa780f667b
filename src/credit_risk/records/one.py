"""The records of a few enterprises, fast: the statement of ``as_of`` is written once a type and run again and again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import pyarrow as pa

from credit_risk.records.as_of import Records
from credit_risk.records.clock import Moment
from credit_risk.records.outline import Outline
from credit_risk.records.sql import hush
from credit_risk.records.store import Pool
from credit_risk.records.when import Asked

__all__ = ["Quick"]

SUBJECTS = "quick_subjects"


@dataclass(frozen=True)
class _Statement:
    sql: str
    reads: dict[str, str]
    asked: Asked


class Quick:
    """Answers ``as_of`` for a few enterprises. Not for several threads at once: one a thread."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.connection = pool.connection.con.cursor()
        hush(self.connection)
        self.connection.execute("SET parquet_metadata_cache = true")
        self.known: dict[str, _Statement] = {}
        self.shown: dict[str, tuple[str, ...]] = {}

    def as_of(self, kind: str, t: Moment, subjects: Iterable[str]) -> pa.Table:
        """Return what ``Records.as_of(kind, t, subjects)`` returns, as an Arrow table in no particular order."""
        statement = self.known.get(kind) or self._write(kind)
        for name, literal in statement.asked.variables(t).items():
            self.connection.execute(f"SET VARIABLE {name} = {literal}")
        for one, name in statement.reads.items():
            self._show(one, name)
        asked = pa.table({"subject": pa.array(sorted(set(subjects)), pa.string())})
        self.connection.register(SUBJECTS, asked)
        return self.connection.execute(statement.sql).to_arrow_table()

    def _write(self, kind: str) -> _Statement:
        outline, asked = Outline(self.pool.rules), Asked()
        subjects = ibis.table({"subject": "string"}, name=SUBJECTS)
        rows = Records(outline).as_of(kind, asked, subjects)
        sql = ibis.to_sql(rows, dialect="duckdb")
        self.known[kind] = _Statement(str(sql), dict(outline.used), asked)
        return self.known[kind]

    def _show(self, kind: str, name: str) -> None:
        """Make the view of a type again only when its batches changed or something is pending."""
        pending, files = self.pool.unfolded(kind)
        state = (*map(str, files), "" if pending is None else str(pending["version"].to_pylist()))
        if self.shown.get(name) != state:
            self.pool.show(self.connection, kind, name)
            self.shown[name] = state
