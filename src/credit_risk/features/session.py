"""Runs plans over a pool at one moment, on a connection of its own: its tables are seen by nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType

import pyarrow as pa

from credit_risk.features.plan import SUBJECTS, Plan
from credit_risk.records import Pool
from credit_risk.records.clock import Moment

__all__ = ["Session"]


class Session:
    """A connection with the moment set; tables that one plan stored are there for the next. A context manager."""

    def __init__(self, pool: Pool, t: Moment) -> None:
        self.pool, self.t = pool, t
        self.connection = pool.cursor()
        self.waiting = pool.pending.kinds()
        self.variables: set[str] = set()
        self.shown: set[str] = set()
        self.stored: set[str] = set()
        self.subjects: Iterable[str] | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()

    def run(
        self, plan: Plan, subjects: Iterable[str], networks: Mapping[str, pa.Table] | None = None
    ) -> pa.Table:
        """Return the result of a plan for ``subjects`` (duplicates removed); ``networks`` gives those it needs."""
        for name, table in (networks or {}).items():
            self.connection.register(plan.networks[name], table)
        for name, literal in plan.asked.variables(self.t).items():
            if name not in self.variables:
                self.connection.execute(f"SET VARIABLE {name} = {literal}")
                self.variables.add(name)
        for kind, name in plan.reads.items():
            if name not in self.shown:
                self.pool.show(self.connection, kind, name, self.waiting)
                self.shown.add(name)
        if subjects is not self.subjects:  # many plans are run for the same ones
            observed = pa.table({"subject": pa.array(sorted(set(subjects)), pa.string())})
            self.connection.register(SUBJECTS, observed)
            self.subjects = subjects
        for name, statement in plan.steps:
            if name not in self.stored:
                self.connection.execute(f'CREATE TEMP TABLE "{name}" AS {statement}')
                self.stored.add(name)
        return self.connection.execute(plan.result).to_arrow_table()
