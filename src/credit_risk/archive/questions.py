"""What an archive asks of the pool, written as SQL once a book: a page of it is run in a blink.

They are asked of what a ``Reader`` read of one enterprise: which versions are known by one statement over all types,
then the rows of those types that have any, then the life records on all of them together. Questions about single
records go to the pool itself; which records are looked at is decided there before their versions are ranked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from credit_risk.book import Rules
from credit_risk.features.plan import Plan, Plans, Writer
from credit_risk.features.session import Session
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records
from credit_risk.records.as_of import known_versions
from credit_risk.records.clock import Moment
from credit_risk.records.envelope import LIFE_TARGET, relation_schema
from credit_risk.records.sql import quote
from credit_risk.records.when import moment_value

__all__ = ["VERSIONS", "Asking"]

VERSIONS = "versions_received"
HIDING = ("repair", "withdrawal", "shield")
NOBODY = ""  # asked for when only the plan is wanted
Rows = list[dict[str, Any]]


class Asking:
    """The questions about one moment, over a session of their own. A context manager."""

    def __init__(self, rules: Rules, pool: Pool, t: Moment) -> None:
        self.pool, self.plans = pool, _plans(_Same(rules))
        self.rules, self.session = rules, Session(pool, t)
        self.held: dict[str, bool] = {}

    def holds(self, kind: str) -> bool:
        """Tell whether any row of a type is stored or pending."""
        if kind not in self.held:
            self.held[kind] = self.pool.holds(kind, self.session.waiting)
        return self.held[kind]

    def __enter__(self) -> Asking:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.connection.close()

    def records(self, subject: str) -> dict[str, Rows]:
        """Return by type the records of an enterprise in their version of t, with how many versions came.

        Which versions these are is asked of all types by one statement over few columns; the rows are only read.
        """
        kinds = [kind for kind, rule in self.rules.records.items() if rule.life is None]
        known = self._ask(["known"], kinds, [subject], lambda writer: _known(writer, kinds))
        counts = {(row["kind"], row["record_id"], row["version"]): row[VERSIONS] for row in known}
        there = {kind for kind, _, _ in counts}
        return {kind: self._rows(kind, subject, counts) for kind in kinds if kind in there}

    def _rows(self, kind: str, subject: str, counts: dict[tuple[str, str, str], int]) -> Rows:
        """Return the rows of a type whose versions are counted, each once however often it was delivered."""
        stored = self.pool.select(self.session.connection, kind, f"any_{kind}", self.session.waiting)
        asked = f"SELECT * FROM ({stored}) WHERE subject = {quote(subject)}"
        rows = self.session.connection.execute(asked).to_arrow_table().to_pylist()
        by = {(kind, row["record_id"], row["version"]): row for row in rows}
        return [row | {VERSIONS: counts[key]} for key, row in by.items() if key in counts]

    def named(self, kind: str, record_id: str) -> Rows:
        """Return the record or relation of that id in its version of t; nothing where it was not known."""
        return self._ask(
            ["named", kind],
            [kind],
            [record_id],
            lambda writer: known_versions(_named(writer, kind), writer.asked),
        )

    def relations(self, subject: str) -> dict[str, Rows]:
        """Return by type the relations of an enterprise, either end, in their version of t."""
        kinds = list(self.rules.relations)
        rows = self._ask(["relations"], kinds, [subject], lambda writer: _relations(writer, kinds))
        return {kind: [row for row in rows if row["kind"] == kind] for kind in kinds}

    def lives(self, kind: str, record_ids: Sequence[str]) -> Rows:
        """Return the life records of a type on these records, as known at t."""
        if not self.holds(kind):
            return []
        return self._ask(["life", kind], [kind], record_ids, lambda writer: _lives(writer, kind))

    def usable(self, kind: str, record_ids: Sequence[str]) -> set[str]:
        """Return which of these records or relations may be used at t, whoever they are about."""
        relation = kind in self.plans.rules.relations
        write = _usable_relations if relation else _usable_records
        rows = self._ask(["usable", kind], [kind], record_ids, lambda writer: write(writer, kind))
        return {row["record_id"] for row in rows}

    def usable_of(self, kind: str, subjects: Sequence[str]) -> set[str]:
        """Return the ids of all records of a type that may be used at t, of these enterprises."""
        rows = self._ask(["usable of", kind], [kind], subjects, lambda writer: _usable_of(writer, kind))
        return {row["record_id"] for row in rows}

    def ended(self, record_ids: Sequence[str]) -> set[str]:
        """Return which of these records were repaired, withdrawn or shielded by t: auditors alone may see those."""
        kinds = [n for n, rule in self.plans.rules.records.items() if rule.life in HIDING]
        return {row[LIFE_TARGET] for kind in kinds for row in self.lives(kind, record_ids)}

    def objected(self, record_ids: Sequence[str]) -> set[str]:
        """Return which of these records are under an objection not decided at t."""
        kinds = [
            n for n, rule in self.plans.rules.records.items() if (rule.life or "").startswith("objection")
        ]
        if not any(self.holds(kind) for kind in kinds):
            return set()
        return {row["record_id"] for row in self._ask(["objected"], kinds, record_ids, _objected)}

    def write_plans(self) -> None:
        """Write the SQL of every question that a page may ask, so that nobody waits for that at the first one."""
        rules = self.rules
        for kind in (n for n, rule in rules.records.items() if self.holds(n) and rule.life is None):
            self.named(kind, NOBODY)
            self.usable(kind, [NOBODY])
            self.usable_of(kind, [NOBODY])
        for kind in filter(self.holds, rules.relations):
            self.named(kind, NOBODY)
            self.usable(kind, [NOBODY])
        self.records(NOBODY)
        self.relations(NOBODY)
        self.ended([NOBODY])
        self.objected([NOBODY])

    def _ask(
        self, what: list[str], kinds: list[str], asked: Sequence[str], write: Callable[[Writer], ir.Table]
    ) -> Rows:
        if not asked or not kinds:
            return []
        schemas = [str(self.pool.schema(kind)) for kind in kinds]
        plan: Plan = self.plans.get(["archive", *what, *kinds, *schemas], write)
        rows: Rows = self.session.run(plan, asked).to_pylist()
        return rows


class _Same:
    """A book as a key: the same object is the same book."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.rules is self.rules

    def __hash__(self) -> int:
        return id(self.rules)


