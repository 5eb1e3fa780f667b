"""Records as known at t. The rules of time are told in ``clock.py``."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.store import Pool
from credit_risk.records.when import When, day_value, moment_value

__all__ = ["ENDED", "UNUSABLE", "Records", "known_versions"]

ENDED = ("repair", "withdrawal", "shield", "superseded")
UNUSABLE = (*ENDED, "objection")


def known_versions(rows: ir.Table, t: When) -> ir.Table:
    """Return of each record the version known at t: the one received last, by version hash on a tie."""
    known = rows.filter(rows.received_at <= moment_value(t))
    order = [ibis.desc(known.received_at), ibis.desc(known.version)]
    rank = ibis.row_number().over(ibis.window(group_by=known.record_id, order_by=order))
    return known.mutate(version_rank=rank).filter(lambda r: r.version_rank == 0).drop("version_rank")


class Records:
    """The records of a book, asked as known at t."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def known(self, kind: str, t: When) -> ir.Table:
        """Return every record of a type received by t, in its version of t, usable or not."""
        return known_versions(self.pool.scan(kind), t)

    def as_of(
        self,
        kind: str,
        t: When,
        subjects: Sequence[str] | ir.Table | None = None,
        lives: Sequence[str] = UNUSABLE,
    ) -> ir.Table:
        """Return the records of a type that are known *and usable* at t.

        Excluded: received after t, outside ``[usable_from, usable_until)``, repaired, withdrawn, shielded or superseded
        by a life record received by t, or under an objection that is not yet decided. Null bounds do not bind.
        ``lives`` names other life records to heed. ``subjects`` restricts to some enterprises, named or in the column
        ``subject`` of a table; no correction moves a record to another subject.
        """
        rows = self.pool.scan(kind)
        if isinstance(subjects, ir.Table):
            rows = rows.semi_join(subjects, "subject")
        elif subjects is not None:
            rows = rows.filter(rows.subject.isin(list(subjects)))
        return self.usable(rows, t, lives, few=subjects is not None)

    def usable(self, rows: ir.Table, t: When, lives: Sequence[str] = UNUSABLE, few: bool = False) -> ir.Table:
        """Return of all versions of some records (``rows``) those that are known and usable at t (see ``as_of``).

        ``few`` says that the rows are few, so that only the life records on them are looked at.
        """
        rows = known_versions(rows, t)
        day = day_value(t)
        rows = rows.filter(
            rows.usable_from.isnull() | (rows.usable_from <= day),
            rows.usable_until.isnull() | (rows.usable_until > day),
        )
        return self.without_ended(rows, t, lives, few=few)

    def without_ended(self, rows: ir.Table, t: When, lives: Sequence[str], few: bool = False) -> ir.Table:
        """Drop rows on which a life record of one of the kinds ``lives`` was received by t.

        ``few`` says that the rows are few, so that only the life records on them are looked at.
        """
        ended = self.ended(t, lives, rows.select("record_id") if few else None)
        return rows if ended is None else rows.anti_join(ended, "record_id")

    def ended(self, t: When, lives: Sequence[str], among: ir.Table | None = None) -> ir.Table | None:
        """Return the ``record_id`` of all records that such a life record ended by t; None if none can be.

        Parameters
        ----------
        t, lives
            The moment and the kinds of life records.
        among
            A table with ``record_id``: nothing is said of other records, and it is found faster.

        """
        final = [
            self._told(n, t, among).select(record_id=LIFE_TARGET)
            for n in self._kinds(set(lives) - {"objection"})
        ]
        open_now = [self._objected(t, among)] if "objection" in lives and self._kinds({"objection"}) else []
        parts = [*final, *open_now]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else ibis.union(*parts)

    def _told(self, name: str, t: When, among: ir.Table | None) -> ir.Table:
        """Return life records known at t, only those that ever acted on a record of ``among`` if it is given."""
        rows = self.pool.scan(name)
        if among is not None:
            acting = rows.semi_join(among, rows[LIFE_TARGET] == among.record_id).select("record_id")
            rows = rows.semi_join(acting, "record_id")
        return known_versions(rows, t)

    def _objected(self, t: When, among: ir.Table | None) -> ir.Table:
        """Return the ``record_id`` of records whose last objection is not decided: what was received last counts."""
        parts = [
            self._told(name, t, among).select(
                record_id=LIFE_TARGET, at="received_at", decided=ibis.literal(life == "objection_end")
            )
            for life in ("objection", "objection_end")
            for name in self._kinds({life})
        ]
        told = parts[0] if len(parts) == 1 else ibis.union(*parts)
        last = told.group_by("record_id").aggregate(
            objected=told.at.max(where=~told.decided), decided=told.at.max(where=told.decided)
        )
        return last.filter(last.decided.isnull() | (last.objected > last.decided)).select("record_id")

    def _kinds(self, lives: set[str]) -> list[str]:
        return [n for n, kind in self.pool.rules.records.items() if kind.life in lives and self.pool.holds(n)]
