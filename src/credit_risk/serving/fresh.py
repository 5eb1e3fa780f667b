"""Scores computed anew since the published snapshot, because records came in; they stand before the snapshot's rows.

They are kept in the operational store under the id of the snapshot they follow, so that every process serves them and a
new snapshot, which knows what they knew, ends them at once. A set is committed whole: nobody reads half of it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import OperationalError

from credit_risk.store import exclusive, reading
from credit_risk.store.service_tables import fresh_scores

__all__ = ["Fresh"]

LOOK_AGAIN = 0.5  # seconds after which another process's scores are seen at the latest


class Fresh:
    """The fresh scores of a store, as far as this process has read them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}
        self._newest: dict[str, str] = {}
        self._read_to, self._looked = 0, 0.0
        self._lock = threading.Lock()

    def row(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return the fresh row of an enterprise that follows a snapshot, None when there is none."""
        self._look()
        return self._rows.get((snapshot_id, subject))

    def publish(self, snapshot_id: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
        """Commit rows by subject, all or none, and serve them from now on."""
        at = datetime.now().isoformat(timespec="microseconds")
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
        self._look(now=True)

    def _look(self, now: bool = False) -> None:
        if not now and time.monotonic() - self._looked < LOOK_AGAIN:
            return
        with self._lock:
            self._looked = time.monotonic()
            newer = select(fresh_scores).where(fresh_scores.c.number > self._read_to)
            try:
                with reading(self.engine).connect() as connection:
                    found = connection.execute(newer.order_by(fresh_scores.c.number)).all()
            except OperationalError:
                return  # the store does not answer: what was read stays
            for one in found:
                row = json.loads(one.row) | {"fresh_at": one.at}
                row["as_of"] = datetime.fromisoformat(row["as_of"])
                self._rows[one.snapshot_id, one.subject] = row
                self._newest[one.subject] = max(one.at, self._newest.get(one.subject, ""))
                self._read_to = one.number


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not plain: {type(value).__name__}")
