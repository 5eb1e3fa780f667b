"""The audit: every answer leaves a line, and every line holds the hash of the one before.

A line that is changed, taken out or put in breaks the chain. Lines cut off at the end leave the chain whole; who keeps
the number and hash of the last line elsewhere sees that too.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, desc, insert, select

from credit_risk.errors import TamperedError
from credit_risk.store import exclusive, reading
from credit_risk.store.tables import audit_lines

__all__ = ["Audit", "AuditHead"]

START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Number of lines and hash of the last; keep it elsewhere to see a chain cut short."""

    lines: int
    hash: str


class Audit:
    """The audit of a book."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def write(self, *, actor: str, role: str, scene: str, action: str, subject: str, result: str) -> str:
        """Append a line and return its id (``number-hash``); it is durable when this returns."""
        with self.engine.begin() as connection:
            exclusive(connection, audit_lines)
            last = connection.execute(
                select(audit_lines.c.number, audit_lines.c.hash).order_by(desc(audit_lines.c.number)).limit(1)
            ).first()
            line: dict[str, Any] = {
                "number": (last.number if last else 0) + 1,
                "at": datetime.now().isoformat(timespec="microseconds"),
                "actor": actor,
                "role": role,
                "scene": scene,
                "action": action,
                "subject": subject,
                "result": result,
                "before": last.hash if last else START,
            }
            line = {name: _plain(value) for name, value in line.items()}
            line["hash"] = _hash(line)
            connection.execute(insert(audit_lines).values(line))
        return f"{line['number']}-{line['hash'][:12]}"

    def latest(self, most: int) -> list[dict[str, Any]]:
        """Return the newest lines, the last first."""
        rows = select(audit_lines).order_by(desc(audit_lines.c.number)).limit(most)
        with reading(self.engine).connect() as connection:
            return [dict(row) for row in connection.execute(rows).mappings()]

    def verify(self) -> AuditHead:
        """Walk the chain; raise TamperedError at the first line that does not fit."""
        before, number = START, 0
        with reading(self.engine).connect() as connection:
            rows = connection.execute(select(audit_lines).order_by(audit_lines.c.number)).mappings()
            for row in rows:
                line = dict(row)
                kept = line.pop("hash")
                if line["number"] != number + 1 or line["before"] != before or _hash(line) != kept:
                    raise TamperedError(
                        f"audit: line {line['number']} does not fit the line before it",
                        hint="keep this database, and compare it with your last backup",
                        line=line["number"],
                    )
                before, number = kept, line["number"]
        return AuditHead(number, before)


def _plain(value: Any) -> Any:
    """Return a text as it can be stored and shown anywhere: one line, no halves of characters."""
    if not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)


def _hash(line: dict[str, Any]) -> str:
    text = json.dumps(line, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
