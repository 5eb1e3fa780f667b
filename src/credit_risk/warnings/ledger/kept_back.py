"""Warnings that became no case, and why: more than people can look at, or closed lately with nothing new."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from credit_risk.book.schema import Text
from credit_risk.store import reading
from credit_risk.store.tables import suppressed
from credit_risk.warnings.warn import LEVELS

__all__ = ["WHY", "KeptBack", "kept_back", "overview_of"]

WHY = {
    "over_budget": Text(zh="超出在办上限", en="Beyond the stock of open cases"),
    "over_week": Text(zh="超出一周新增上限", en="Beyond what may be opened in a week"),
    "cooled_down": Text(zh="刚关闭，没有新记录", en="Closed lately, no new record"),
}


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A warning of a snapshot that became no case; ``why`` is one of ``WHY``."""

    subject: str
    level: str
    why: str
    signals: list[dict[str, Any]]


def overview_of(engine: Engine, snapshot_id: str) -> pd.DataFrame:
    """Return ``subject``, ``level``, ``why`` and ``value`` of all, red first, then by expected value."""
    names = ("subject", "level", "why", "value")
    rows = select(*(suppressed.c[n] for n in names)).where(suppressed.c.snapshot_id == snapshot_id)
    with reading(engine).connect() as connection:
        table = pd.DataFrame(connection.execute(rows).all(), columns=list(names))
    later = table.assign(later=table["level"] != LEVELS[0])
    ordered = later.sort_values(
        ["later", "value", "subject"], ascending=[True, False, True], ignore_index=True
    )
    return ordered[list(names)]


def kept_back(engine: Engine, snapshot_id: str, subjects: Sequence[str]) -> list[KeptBack]:
    """Return those of these enterprises, with their findings, in the order asked."""
    mine = (suppressed.c.snapshot_id == snapshot_id) & suppressed.c.subject.in_(list(subjects))
    with reading(engine).connect() as connection:
        found = {row["subject"]: row for row in connection.execute(select(suppressed).where(mine)).mappings()}
    return [
        KeptBack(s, found[s]["level"], found[s]["why"], json.loads(found[s]["signals"]))
        for s in subjects
        if s in found
    ]
