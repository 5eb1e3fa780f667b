"""Which sources are overdue and which records or relations cannot be read, told as flags with every answer.

Looked at by the thread that scores again: when it begins, after a fault, and once an hour. Published scores are served
all the same: what they rest on was read when they were made.
"""

from __future__ import annotations

import time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.records import Pool
from credit_risk.records.coverage import coverage

__all__ = ["UNREADABLE", "SourceWatch"]

LOOK_AGAIN = 3600.0  # seconds
UNREADABLE = (OSError, pa.ArrowInvalid, duckdb.IOException, duckdb.InvalidInputException)


class SourceWatch:
    """What was found when the pool was last looked at; ``flags`` are none before that."""

    def __init__(self) -> None:
        self.flags: tuple[str, ...] = ()
        self._looked: float | None = None

    @property
    def due(self) -> float:
        """Seconds until the next look."""
        return 0.0 if self._looked is None else max(0.0, self._looked + LOOK_AGAIN - time.monotonic())

    def overtaken(self) -> None:
        """Have the pool looked at again soon, because something could not be read."""
        self._looked = None

    def look(self, pool: Pool) -> None:
        """Look at the pool: ``unreadable:TYPE``, else ``source_overdue:SOURCE`` (see ``records.coverage``)."""
        self._looked = time.monotonic()
        broken = [
            f"unreadable:{kind}"
            for kind in [*pool.rules.records, *pool.rules.relations]
            if _broken(pool, kind)
        ]
        self.flags = tuple(broken or [f"source_overdue:{name}" for name in _overdue(pool)])


def _broken(pool: Pool, kind: str) -> bool:
    try:
        for path in pool.files(kind):
            pq.read_metadata(path)
    except UNREADABLE:
        return True
    return False


def _overdue(pool: Pool) -> list[str]:
    return [
        row["source"] for row in coverage(pool).select(["source", "overdue"]).to_pylist() if row["overdue"]
    ]
