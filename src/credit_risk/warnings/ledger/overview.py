"""All cases as light columns, read whole once and then only what changed since: who keeps them pays for moves alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, func, or_, select

from credit_risk.store import reading
from credit_risk.store.tables import cases, moves
from credit_risk.warnings.ledger.verdicts import DECIDING

__all__ = ["COLUMNS", "DATED", "Mark", "mark_of", "merged", "overview"]

COLUMNS = (
    "case_id", "subject", "state", "level", "rank", "value", "codes", "assignee", "due_on", "snoozed_until",
    "conclusion", "first_seen",
)  # fmt: skip
DATED = ("due_on", "snoozed_until", "first_seen", "decided_at")
TYPES = {"value": float, "rank": int, "assignee": "str", "conclusion": "str"}  # also where all are null
AT_ONCE = 500


class Mark(NamedTuple):
    """Where the ledger stands: the place of the last move, the moment of the last fold. It grows with any change."""

    changed: int = 0
    seen: str = ""


def mark_of(engine: Engine) -> Mark:
    """Return where the ledger stands now; read from the ends of two indexes."""
    rows = select(
        select(func.max(cases.c.changed)).scalar_subquery(),
        select(func.max(cases.c.last_seen)).scalar_subquery(),
    )
    with reading(engine).connect() as connection:
        changed, seen = connection.execute(rows).one()
    return Mark(int(changed or 0), str(seen or ""))


def overview(engine: Engine, after: Mark = Mark()) -> pd.DataFrame:  # noqa: B008
    """Return the cases that changed after a mark, all by default, without their findings, in the order of work.

    One row a case: ``case_id``, ``subject``, ``state``, ``level``, ``rank``, ``value``, ``codes``, ``assignee``,
    ``due_on`` and ``snoozed_until`` (days), ``conclusion`` (null while it is open), ``first_seen`` and ``decided_at``
    (moments; of the last decision that was not undone, null before one). The order is that of ``Ledger.queue``.
    """
    rows = select(*[cases.c[name] for name in COLUMNS])
    if after != Mark():
        rows = rows.where(or_(cases.c.changed > after.changed, cases.c.last_seen > after.seen))
    with reading(engine).connect() as connection:
        table = pd.DataFrame(connection.execute(rows).all(), columns=list(COLUMNS))
        decided = _decided(connection, None if after == Mark() else table["case_id"].tolist())
    ended = table["conclusion"].notna()
    table["decided_at"] = table["case_id"].map(decided).where(ended) if decided else None
    for name in DATED:
        table[name] = pd.to_datetime(table[name], format="ISO8601").astype("datetime64[us]")
    return _in_order(table.astype(TYPES))


def merged(table: pd.DataFrame, newer: pd.DataFrame) -> pd.DataFrame:
    """Return an overview with newer rows in the place of theirs; it is sorted again only where the order changed."""
    place = pd.Index(table["case_id"]).get_indexer(pd.Index(newer["case_id"]))
    known = place >= 0
    both = pd.concat([table, newer], ignore_index=True)
    order = np.arange(len(table))
    order[place[known]] = len(table) + np.flatnonzero(known)
    moved = (
        table[["rank", "value"]].to_numpy()[place[known]] != newer.loc[known, ["rank", "value"]]
    ).to_numpy()
    if known.all() and not moved.any():
        return both.take(order).reset_index(drop=True)
    return _in_order(both.take(np.concatenate([order, len(table) + np.flatnonzero(~known)])))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    order = np.lexsort(
        (table["case_id"].to_numpy(str), -table["value"].to_numpy(), table["rank"].to_numpy() > 0)
    )
    return table.take(order).reset_index(drop=True)


def _decided(connection: Connection, case_ids: list[str] | None) -> dict[str, str]:
    """Return the moment of the last decision in force by case, of these cases or of all."""
    last = (
        select(moves.c.case_id, func.max(moves.c.at).label("at"))
        .where(moves.c.act.in_(DECIDING), moves.c.undone.is_(False))
        .group_by(moves.c.case_id)
    )
    if case_ids is None:
        return {row.case_id: row.at for row in connection.execute(last)}
    found: dict[str, str] = {}
    for start in range(0, len(case_ids), AT_ONCE):
        some = last.where(moves.c.case_id.in_(case_ids[start : start + AT_ONCE]))
        found |= {row.case_id: row.at for row in connection.execute(some)}
    return found
