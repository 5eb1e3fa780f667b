"""Relations as known at t, and the neighbours they make. The rules of time are in ``records/clock.py``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal

import ibis
import ibis.expr.types as ir

from credit_risk.records import Pool, Records
from credit_risk.records.as_of import UNUSABLE, known_versions
from credit_risk.records.clock import Moment, day_of
from credit_risk.records.when import When, day_value

__all__ = ["Graph"]

Direction = Literal["in", "out", "both"]
Mediator = Literal["enterprise", "person", "group"]
Hops = Literal[1, 2]
UNIT = ibis.literal(1, type="decimal(18, 6)")


class Graph:
    """The relations of a book.

    An end that is no enterprise (person, address group) mediates: two enterprises that share it are one hop
    apart. A mediator with more than the type's ``hub_limit`` enterprises joins nobody (an agent or incubator
    address would make everybody related). Nor does one on the book's reviewed stop list, and no second hop leads
    through an enterprise on it.
    """

    def __init__(self, pool: Pool, records: Records | None = None) -> None:
        self.pool = pool
        self.records = records or Records(pool)

    def as_of(self, kind: str, t: When, lives: Sequence[str] = UNUSABLE) -> ir.Table:
        """Return the relations of one type that are known and valid at t.

        Excluded: received after t, outside ``[valid_from, valid_to)``, ended or objected to by t (see ``Records``).
        """
        return self.valid(self.pool.scan(kind), t, lives)

    def valid(self, rows: ir.Table, t: When, lives: Sequence[str] = UNUSABLE, few: bool = False) -> ir.Table:
        """Return of all versions of some relations (``rows``) those that are known and valid at t (see ``as_of``).

        ``few`` says that the rows are few, so that only the life records on them are looked at.
        """
        rows = known_versions(rows, t)
        day = day_value(t)
        rows = rows.filter(
            rows.valid_from <= day, rows.valid_to.isnull() | (rows.valid_to > day), rows.src != rows.dst
        )
        return self.records.without_ended(rows, t, lives, few=few)

    def neighbours(
        self,
        kinds: Sequence[str],
        t: When,
        direction: Direction = "both",
        to: Mediator = "enterprise",
        hops: Hops = 1,
        among: ir.Table | None = None,
    ) -> ir.Table:
        """Return distinct (subject, neighbour, weight) over all ``kinds``; weights of parallel edges are added.

        ``out`` sees the destinations of the subject's own relations, ``in`` their sources. With two hops only
        those that are not reached in one, with the smaller weight of the path. A missing weight counts as 1. No one
        is its own neighbour. ``among`` restricts to the subjects in its column ``subject``.
        """
        near = _merged([self._pairs(kind, t, direction, to, among) for kind in kinds])
        if hops == 1:
            return near
        onward = None if among is None else near.select(subject=near.neighbour).distinct()
        second = _merged([self._pairs(kind, t, direction, to, onward) for kind in kinds]).view()
        second = second.filter(~self._stopped(second.subject, t))
        far = near.join(second, near.neighbour == second.subject).select(
            subject=near.subject,
            neighbour=second.neighbour,
            weight=ibis.least(near.weight, second.weight),
        )
        far = far.filter(far.subject != far.neighbour)
        return _merged([far.anti_join(near, ["subject", "neighbour"])])

    def _pairs(self, kind: str, t: When, direction: Direction, to: str, among: ir.Table | None) -> ir.Table:
        rule = self.pool.rules.relations[kind]
        edges = self.as_of(kind, t)
        edges = edges.mutate(weight=edges.weight.coalesce(UNIT))
        if rule.src == "enterprise" and rule.dst == "enterprise":
            if to != "enterprise":
                return _nothing(edges)
            return _only(_directed(edges, direction), among)
        own, other = ("dst", "src") if rule.dst == "enterprise" else ("src", "dst")
        member = edges.select(subject=edges[own], mediator=edges[other], weight=edges.weight)
        stopped = self._stopped(member.mediator, t)
        if to != "enterprise":
            if to != (rule.src if own == "dst" else rule.dst):
                return _nothing(edges)
            return _only(member.rename(neighbour="mediator"), among)
        return _mediated(member.filter(~stopped), rule.hub_limit, among)

    def stopped(self, t: Moment) -> list[str]:
        """Return the nodes that the book's stop list holds at t."""
        day = day_of(t)
        stops = self.pool.rules.stops.values()
        return [s.stop for s in stops if s.since <= day and (s.until is None or day < s.until)]

    def _stopped(self, node: ir.Column, t: When) -> ir.BooleanValue:
        """Tell of each row whether its node is on the stop list at t."""
        day = day_value(t)
        held = [
            (node == s.stop) & (day >= s.since) & (ibis.literal(True) if s.until is None else day < s.until)
            for s in self.pool.rules.stops.values()
        ]
        nobody: ir.BooleanValue = ibis.literal(False)
        return reduce(lambda a, b: a | b, held, nobody)


def _directed(edges: ir.Table, direction: Direction) -> ir.Table:
    out = edges.select(subject=edges.src, neighbour=edges.dst, weight=edges.weight)
    into = edges.select(subject=edges.dst, neighbour=edges.src, weight=edges.weight)
    if direction == "both":
        return out.union(into)
    return out if direction == "out" else into


def _only(pairs: ir.Table, among: ir.Table | None) -> ir.Table:
    return pairs if among is None else pairs.semi_join(among, "subject")


def _mediated(member: ir.Table, hub_limit: int, among: ir.Table | None) -> ir.Table:
    sizes = member.group_by("mediator").aggregate(size=member.subject.nunique())
    small = sizes.filter(sizes.size <= hub_limit, sizes.size > 1)
    right = member.semi_join(small, "mediator")
    left = _only(right, among).view()
    pairs = left.join(right, left.mediator == right.mediator).select(
        subject=left.subject,
        neighbour=right.subject,
        weight=ibis.least(left.weight, right.weight),
    )
    return pairs.filter(pairs.subject != pairs.neighbour)


def _merged(pairs: Sequence[ir.Table]) -> ir.Table:
    together = pairs[0] if len(pairs) == 1 else ibis.union(*pairs)
    return together.group_by(["subject", "neighbour"]).aggregate(
        weight=together.weight.sum().cast("decimal(18, 6)")
    )


def _nothing(edges: ir.Table) -> ir.Table:
    return edges.select(subject=edges.src, neighbour=edges.dst, weight=edges.weight).limit(0)
