"""What an archive asks of the pool, written as SQL once a book: a page of it is run in a blink.

The records of one enterprise are asked for type by type, then the life records on all of them together. Whether a
record is looked at is decided before its versions are ranked, so a large pool costs little more than a small one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import ibis.expr.types as ir

from credit_risk.book import Rules
from credit_risk.features.plan import Plan, Plans, Writer
from credit_risk.features.session import Session
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records
from credit_risk.records.as_of import known_versions
from credit_risk.records.clock import Moment
from credit_risk.records.envelope import LIFE_TARGET
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

    def kinds_of(self, subject: str) -> set[str]:
        """Return the types that have any row of an enterprise (of relations: at either end), by one statement.

        Most types have none. To find that out for all of them together takes less than to ask one of them.
        """
        rules, parts = self.plans.rules, []
        who: dict[str, tuple[str, ...]] = {
            n: ("subject",) for n, rule in rules.records.items() if rule.life is None
        }
        who |= dict.fromkeys(rules.relations, ("src", "dst"))
        for kind in (kind for kind in who if self.holds(kind)):
            rows = self.pool.select(self.session.connection, kind, f"any_{kind}", self.session.waiting)
            parts += [
                f"SELECT {quote(kind)} FROM ({rows}) WHERE {end} = {quote(subject)}" for end in who[kind]
            ]
        found = self.session.connection.execute(" UNION ".join(parts)).fetchall() if parts else []
        return {kind for (kind,) in found}

    def records(self, kind: str, subject: str) -> Rows:
        """Return the records of an enterprise in their version of t, with how many versions came (``VERSIONS``)."""
        return self._ask(["record", kind], [kind], [subject], lambda writer: _records(writer, kind))

    def named(self, kind: str, record_id: str) -> Rows:
        """Return the record or relation of that id in its version of t; nothing where it was not known."""
        return self._ask(
            ["named", kind],
            [kind],
            [record_id],
            lambda writer: known_versions(_named(writer, kind), writer.asked),
        )

    def relations(self, kind: str, subject: str) -> Rows:
        """Return the relations of an enterprise, either end, in their version of t."""
        return self._ask(["relation", kind], [kind], [subject], lambda writer: _relations(writer, kind))

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
            self.records(kind, NOBODY)
            self.named(kind, NOBODY)
            self.usable(kind, [NOBODY])
            self.usable_of(kind, [NOBODY])
        for kind in filter(self.holds, rules.relations):
            self.relations(kind, NOBODY)
            self.named(kind, NOBODY)
            self.usable(kind, [NOBODY])
        self.ended([NOBODY])
        self.objected([NOBODY])

    def _ask(
        self, what: list[str], kinds: list[str], asked: Sequence[str], write: Callable[[Writer], ir.Table]
    ) -> Rows:
        if not asked:
            return []
        schemas = [str(self.pool.schema(kind)) for kind in kinds]
        plan: Plan = self.plans.get(["archive", *what, *schemas], write)
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


def _records(writer: Writer, kind: str) -> ir.Table:
    rows = writer.outline.scan(kind).semi_join(writer.subjects, "subject")
    received = rows.filter(rows.received_at <= moment_value(writer.asked))
    counts = received.group_by("record_id").aggregate(**{VERSIONS: received.count()})
    return known_versions(rows, writer.asked).inner_join(counts, "record_id")


def _relations(writer: Writer, kind: str) -> ir.Table:
    rows, who = writer.outline.scan(kind), writer.subjects

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
