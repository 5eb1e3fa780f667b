"""The order in which cases moved: a number that only grows, whatever day a move speaks of.

A nightly fold speaks of the day of its snapshot, which may lie before moves that people made since. Whoever polls by
number misses none of them. Numbers are given while nobody else writes cases, so a lower one never appears later.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql.expression import bindparam

from credit_risk.store.tables import cases

__all__ = ["advance", "last_place"]


def last_place(connection: Connection) -> int:
    """Return the place of the last move of all, 0 before the first."""
    return int(connection.execute(select(func.max(cases.c.changed))).scalar() or 0)


def advance(connection: Connection, case_ids: Iterable[str]) -> None:
    """Put cases at the end of the order, in the order given; the caller has ``cases`` to itself (``exclusive``)."""
    last = last_place(connection)
    places = [{"key": case_id, "place": last + n} for n, case_id in enumerate(case_ids, 1)]
    if places:
        moved = update(cases).where(cases.c.case_id == bindparam("key"))
        connection.execute(moved.values(changed=bindparam("place")), places)
