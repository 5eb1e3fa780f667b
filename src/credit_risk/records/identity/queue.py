"""The queue of rows that nobody can be sure whom they mean, and what persons decided about them.

A row that waits is kept below ``pool/waiting`` and nowhere else: no indicator, score or archive reads it. A decision
is one line in ``identity.jsonl``, appended and never changed; the last one about a row counts. The next ingest applies
it: the record is then known from the decision on, not before.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from credit_risk.errors import InputError
from credit_risk.records.store import Pool
from credit_risk.records.uscc import is_uscc, normalise

__all__ = ["Decision", "Decisions", "Waiting", "waiting", "waiting_files"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row that waits: what it says of the enterprise, and the best guess with its probability, if any."""

    key: str
    source: str
    target: str
    scheme: str
    given: str
    happened: date | None
    candidate: str | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who said what about a row; ``subject`` is None when the row was rejected."""

    key: str
    subject: str | None
    by: str
    reason: str
    at: datetime


class Decisions:
    """The decisions of persons about waiting rows."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.path = pool.folder.parent / "identity.jsonl"

    def known(self, t: datetime) -> dict[str, Decision]:
        """Return the last decision about each row that was taken by t."""
        if not self.path.exists():
            return {}
        lines = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        found = [Decision(**{**line, "at": datetime.fromisoformat(line["at"])}) for line in lines]
        return {one.key: one for one in found if one.at <= t}

    def link(self, key: str, subject: str, by: str, reason: str, at: datetime | None = None) -> Decision:
        """Say that a waiting row (key or its beginning) means an enterprise; raises InputError."""
        code = normalise(subject)
        if not is_uscc([code])[0]:
            raise InputError(f"USCC: expected a valid unified social credit code, came {subject!r}")
        return self._append(Decision(self._one(key), code, by, reason, at or datetime.now()))

    def reject(self, key: str, by: str, reason: str, at: datetime | None = None) -> Decision:
        """Say that a waiting row means no enterprise of ours; it is kept, but is no longer in the queue."""
        return self._append(Decision(self._one(key), None, by, reason, at or datetime.now()))

    def _one(self, beginning: str) -> str:
        keys = {one.key for one in _all(self.pool) if one.key.startswith(beginning)} if beginning else set()
        if len(keys) != 1:
            what = "no waiting record" if not keys else f"{len(keys)} waiting records"
            raise InputError(
                f"{what} with a key that begins with {beginning!r}",
                hint="see the keys with: credit-risk identity queue",
            )
        return keys.pop()

    def _append(self, decision: Decision) -> Decision:
        for name in ("by", "reason"):
            if not str(getattr(decision, name)).strip():
                raise InputError(f"{name}: expected a text, came nothing")
        line = json.dumps(asdict(decision) | {"at": decision.at.isoformat()}, ensure_ascii=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        return decision


def waiting(pool: Pool) -> list[Waiting]:
    """Return the rows that wait for a decision, likeliest first, then by key."""
    decided = Decisions(pool).known(datetime.max)
    rows = [one for one in _all(pool) if one.key not in decided]
    return sorted(rows, key=lambda one: (-(one.score or 0), one.key, one.target))


def waiting_files(pool: Pool) -> list[Path]:
    """Return the files of waiting rows in name order."""
    return sorted((pool.folder / "waiting").glob("[!.]*.parquet"))


def _all(pool: Pool) -> list[Waiting]:
    files = [str(path) for path in waiting_files(pool)]
    if not files:
        return []
    rows = duckdb.sql("SELECT * FROM read_parquet($files, union_by_name=true)", params={"files": files})
    columns = [f'":{name}"' for name in Waiting.__dataclass_fields__]
    return [Waiting(*row) for row in rows.select(", ".join(columns)).distinct().fetchall()]
