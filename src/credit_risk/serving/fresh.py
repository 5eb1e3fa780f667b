"""Scores computed anew since the published snapshot, because records came in; they stand before the snapshot's rows.

They are kept in the operational store under the id of the snapshot they follow, so that every process serves them and a
new snapshot, which knows what they knew, ends them at once. A set is committed whole: nobody reads half of it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select

from credit_risk.store import SILENT, exclusive, reading
from credit_risk.store.service_tables import fresh_scores

__all__ = ["Fresh"]

LOOK_AGAIN = 0.5  # seconds after which another process's scores are seen at the latest
KEPT = timedelta(days=30)  # how long what was served stays in the store


@dataclass(slots=True)
class _Known:
    """The fresh rows of one snapshot, read up to a number."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    read_to: int = 0
    read: bool = False
    looked: float = 0.0


class Fresh:
    """The fresh scores of the two snapshots asked about last, as far as this process has read them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def due(self, snapshot_id: str) -> bool:
        """Tell whether ``row`` would ask the store first, which may take its time: ``look`` in a thread then."""
        known = self._known.get(snapshot_id)
        return known is None or not known.read or time.monotonic() - known.looked >= LOOK_AGAIN

    def row(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return the fresh row of an enterprise that follows a snapshot, None when there is none."""
        known = self._known.get(snapshot_id)
        if known is None or self.due(snapshot_id):
            known = self.look(snapshot_id)
        return known.rows.get(subject)

    def publish(self, snapshot_id: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Commit rows by subject, all or none, and serve them from now on."""
        now = datetime.now()
        at, old = (moment.isoformat(timespec="microseconds") for moment in (now, now - KEPT))
        with self.engine.begin() as connection:
            exclusive(connection, fresh_scores)
            last = connection.execute(select(func.max(fresh_scores.c.number))).scalar() or 0
            told = [
                {
                    "number": last + place, "snapshot_id": snapshot_id, "subject": subject, "at": at,
                    "row": json.dumps(dict(row), ensure_ascii=False, default=_plain, allow_nan=False),
                }
                for place, (subject, row) in enumerate(rows.items(), 1)
            ]  # fmt: skip
            if told:
                connection.execute(insert(fresh_scores), told)
            connection.execute(delete(fresh_scores).where(fresh_scores.c.at < old))
        self.look(snapshot_id)

    def look(self, snapshot_id: str) -> _Known:
        """Read what came since; who comes meanwhile goes on with what is known, and at the first time waits."""
        known = self._of(snapshot_id)
        known.looked = time.monotonic()
        with self._lock:
            newer = (fresh_scores.c.snapshot_id == snapshot_id) & (fresh_scores.c.number > known.read_to)
            try:
                with reading(self.engine).connect() as connection:
                    asked = select(fresh_scores).where(newer).order_by(fresh_scores.c.number)
                    found = connection.execute(asked).all()
            except SILENT:
                found = []  # the store does not answer: what was read stays
            for one in found:
                row = json.loads(one.row) | {"fresh_at": one.at}
                row["as_of"] = datetime.fromisoformat(row["as_of"])
                known.rows[one.subject], known.read_to = row, one.number
            known.read, known.looked = (
                True,
                time.monotonic(),
            )  # whoever waited for a slow store need not ask again
        return known

    def _of(self, snapshot_id: str) -> _Known:
        with self._lock:
            if snapshot_id not in self._known:
                self._known = dict(list(self._known.items())[-1:]) | {snapshot_id: _Known()}
            return self._known[snapshot_id]


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not plain: {type(value).__name__}")
