"""What a catalogue computes, written as SQL once and run for any pool, subjects and moment.

Turning a catalogue into SQL takes far longer than running it for one enterprise. So the statements are written over
names of tables (``Outline``) and of the moment (``Asked``); a run puts in what they stand for. Every run has a
connection of its own: its tables are seen by nobody else and are gone with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records
from credit_risk.records.clock import Moment
from credit_risk.records.outline import Outline
from credit_risk.records.when import Asked, When

__all__ = ["Plan", "Writer"]

SUBJECTS = "asked_subjects"


@dataclass(frozen=True)
class Plan:
    """The statements in order, the tables of the pool they read, and the moment they are asked at."""

    steps: tuple[tuple[str, str], ...]
    result: str
    schema: pa.Schema
    reads: dict[str, str]
    asked: Asked

    def run(self, pool: Pool, subjects: Sequence[str], t: Moment) -> pa.Table:
        """Return the result for ``subjects`` (duplicates removed) as known at t."""
        connection = pool.connection.con.cursor()
        try:
            connection.execute("SET enable_progress_bar = false")
            for name, literal in self.asked.variables(t).items():
                connection.execute(f"SET VARIABLE {name} = {literal}")
            for kind, name in self.reads.items():
                pool.show(connection, kind, name)
            observed = pa.table({"subject": pa.array(sorted(set(subjects)), pa.string())})
            connection.register(SUBJECTS, observed)
            for name, statement in self.steps:
                connection.execute(f'CREATE TEMP TABLE "{name}" AS {statement}')
            return connection.execute(self.result).to_arrow_table().cast(self.schema)
        finally:
            connection.close()


class _KeptRecords(Records):
    """Records whose ended ones are computed once for all types."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.outline)
        self.writer, self.kept = writer, dict[tuple[str, ...], ir.Table | None]()

    def ended(self, t: When, lives: Sequence[str]) -> ir.Table | None:
        """Return the record ids that life records ended, as a kept table."""
        key = tuple(sorted(lives))
        if key not in self.kept:
            ended = super().ended(t, lives)
            self.kept[key] = None if ended is None else self.writer.keep(ended.distinct())
        return self.kept[key]


class Writer:
    """Collects the statements of a plan while expressions are built over its records and graph."""

    def __init__(self, rules: Rules) -> None:
        self.outline, self.asked = Outline(rules), Asked()
        self.records = _KeptRecords(self)
        self.graph = Graph(self.outline, self.records)
        self.subjects = ibis.table({"subject": "string"}, name=SUBJECTS)
        self.steps: list[tuple[str, str]] = []

    def keep(self, table: ir.Table) -> ir.Table:
        """Add a statement that stores ``table``; return the stored result by name."""
        name = f"step_{len(self.steps)}"
        self.steps.append((name, ibis.to_sql(table, dialect="duckdb")))
        return ibis.table(table.schema(), name=name)

    def plan(self, table: ir.Table) -> Plan:
        """Return the plan that ends with ``table``."""
        result = ibis.to_sql(table, dialect="duckdb")
        return Plan(tuple(self.steps), result, table.schema().to_pyarrow(), self.outline.used, self.asked)
