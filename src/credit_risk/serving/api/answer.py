"""A published score as it is told in a scene: one JSON text, cut from what was told ahead.

The row was checked when it was published, so it is not validated again; tests hold what is told to the typed messages.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from credit_risk.explain.marked import Cut
from credit_risk.explain.plain import plain
from credit_risk.explain.told import Words
from credit_risk.serving.desk import Desk
from credit_risk.serving.messages import Notice
from credit_risk.serving.scene import HIDDEN, for_scene, unlawful, visible

__all__ = ["JSON", "Pieces", "closed", "encoded", "listed", "opened"]

JSON = "application/json"
NOTICE = b',"notice":%b' % orjson.dumps(Notice.model_dump())
Pieces = list[bytes | memoryview]


def opened(desk: Desk, snapshot_id: str, subject: str, scene: str, reasons: bool = True) -> Pieces | None:
    """Return the answer about an enterprise as pieces of JSON, open at their end, see ``closed`` and ``listed``.

    It is told as it is served now, with the reasons that the scene may be told; None when there is no such row. Raises
    Fault where a number of it is not finite.
    """
    fresh = desk.fresh.row(snapshot_id, subject)
    told = None if fresh else desk.snapshots.told(snapshot_id, subject)
    if told is None:
        return _anew(desk, snapshot_id, fresh or desk.snapshots.row(snapshot_id, subject), scene, reasons)
    if reasons:
        words = desk.snapshots.words(snapshot_id)
        assert words is not None
        pieces = _cut(words, visible(desk.rules, scene), unlawful(desk.rules, scene)).out_of(told.whole)
    else:
        pieces = [told.whole.text[: told.head], b"[]"]
    pieces.append(_moving(desk, snapshot_id, subject, _moment(told.as_of), told.unseen_category))
    return pieces


def _anew(
    desk: Desk, snapshot_id: str, row: dict[str, Any] | None, scene: str, reasons: bool
) -> Pieces | None:
    """Return the answer of a row whose reasons are told as Python objects: it was scored again, or long ago."""
    if row is None:
        return None
    told = [_lean_reason(r) for r in for_scene(desk.rules, row["reasons"], scene)] if reasons else []
    whole = orjson.dumps(plain(row) | {"reasons": told})[:-1]
    again = "fresh_at" in row
    return [whole, _moving(desk, snapshot_id, row["subject"], row["as_of"], row["unseen_category"], again)]


def _moving(
    desk: Desk, snapshot_id: str, subject: str, as_of: datetime, unseen: str | None, fresh: bool = False
) -> bytes:
    """Return what changes from day to day, as it continues an object."""
    days = (desk.today - as_of.date()).days
    return _encoded_moving(desk.told_at(as_of), days, snapshot_id, desk.flags(subject, days, unseen, fresh))


@lru_cache(maxsize=4096)
def _encoded_moving(as_of: str, days: int, snapshot_id: str, flags: tuple[str, ...]) -> bytes:
    told = {
        "flags": flags, "freshness": {"as_of": as_of, "age_days": days}, "as_of": as_of, "snapshot_id": snapshot_id,
    }  # fmt: skip
    return b"," + orjson.dumps(told)[1:-1]


@lru_cache(maxsize=256)
def _cut(words: Words, seen: frozenset[str], barred: frozenset[str]) -> Cut:
    return Cut.of(words, seen, barred, HIDDEN)


_moment = lru_cache(maxsize=256)(datetime.fromisoformat)


def encoded(answer: dict[str, Any]) -> Pieces:
    """Return an answer as JSON that is still open at its end."""
    return [orjson.dumps(answer)[:-1]]


def closed(pieces: Pieces, audit_id: str) -> bytes:
    """Close an answer with the notice and the id of its audit line; its pieces are copied once."""
    return b"".join([*pieces, NOTICE, b',"audit_id":"%b"}' % audit_id.encode()])


def listed(snapshot_id: str, answers: list[Pieces], audit_id: str) -> bytes:
    """Close many answers that are one: the list first, then what holds for all of it."""
    items = [b"".join([*pieces, b"}"]) for pieces in answers]
    ends = {"snapshot_id": snapshot_id, "audit_id": audit_id}
    return b'{"items":[%b]%b,%b' % (b",".join(items), NOTICE, orjson.dumps(ends)[1:])


def _lean_reason(reason: dict[str, Any]) -> dict[str, Any]:
    return {**_present(reason), "indicators": [_lean_indicator(one) for one in reason["indicators"]]}


def _lean_indicator(one: dict[str, Any]) -> dict[str, Any]:
    lean = _present(one)
    lean.setdefault("withheld", False)
    lean.setdefault("evidence", [])
    return lean


def _present(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
