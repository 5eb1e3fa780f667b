"""What became of every case, as a table: when it was opened, how and when it was decided."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Engine, func, select

from credit_risk.store import reading
from credit_risk.store.tables import cases, moves
from credit_risk.warnings.ledger.verdicts import DECIDING

__all__ = ["handled"]

COLUMNS = ("case_id", "subject", "level", "state", "conclusion", "first_seen", "due_on")


def handled(engine: Engine) -> pd.DataFrame:
    """Return a row a case, closed ones included.

    ``case_id``, ``subject``, ``level``, ``state``, ``conclusion`` (null while it is open), ``first_seen`` (moment),
    ``due_on`` (day) and ``decided_at`` (moment of the last decision that was not undone, null before one).
    """
    last = (
        select(moves.c.case_id, func.max(moves.c.at).label("decided_at"))
        .where(moves.c.act.in_(DECIDING), moves.c.undone.is_(False))
        .group_by(moves.c.case_id)
        .subquery()
    )
    rows = select(*[cases.c[name] for name in COLUMNS], last.c.decided_at).outerjoin(
        last, last.c.case_id == cases.c.case_id
    )
    with reading(engine).connect() as connection:
        found = connection.execute(rows.order_by(cases.c.case_id)).all()
    table = pd.DataFrame(found, columns=[*COLUMNS, "decided_at"])
    table.loc[table["conclusion"].isna(), "decided_at"] = None
    for name in ("first_seen", "decided_at", "due_on"):
        table[name] = pd.to_datetime(table[name], format="ISO8601")
    return table
