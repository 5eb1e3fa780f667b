"""A place for rows of a pool of which the same is asked again and again, first of these enterprises and then of those.

Over a handful of rows, planning a statement takes longer than running it. Here the tables stay and only their rows
change, so every statement is planned once (``PREPARE``) and then run for whoever is held.

DuckDB (1.5) plans by what its statistics say of the rows at that time and keeps to it when the rows have changed: rows
that were added are not found (issues 23704 and 24182; pull request 24696 plans what is prepared without statistics).
So statistics are left out in the engine of such a pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from credit_risk.features.plan import SUBJECTS, Plan
from credit_risk.records import Pool
from credit_risk.records.clock import Moment
from credit_risk.records.held import Held
from credit_risk.records.sql import identifier

__all__ = ["Standing"]

SWEPT = 20  # times the rows are replaced before what DuckDB keeps of the old ones is swept out
RESULT = "result"


class Standing(Held):
    """Held rows that are replaced again and again; for one thread at a time.

    Parameters
    ----------
    base
        The pool that the rows are read from, of this thread alone.
    t
        The moment at which is asked.

    """

    def __init__(self, base: Pool, t: Moment) -> None:
        super().__init__(base, ())
        self.t = t
        self.engine = base.cursor()
        self.engine.execute("SET disabled_optimizers = 'statistics_propagation'")
        for kind in [*self.rules.records, *self.rules.relations]:
            no_rows = self.schema(kind).empty_table()  # noqa: F841  read by name
            self.engine.execute(f"CREATE TABLE {self.table(kind)} AS SELECT * FROM no_rows")
        self._filled = 0
        self._prepared: dict[int, _Prepared] = {}

    def holding(self, whose: Iterable[str]) -> Standing:
        """Forget what was held and hold ``whose`` from now on, whose rows are kept next."""
        self.whose = frozenset(whose)
        for kind in [*self.rules.records, *self.rules.relations]:
            self.engine.execute(f"TRUNCATE {self.table(kind)}")
        self._filled += 1
        if self._filled % SWEPT == 0:
            self.engine.execute("CHECKPOINT memory")
            for prepared in self._prepared.values():
                prepared.connection.execute("CHECKPOINT temp")
        return self

    def keep(self, connection: duckdb.DuckDBPyConnection, kind: str, rows: str) -> None:
        """Hold what a SELECT returns on a connection as the rows of a type."""
        connection.execute(f"INSERT INTO {self.table(kind)} BY NAME {rows}")

    def answer(self, plan: Plan, subjects: Iterable[str], networks: Mapping[str, pa.Table]) -> pa.Table:
        """Return the result of a plan for ``subjects`` (duplicates removed); ``networks`` gives those it needs."""
        if id(plan) not in self._prepared:
            self._prepared[id(plan)] = _Prepared(self, plan)
        return self._prepared[id(plan)].run(sorted(set(subjects)), networks)


class _Prepared:
    """A plan on a connection of its own: its tables are emptied and filled again by prepared statements.

    All tables are there before anything is prepared: DuckDB plans a statement anew whenever tables came after it.
    """

    def __init__(self, pool: Standing, plan: Plan) -> None:
        self.plan, self.connection = plan, pool.cursor()
        for name, literal in plan.asked.variables(pool.t).items():
            self.connection.execute(f"SET VARIABLE {name} = {literal}")
        for kind, name in plan.reads.items():
            pool.show(self.connection, kind, name)
        self.begun = False

    def run(self, subjects: Sequence[str], networks: Mapping[str, pa.Table]) -> pa.Table:
        """Return the result for sorted subjects."""
        given = {SUBJECTS: pa.table({"subject": pa.array(subjects, pa.string())})}
        given |= {self.plan.networks[name]: table for name, table in networks.items()}
        if not self.begun:
            self._begin(given)
        self.connection.execute("BEGIN")
        try:
            found = self._run(given)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        return found

    def _run(self, given: Mapping[str, pa.Table]) -> pa.Table:
        for name, rows in given.items():  # noqa: B007  read by name
            self.connection.execute(f"TRUNCATE {identifier(name)}")
            self.connection.execute(f"INSERT INTO {identifier(name)} BY NAME SELECT * FROM rows")
        for name, _ in self.plan.steps:
            self.connection.execute(f"TRUNCATE {identifier(name)}")
            self.connection.execute(f"EXECUTE {_filling(name)}")
        return self.connection.execute(f"EXECUTE {_filling(RESULT)}").to_arrow_table()

    def _begin(self, given: Mapping[str, pa.Table]) -> None:
        for name, rows in given.items():  # noqa: B007  read by name
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS SELECT * FROM rows LIMIT 0"
            )
        for name, statement in self.plan.steps:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS {statement} LIMIT 0")
        for name, statement in self.plan.steps:
            filled = f"INSERT INTO {identifier(name)} {statement}"
            self.connection.execute(f"PREPARE {_filling(name)} AS {filled}")
        self.connection.execute(f"PREPARE {_filling(RESULT)} AS {self.plan.result}")
        self.begun = True


def _filling(name: str) -> str:
    return identifier(f"filling {name}")