@lru_cache(maxsize=16)
def _plans(same: _Same) -> Plans:
    return Plans(same.rules, "archive")


def _together(writer: Writer, kinds: list[str], *columns: str) -> ir.Table:
    """Return some columns of the rows of several types, one below the other, with their type as ``kind``."""
    parts = [writer.outline.scan(kind).select(ibis.literal(kind).name("kind"), *columns) for kind in kinds]
    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def _known(writer: Writer, kinds: list[str]) -> ir.Table:
    rows = _together(writer, kinds, "subject", "record_id", "version", "received_at")
    rows = rows.semi_join(writer.subjects, "subject")
    received = rows.filter(rows.received_at <= moment_value(writer.asked))
    counts = received.group_by("record_id").aggregate(**{VERSIONS: received.count()})
    return known_versions(rows, writer.asked).inner_join(counts, "record_id")


def _relations(writer: Writer, kinds: list[str]) -> ir.Table:
    rows, who = _together(writer, kinds, *relation_schema().names), writer.subjects

    def touching(table: ir.Table) -> ir.Table:
        return table.filter(table.src.isin(who.subject) | table.dst.isin(who.subject))

    ever = touching(rows).select("record_id").distinct()
    return touching(known_versions(rows.semi_join(ever, "record_id"), writer.asked))


def _lives(writer: Writer, kind: str) -> ir.Table:
    rows, ids = writer.outline.scan(kind), writer.subjects
    acting = rows.semi_join(ids, rows[LIFE_TARGET] == ids.subject).select("record_id").distinct()
    known = known_versions(rows.semi_join(acting, "record_id"), writer.asked)
    return known.semi_join(ids, known[LIFE_TARGET] == ids.subject)


def _usable_records(writer: Writer, kind: str) -> ir.Table:
    return Records(writer.outline).usable(_named(writer, kind), writer.asked, few=True).select("record_id")


def _usable_of(writer: Writer, kind: str) -> ir.Table:
    return Records(writer.outline).as_of(kind, writer.asked, writer.subjects).select("record_id")


def _usable_relations(writer: Writer, kind: str) -> ir.Table:
    graph = Graph(writer.outline)
    return graph.valid(_named(writer, kind), writer.asked, few=True).select("record_id")


def _named(writer: Writer, kind: str) -> ir.Table:
    """Return all versions of the records whose ids are asked for."""
    ids = writer.subjects.select(record_id=writer.subjects.subject)
    return writer.outline.scan(kind).semi_join(ids, "record_id")


def _objected(writer: Writer) -> ir.Table:
    among = writer.subjects.select(record_id=writer.subjects.subject)
    found = Records(writer.outline).ended(writer.asked, ("objection",), among)
    assert found is not None
    return found.semi_join(among, "record_id").distinct()
