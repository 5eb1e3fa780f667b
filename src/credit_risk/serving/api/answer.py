"""A published score as it is told in a scene: one JSON text, made straight from the stored row.

The row was checked when it was published, so it is not validated again; tests hold what is told to the typed messages.
A number that is not finite is an error, never a null.
"""

from __future__ import annotations

import math
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from credit_risk.errors import Fault
from credit_risk.explain.brief import Brief
from credit_risk.explain.told import Words
from credit_risk.serving.desk import Desk
from credit_risk.serving.messages import Notice
from credit_risk.serving.scene import HIDDEN, for_scene, unlawful, visible

__all__ = ["JSON", "closed", "encoded", "found", "listed", "told"]

JSON = "application/json"
NOTICE = orjson.dumps(Notice.model_dump())
NUMBERS = ("shown_score", "pd", "base_points", "other_points")


def found(desk: Desk, snapshot_id: str, subject: str, scene: str) -> dict[str, Any] | None:
    """Return the row of an enterprise as it is served now with the reasons that a scene is told; None without one."""
    fresh = desk.fresh.row(snapshot_id, subject)
    stored = None if fresh else desk.snapshots.stored_row(snapshot_id, subject)
    words = desk.snapshots.words(snapshot_id)
    if stored is None or words is None:
        row = fresh or desk.snapshots.row(snapshot_id, subject)
        return row and {
            **row,
            "reasons": [_lean_reason(r) for r in for_scene(desk.rules, row["reasons"], scene)],
        }
    seen, barred = visible(desk.rules, scene), unlawful(desk.rules, scene)
    return {**stored, "reasons": _brief(words).tell(stored, seen, barred, HIDDEN)}


@lru_cache(maxsize=2)
def _brief(words: Words) -> Brief:
    return Brief(words)


def told(desk: Desk, row: dict[str, Any], snapshot_id: str, reasons: bool = True) -> dict[str, Any]:
    """Return what is told of a row that was ``found``; nulls are left out."""
    for name in NUMBERS:
        if row[name] is not None and not math.isfinite(row[name]):
            raise Fault(f"{row['subject']}: {name} is not finite in snapshot {snapshot_id}")
    as_of: datetime = row["as_of"]
    answer = {
        "subject": row["subject"],
        "scorable": row["scorable"],
        "why_not": row["why_not"],
        "score": row["shown_score"],
        "pd": row["pd"],
        "pd_low": row.get("pd_low"),
        "pd_high": row.get("pd_high"),
        "pd_terms": orjson.loads(row["pd_terms"]) if row["pd_terms"] else None,
        "pd_heads": orjson.loads(row["pd_heads"]) if row["pd_heads"] else None,
        "grade": row["grade"],
        "public_class": row["public_class"],
        "base_points": row["base_points"],
        "other_points": row["other_points"],
        "reasons": row["reasons"] if reasons else [],
        "peer_group": row["peer_group"],
        "data_depth": row.get("data_depth"),
        "flags": desk.flags(row),
        "freshness": {"as_of": desk.told_at(as_of), "age_days": (desk.today - as_of.date()).days},
        "as_of": desk.told_at(as_of),
        "model_id": row["model_id"],
        "snapshot_id": snapshot_id,
    }
    return {name: value for name, value in answer.items() if value is not None}


def encoded(answer: dict[str, Any]) -> bytes:
    """Return an answer as JSON that is still open at its end, see ``closed`` and ``listed``."""
    return orjson.dumps(answer)[:-1]


def closed(opened: bytes, audit_id: str) -> bytes:
    """Close an answer with the notice and the id of its audit line."""
    return b'%b,"notice":%b,"audit_id":"%b"}' % (opened, NOTICE, audit_id.encode())


def listed(snapshot_id: str, opened: list[bytes], audit_id: str) -> bytes:
    """Close many answers that are one: the list first, then what holds for all of it."""
    ends = {"snapshot_id": snapshot_id, "audit_id": audit_id}
    items = b"},".join(opened) + (b"}" if opened else b"")
    return b'{"items":[%b],"notice":%b,%b' % (items, NOTICE, orjson.dumps(ends)[1:])


def _lean_reason(reason: dict[str, Any]) -> dict[str, Any]:
    return {**_present(reason), "indicators": [_lean_indicator(one) for one in reason["indicators"]]}


def _lean_indicator(one: dict[str, Any]) -> dict[str, Any]:
    lean = _present(one)
    lean.setdefault("withheld", False)
    lean.setdefault("evidence", [])
    return lean


def _present(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
