"""The catalogue as one relational expression per record type, run for one as-of date.

Training, nightly batch and a single request call the same ``build``; they differ only in the subjects they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from credit_risk.features.catalogue import Catalogue, Entry
from credit_risk.features.networks import network_tables
from credit_risk.features.plan import Plan, Writer
from credit_risk.features.session import Session
from credit_risk.features.standing import Standing
from credit_risk.features.to_ibis import Rows, compile_expression
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records, View
from credit_risk.records.clock import Moment
from credit_risk.records.when import When, day_before

__all__ = ["Matrix", "in_window"]

NUMBER = "float64"
MANY = 40


class Networks(Protocol):
    """Tells of networks for some enterprises."""

    def __call__(self, names: Sequence[str], subjects: Sequence[str]) -> dict[str, pa.Table]:
        """Return of each network the fields of those of ``subjects`` that have a relation."""
        ...

    def over(self, seen: Matrix) -> Networks:
        """Return who tells of them where the records are seen as ``seen`` has them."""
        ...


@dataclass(frozen=True)
class Matrix:
    """Computes indicators: (subjects, t) -> one row a subject, one column an indicator."""

    catalogue: Catalogue
    records: Records
    graph: Graph
    networks: Networks | None = (
        None  # tells of networks for some enterprises; worked out for everybody by default
    )

    def over(self, view: View) -> Matrix:
        """Return the same indicators over the records seen otherwise."""
        seen = Matrix(self.catalogue, Records(view), Graph(view))
        return seen if self.networks is None else replace(seen, networks=self.networks.over(seen))

    def build(self, subjects: Sequence[str], t: Moment, names: Iterable[str]) -> pa.Table:
        """Return ``subject`` and the indicators ``names`` as known at t, sorted by subject.

        Numbers are float64, categories text. A subject without any record still has its row. Duplicates in
        ``subjects`` are removed. Nothing received after t is read. The SQL is written at the first call and run again
        for any other t, subjects and pool; whoever asks for many names shares the plan of all, or of all own or all
        relational ones where only such are asked.
        """
        names = list(names)
        catalogue = self.catalogue
        wanted = names if len(names) < MANY else catalogue.kin(names)
        plan = catalogue.plans.get(
            ["matrix", *wanted],
            lambda writer: _Pass(catalogue, catalogue.closure(wanted), writer).table(wanted),
        )
        told = self.networks(list(plan.networks), subjects) if self.networks else None
        networks = network_tables(self, plan.networks, t) if told is None else told
        table = _answered(self.records.pool, plan, t, subjects, networks).select(["subject", *names])
        kinds = {n: catalogue.entries[n].rule.kind for n in names}
        schema = [pa.field("subject", pa.string())]
        schema += [pa.field(n, pa.string() if kinds[n] == "category" else pa.float64()) for n in names]
        return table.cast(pa.schema(schema))


def _answered(
    pool: Pool, plan: Plan, t: Moment, subjects: Sequence[str], networks: Mapping[str, pa.Table]
) -> pa.Table:
    if isinstance(pool, Standing) and pool.t == t:
        return pool.answer(plan, subjects, networks)
    with Session(pool, t) as session:
        return session.run(plan, subjects, networks)


class _Pass:
    """One as-of date: own indicators, then neighbours, then what rests on both."""

    def __init__(self, catalogue: Catalogue, wanted: list[str], writer: Writer) -> None:
        self.catalogue, self.records, self.graph, self.t = (
            catalogue,
            writer.records,
            writer.graph,
            writer.asked,
        )
        self.writer = writer
        self.observed, self.keep = writer.subjects, writer.keep
        entries = [catalogue.entries[name] for name in wanted]
        over = {e.name for e in entries if catalogue.rests_on_relations(e.name)}
        self.own = [e for e in entries if e.name not in over]
        self.relational = [e for e in entries if e.name in over and e.stage == "relation"]
        self.networked = [e for e in entries if e.stage == "network"]
        self.late = [e for e in entries if e.name in over and e.stage == "derived"]

    def table(self, names: Sequence[str]) -> ir.Table:
        """Return ``subject`` and the indicators ``names``, sorted by subject."""
        groups = self._neighbour_groups()
        everyone = self.observed
        for pairs in groups.values():
            everyone = everyone.union(pairs.select(subject=pairs.neighbour))
        everyone = self.keep(everyone.distinct())
        base = self.keep(self._own_indicators(everyone))
        result = base.semi_join(self.observed, "subject")
        for group, pairs in groups.items():
            entries = [e for e in self.relational if _group(e) == group]
            result = self._joined(result, self._over(pairs, base, entries))
        for network in dict.fromkeys(str(e.rule.network) for e in self.networked):
            result = self._joined(result, self._from_network(network))
        return self._derived(result, self.late).order_by("subject").select(["subject", *names])

    # ---- own indicators ----------------------------------------------------------------------------

    def _own_indicators(self, subjects: ir.Table) -> ir.Table:
        result = subjects
        by_type: dict[str, list[Entry]] = {}
        for entry in self.own:
            if entry.stage == "record":
                by_type.setdefault(str(entry.rule.from_), []).append(entry)
        for kind, entries in by_type.items():
            result = self._joined(result, self._from_records(subjects, kind, entries))
        return self._derived(result, [e for e in self.own if e.stage == "derived"])

    def _from_records(self, subjects: ir.Table, kind: str, entries: list[Entry]) -> ir.Table:
        records = self.records.as_of(kind, self.t, subjects)
        needed = _columns_used(entries)
        order = records.event_date.cast("string") + records.received_at.cast("string") + records.record_id
        columns = {name: records[name] for name in needed if name != "subject"}
        records = records.select(
            record_subject=records.subject, _order=order, _date=records.event_date, **columns
        )
        joined = subjects.left_join(records, subjects.subject == records.record_subject)
        values = {e.name: self._aggregate(joined, e) for e in entries}
        return joined.group_by("subject").aggregate(**values)

    def _aggregate(self, joined: ir.Table, entry: Entry) -> ir.Value:
        names = {c: joined[c] for c in joined.columns}
        names["event_date"] = joined["_date"]
        keep = in_window(joined["_date"], entry, self.t)
        keep = keep & joined["record_subject"].notnull()
        if entry.where:
            keep = keep & compile_expression(entry.where, names, self.t).fill_null(False)
        rows = Rows(joined["record_subject"], keep, joined["_order"], joined["_date"])
        return _stored(compile_expression(entry.value, names, self.t, rows), entry)

    # ---- relational indicators ---------------------------------------------------------------------

    def _neighbour_groups(self) -> dict[str, ir.Table]:
        groups: dict[str, ir.Table] = {}
        for entry in self.relational:
            over = entry.rule.over
            if over is None or _group(entry) in groups:
                continue
            every = list(self.catalogue.rules.relations)
            kinds = every if over.relation == "any" else over.relation
            pairs = self.graph.neighbours(
                kinds, self.t, over.direction, over.to, over.hops, among=self.observed
            )
            groups[_group(entry)] = self.keep(pairs)
        return groups

    def _over(self, pairs: ir.Table, base: ir.Table, entries: list[Entry]) -> ir.Table:
        needed = sorted({n for e in entries for n in e.names} - {"weight"})
        neighbours = base.select(neighbour_key=base.subject, **{n: base[n] for n in needed})
        reached = pairs.left_join(neighbours, pairs.neighbour == neighbours.neighbour_key)
        reached = reached.rename(owner="subject")
        joined = self.observed.left_join(reached, self.observed.subject == reached.owner)
        values = {e.name: self._aggregate_over(joined, e) for e in entries}
        return joined.group_by("subject").aggregate(**values)

    def _aggregate_over(self, joined: ir.Table, entry: Entry) -> ir.Value:
        names = {c: joined[c] for c in joined.columns}
        keep = joined["neighbour"].notnull()
        if entry.where:
            keep = keep & compile_expression(entry.where, names, self.t).fill_null(False)
        rows = Rows(joined["neighbour"], keep, weight=joined["weight"])
        return _stored(compile_expression(entry.value, names, self.t, rows), entry)

    # ---- indicators of the whole graph -------------------------------------------------------------

    def _from_network(self, network: str) -> ir.Table:
        """Return the indicators of one network; one without relations at t has null fields."""
        told = self.writer.network(network).rename(owner="subject")
        joined = self.observed.left_join(told, self.observed.subject == told.owner)
        entries = [e for e in self.networked if e.rule.network == network]
        names = {c: joined[c] for c in joined.columns}
        return joined.select("subject", **{e.name: self._scalar(e, names) for e in entries})

    def _scalar(self, entry: Entry, names: dict[str, ir.Value]) -> ir.Value:
        value = _stored(compile_expression(entry.value, names, self.t), entry)
        if entry.where is None:
            return value
        return ibis.ifelse(compile_expression(entry.where, names, self.t), value, ibis.null())

    # ---- derived indicators and joins --------------------------------------------------------------

    def _derived(self, table: ir.Table, entries: list[Entry]) -> ir.Table:
        for entry in entries:
            value = self._scalar(entry, {c: table[c] for c in table.columns})
            table = table.mutate(**{entry.name: value})
        return table

    def _joined(self, left: ir.Table, right: ir.Table) -> ir.Table:
        return left.join(self.keep(right), "subject")


def _group(entry: Entry) -> str:
    return entry.rule.over.model_dump_json() if entry.rule.over else ""


def _columns_used(entries: list[Entry]) -> list[str]:
    return sorted({n for e in entries for n in e.names} - {"event_date"})


def in_window(happened: ir.Column, entry: Entry, when: When) -> ir.BooleanValue:
    """Tell whether a record happened within the window of ``entry`` at ``when``."""
    window = entry.rule.window
    inside: ir.BooleanValue = happened <= day_before(when, window.end)
    return inside if window.start is None else inside & (happened > day_before(when, window.start))


def _stored(value: ir.Value, entry: Entry) -> ir.Value:
    return value.cast("string" if entry.rule.kind == "category" else NUMBER)
