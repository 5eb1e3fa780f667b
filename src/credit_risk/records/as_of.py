"""Records as known at t. The rules of time are told in ``clock.py``."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from credit_risk.records.clock import Moment, day_of, moment
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.store import Pool

__all__ = ["Records", "known_versions"]


def known_versions(rows: ir.Table, t: Moment) -> ir.Table:
    """Return of each record the version known at t: the one received last, by version hash on a tie."""
    known = rows.filter(rows.received_at <= ibis.literal(moment(t)))
    order = [ibis.desc(known.received_at), ibis.desc(known.version)]
    rank = ibis.row_number().over(ibis.window(group_by=known.record_id, order_by=order))
    return known.mutate(version_rank=rank).filter(lambda r: r.version_rank == 0).drop("version_rank")


class Records:
    """The records of a book, asked as known at t."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def known(self, kind: str, t: Moment) -> ir.Table:
        """Return every record of a type received by t, in its version of t, usable or not."""
        return known_versions(self.pool.scan(kind), t)

    def as_of(self, kind: str, t: Moment, subjects: Sequence[str] | None = None) -> ir.Table:
        """Return the records of a type that are known *and usable* at t.

        Excluded: received after t, outside ``[usable_from, usable_until)``, repaired or withdrawn by a
        life record received by t. Null bounds do not bind. ``subjects`` restricts to some enterprises.
        """
        rows = self.pool.scan(kind)
        if subjects is not None:
            rows = rows.filter(rows.subject.isin(list(subjects)))
        rows = known_versions(rows, t)
        day = ibis.literal(day_of(t))
        rows = rows.filter(
            rows.usable_from.isnull() | (rows.usable_from <= day),
            rows.usable_until.isnull() | (rows.usable_until > day),
        )
        return self.without_ended(rows, t, ("repair", "withdrawal"))

    def without_ended(self, rows: ir.Table, t: Moment, lives: Sequence[str]) -> ir.Table:
        """Drop rows on which a life record of one of the kinds ``lives`` was received by t."""
        for name, kind in self.pool.rules.records.items():
            if kind.life in lives and self.pool.holds(name):
                ended = self.known(name, t)
                rows = rows.anti_join(ended, rows.record_id == ended[LIFE_TARGET])
        return rows
