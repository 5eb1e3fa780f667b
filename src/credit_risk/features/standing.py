"""A place for rows of a pool that are asked the same questions again and again, first of these and then of those.

Over a handful of rows, planning a statement takes longer than running it. Here the tables stay and only their rows
change, so every statement is planned once (``PREPARE``) and then run for whoever is held.

DuckDB (1.5) plans by what its statistics say of the rows at that time and keeps to it when the rows have changed: rows
that were added are not found (issues 23704 and 24182; pull request 24696 plans what is prepared without statistics).
So statistics are left out in the engine of such a pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

from credit_risk.features.plan import Plan
from credit_risk.features.session import Session
from credit_risk.records import Pool
from credit_risk.records.clock import Moment
from credit_risk.records.held import Held
from credit_risk.records.sql import identifier

__all__ = ["Standing", "session_of"]

SWEPT = 200  # times the rows are replaced before what DuckDB keeps of the old ones is swept out


class Standing(Held):
    """Held rows that are replaced at every ``keep``; for one thread at a time.

    Parameters
    ----------
    base
        The pool that the rows are read from, of this thread alone.

    """

    def __init__(self, base: Pool) -> None:
        super().__init__(base, ())
        self.engine = base.cursor()
        self.engine.execute("SET disabled_optimizers = 'statistics_propagation'")
        for kind in [*self.rules.records, *self.rules.relations]:
            rows = self.schema(kind).empty_table()
            self.engine.register("no_rows", rows)
            self.engine.execute(f"CREATE TABLE {self.table(kind)} AS SELECT * FROM no_rows")
        self.engine.unregister("no_rows")
        self._filled = 0
        self._sessions: dict[Moment, _Prepared] = {}

    def holding(self, whose: Iterable[str]) -> Standing:
        """Forget what was held and hold ``whose`` from now on, whose rows are kept next."""
        self.whose = frozenset(whose)
        for kind in [*self.rules.records, *self.rules.relations]:
            self.engine.execute(f"TRUNCATE {self.table(kind)}")
        self._filled += 1
        if self._filled % SWEPT == 0:
            self.engine.execute("CHECKPOINT memory")
            for session in self._sessions.values():
                session.sweep()
        return self

    def keep(self, connection: duckdb.DuckDBPyConnection, kind: str, rows: str) -> None:
        """Hold what a SELECT returns on a connection as the rows of a type."""
        connection.execute(f"INSERT INTO {self.table(kind)} BY NAME {rows}")

    def session(self, t: Moment) -> Session:
        """Return a session at t: the one that stays, or a new one while that is in use."""
        if t not in self._sessions:
            self._sessions[t] = _Prepared(self, t)
        return Session(self, t) if self._sessions[t].used else self._sessions[t].taken()


class _Prepared(Session):
    """A session that stays. What is stored lasts as long as it is taken; the tables and the statements last."""

    def __init__(self, pool: Standing, t: Moment) -> None:
        super().__init__(pool, t)
        self.places: dict[int | None, _Place] = {}
        self.given: dict[str, pa.Table] = {}
        self.used = False

    def taken(self) -> _Prepared:
        """Take the session into use, with nothing stored and nothing given."""
        self.used, self.given, self.subjects = True, {}, None
        for place in self.places.values():
            place.stored.clear()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.used = False

    def give(self, name: str, table: pa.Table) -> None:
        """Let plans find a table under a name."""
        self.given[name] = table

    def run(
        self, plan: Plan, subjects: Iterable[str], networks: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """Return the result of a plan for ``subjects`` (duplicates removed); ``networks`` gives those it needs."""
        self.ask(subjects)
        tables = {plan.networks[name]: table for name, table in (networks or {}).items()}
        return self._place(plan).run(plan, self.given | tables)

    def sweep(self) -> None:
        """Sweep out what DuckDB keeps of rows that were replaced."""
        for place in self.places.values():
            place.connection.execute("CHECKPOINT temp")

    def _place(self, plan: Plan) -> _Place:
        """Return the place of a plan: one of its own, or that of all that store only what they share."""
        key = id(plan) if plan.alone else None
        if key not in self.places:
            self.places[key] = _Place(self.pool, self.t, plan)
        return self.places[key]


class _Place:
    """A connection with tables that are emptied and filled again by prepared statements.

    A statement that was prepared before another table was made is planned anew each time it is run, so it is prepared
    again then.
    """

    def __init__(self, pool: Pool, t: Moment, first: Plan) -> None:
        self.pool, self.t, self.connection = pool, t, pool.cursor()
        self.first = first  # whose place it is: kept, so that no other goes by its identity
        self.made: set[str] = set()
        self.given: dict[str, pa.Table] = {}
        self.tables = 0
        self.prepared: dict[str, int] = {}
        self.known: set[str] = set()
        self.stored: set[str] = set()

    def run(self, plan: Plan, given: Mapping[str, pa.Table]) -> pa.Table:
        """Return the result of a plan over what is given by name."""
        for name, literal in plan.asked.variables(self.t).items():
            if name not in self.known:
                self.connection.execute(f"SET VARIABLE {name} = {literal}")
                self.known.add(name)
        for kind, name in plan.reads.items():
            if name not in self.known:
                self.pool.show(self.connection, kind, name)
                self.known.add(name)
        for name, table in given.items():
            self._give(name, table)
        self.connection.execute("BEGIN")
        try:
            for name, statement in plan.steps:
                if name not in self.stored:
                    self._store(name, statement)
            return self._execute(plan.result, plan.result).to_arrow_table()
        finally:
            self.connection.execute("COMMIT")

    def _give(self, name: str, rows: pa.Table) -> None:
        if self.given.get(name) is rows:
            return
        if name in self.given:
            self.connection.execute(f"TRUNCATE {identifier(name)}")
            self.connection.execute(f"INSERT INTO {identifier(name)} BY NAME SELECT * FROM rows")
        else:
            self.connection.execute(f"CREATE TEMP TABLE {identifier(name)} AS SELECT * FROM rows")
            self.tables += 1
        self.given[name] = rows

    def _store(self, name: str, statement: str) -> None:
        table = identifier(name)
        if name in self.made:
            self.connection.execute(f"TRUNCATE {table}")
            self._execute(name, f"INSERT INTO {table} {statement}")
        else:
            self.connection.execute(f"CREATE TEMP TABLE {table} AS {statement}")
            self.made.add(name)
            self.tables += 1
        self.stored.add(name)

    def _execute(self, what: str, statement: str) -> Any:
        """Run a statement that is prepared under a name of its own."""
        name = identifier(f"asked {what}")
        if self.prepared.get(what) != self.tables:
            self.connection.execute(f"PREPARE {name} AS {statement}")
            self.prepared[what] = self.tables
        return self.connection.execute(f"EXECUTE {name}")


def session_of(pool: Pool, t: Moment) -> Session:
    """Return a session over a pool at t: one that is prepared where the pool stands for many questions."""
    return pool.session(t) if isinstance(pool, Standing) else Session(pool, t)
