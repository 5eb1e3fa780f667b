"""The records behind an indicator's value at t: what was counted, from which source, received when."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from types import TracebackType

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.book.networks import NetworkRule
from credit_risk.features import Matrix
from credit_risk.features.catalogue import Catalogue, Entry
from credit_risk.features.language import Expression
from credit_risk.features.matrix import in_window
from credit_risk.features.plan import Writer
from credit_risk.features.session import Session
from credit_risk.features.to_ibis import compile_expression
from credit_risk.graph.as_of import Direction, Graph, Hops, Mediator
from credit_risk.records.clock import Moment
from credit_risk.records.when import When

__all__ = ["EVIDENCE_COLUMNS", "Evidence", "Trace", "edges_of", "relations_along"]

EVIDENCE_COLUMNS = ["subject", "about", "kind", "record_id", "source", "event_date", "received_at"]
SCHEMA = dict.fromkeys(EVIDENCE_COLUMNS, "string") | {"event_date": "date", "received_at": "timestamp(6)"}
COUNTS = ("count", "exists")
NOTHING = ibis.memtable(pd.DataFrame(columns=EVIDENCE_COLUMNS), schema=SCHEMA)


class Evidence:
    """Finds the records behind indicators at one t; a context manager, because it keeps what it has read.

    A relational indicator is backed by the relations themselves and the neighbours' records, a derived one by
    the records of what it combines.
    """

    def __init__(self, matrix: Matrix, t: Moment) -> None:
        self.catalogue = matrix.catalogue
        self.session = Session(matrix.records.pool, t)

    def __enter__(self) -> Evidence:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.__exit__(kind, problem, trace)

    def table(self, name: str, subjects: Sequence[str], most: int) -> pa.Table:
        """Return up to ``most`` records per subject behind indicator ``name``: facts before relations, latest first.

        Columns: subject, about (whose record it is: the subject or a neighbour), kind (record or relation type),
        record_id, source, event_date, received_at. A record that counts twice is listed once.
        """
        catalogue = self.catalogue
        plan = catalogue.plans.get(
            ["evidence", name, most], lambda writer: Trace(catalogue, writer).listed(name, most)
        )
        return self.session.run(plan, subjects)


class Trace:
    """Writes what finds the records behind one indicator; ``backing.py`` writes the same for some enterprises only."""

    def __init__(self, catalogue: Catalogue, writer: Writer) -> None:
        self.catalogue, self.writer, self.t = catalogue, writer, writer.asked

    def listed(self, name: str, most: int) -> ir.Table:
        """Return up to ``most`` records an enterprise behind an indicator, in the order in which they are shown."""
        found = self.first(self.of(name).semi_join(self.writer.subjects, "subject"), most)
        return found.order_by(["subject", "rank"]).select(EVIDENCE_COLUMNS)

    def first(self, found: ir.Table, most: int) -> ir.Table:
        """Return every record once a subject, its ``rank`` and the ``total`` of them; only the first ``most``."""
        others = [c for c in EVIDENCE_COLUMNS if c not in ("subject", "record_id")]
        found = found.group_by(["subject", "record_id"]).aggregate(**{c: found[c].min() for c in others})
        relation = found.kind.isin(list(self.catalogue.rules.relations))
        order = [relation, ibis.desc(found.event_date), ibis.desc(found.received_at), found.record_id]
        rank = ibis.row_number().over(ibis.window(group_by=found.subject, order_by=order))
        total = found.count().over(ibis.window(group_by=found.subject))
        return found.mutate(rank=rank, total=total).filter(lambda r: r.rank < most)

    def of(self, name: str) -> ir.Table:
        """Return everything behind an indicator, a record once for each way it counts."""
        entry = self.catalogue.entries[name]
        if entry.stage == "record":
            return self.own(entry)
        if entry.stage == "relation":
            return self._across(entry)
        if entry.stage == "network":
            return self._network(entry)
        return _union([self.of(n) for n in sorted(entry.names)])

    def own(self, entry: Entry) -> ir.Table:
        """Return the records of an indicator over one record type, shared by all that rest on it."""
        return self.writer.shared(
            f"own_{entry.name}", lambda writer: Trace(self.catalogue, writer).counted(entry)
        )

    def counted(self, entry: Entry) -> ir.Table:
        """Return the records of a type that an indicator counts: of a count of some, those and no others."""
        kind = str(entry.rule.from_)
        rows = self.records(kind)
        rows = rows.filter(in_window(rows.event_date, entry, self.t))
        for only in filter(None, (entry.where, _condition(entry.value))):
            names = {c: rows[c] for c in rows.columns}
            rows = rows.filter(compile_expression(only, names, self.t))
        return _evidence(rows, kind, rows.subject, rows.subject, rows.event_date)

    def _across(self, entry: Entry) -> ir.Table:
        over = entry.rule.over
        assert over is not None
        every = list(self.catalogue.rules.relations)
        kinds = every if over.relation == "any" else list(over.relation)
        pairs = self.pairs(kinds, over.direction, over.to, over.hops)
        parts = [self.edges(kind) for kind in kinds]
        parts = [edges.semi_join(pairs, "subject") for edges in parts]
        inner = sorted(entry.names & set(self.catalogue.entries))
        for name in inner if over.to == "enterprise" else []:
            records = self.of(name).drop("subject")
            joined = pairs.join(records, pairs.neighbour == records.about)
            parts.append(joined.select(EVIDENCE_COLUMNS))
        return _union(parts)

    def _network(self, entry: Entry) -> ir.Table:
        """Return the relations next to the enterprise that the network goes along, and what it starts from there."""
        rules = self.catalogue.rules
        network = rules.networks[str(entry.rule.network)]
        pattern = rules.patterns[network.pattern] if network.pattern else None
        kinds = relations_along(rules, network)
        parts = [self.edges(kind) for kind in kinds]
        if pattern and pattern.records:
            parts += self._traded(pattern.records, str(pattern.partner))
        if network.seeds:
            near = self.pairs(kinds)
            records = self.of(network.seeds).drop("subject")
            joined = near.join(records, near.neighbour == records.about)
            parts.append(joined.select(EVIDENCE_COLUMNS))
        return _union(parts)

    def _traded(self, kind: str, partner: str) -> list[ir.Table]:
        """Return the trades of a pattern, as evidence of either side."""
        rows = self.trades(kind)
        return [
            _evidence(rows, kind, own, rows.subject, rows.event_date) for own in (rows.subject, rows[partner])
        ]

    def records(self, kind: str) -> ir.Table:
        """Return the usable records of a type."""
        return self.writer.shared(f"records_{kind}", lambda writer: writer.records.as_of(kind, writer.asked))

    def trades(self, kind: str) -> ir.Table:
        """Return the usable records of a type that names a partner, whoever told of the trade."""
        return self.records(kind)

    def pairs(
        self, kinds: Sequence[str], direction: Direction = "both", to: Mediator = "enterprise", hops: Hops = 1
    ) -> ir.Table:
        """Return who is a neighbour of whom along some relations."""
        return self.writer.shared(
            "pairs_" + "_".join([*sorted(kinds), direction, to, str(hops)]),
            lambda writer: writer.graph.neighbours(kinds, writer.asked, direction, to, hops),
        )

    def edges(self, kind: str) -> ir.Table:
        """Return the relations of a kind as evidence of either end."""
        return self.writer.shared(f"edges_{kind}", lambda writer: edges_of(kind, writer.graph, writer.asked))


def _condition(value: Expression) -> Expression | None:
    """Return the condition of a value that is just a count of records, or whether there is one, under a condition."""
    call = value.tree
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in COUNTS):
        return None
    return (
        replace(value, text=ast.unparse(call.args[0]), tree=call.args[0], aggregates=False)
        if call.args
        else None
    )


def relations_along(rules: Rules, network: NetworkRule) -> list[str]:
    """Return the relations that a network goes along, sorted."""
    shape = rules.patterns[network.pattern].relations if network.pattern else []
    own = [network.relation] if network.relation else []
    return sorted({c.relation for c in network.channels} | {*shape, *own})


def edges_of(kind: str, graph: Graph, t: When) -> ir.Table:
    """Return the relations of a kind known at t as evidence of either end."""
    edges = graph.as_of(kind, t)
    ends = [(edges.src, edges.dst), (edges.dst, edges.src)]
    return _union([_evidence(edges, kind, own, other, edges.valid_from) for own, other in ends])


def _evidence(
    rows: ir.Table, kind: str, subject: ir.Column, about: ir.Column, happened: ir.Column
) -> ir.Table:
    return rows.select(
        subject=subject,
        about=about,
        kind=ibis.literal(kind),
        record_id=rows.record_id,
        source=rows.source,
        event_date=happened,
        received_at=rows.received_at,
    )


def _union(parts: Sequence[ir.Table]) -> ir.Table:
    return reduce(lambda left, right: left.union(right), parts) if parts else NOTHING
