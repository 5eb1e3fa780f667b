"""The outbox: a chain of messages for every fact that was ever shared, in one order, and the receipts for them.

    first word ─▶ a changed one supersedes it ─▶ a retraction takes it back ─▶ (a first word again)

A message's id is the hash of its content and of the message before it, so that the same content is said once however
often it is shared. Only the latest message about a fact is handed out with its content: what was superseded or taken
back is not told again, not even to one who begins from the start.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, exists, func, insert, select

from credit_risk.errors import CheckFailed, InputError
from credit_risk.store import exclusive, reading
from credit_risk.store.service_tables import outbox, outbox_receipts

__all__ = ["Message", "Outbox", "Receipt", "Result", "Shared"]

FACT = (outbox.c.kind, outbox.c.subject, outbox.c.item)


@dataclass(frozen=True, slots=True)
class Result:
    """A fact as it may be shared: entry of the book, enterprise, which one of several (or empty), named fields."""

    share: str
    subject: str
    item: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """How many messages one sharing wrote, and how many facts stand as they were said."""

    new: int
    changed: int
    retracted: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``content`` is None on a retraction and where a later message stands in its place."""

    number: int
    message_id: str
    share: str
    subject: str
    at: str
    retraction: bool
    supersedes: str | None
    superseded: bool
    content: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a caller said of a message, and when it said so first."""

    message_id: str
    at: str
    result: str
    detail: str | None


class Outbox:
    """The outbox of a book."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def share(self, results: Iterable[Result], at: datetime) -> Shared:
        """Write what is new, changed or gone among all facts that are shared now, in one transaction.

        A fact that was shared and is not among ``results`` is retracted. The same results again write nothing.
        """
        with self.engine.begin() as connection:
            exclusive(connection, outbox)
            heads = _heads(connection)
            rows, counts = [], {"new": 0, "changed": 0, "retracted": 0, "unchanged": 0}
            for result in results:
                head = heads.pop((result.share, result.subject, result.item), None)
                live = head is not None and head.retracts is None
                if live and head is not None and _id(result, head.supersedes) == head.message_id:
                    counts["unchanged"] += 1
                    continue
                counts["changed" if live else "new"] += 1
                rows.append(_row(result, head.message_id if head else None))
            for key, head in sorted(heads.items()):
                if head.retracts is None:
                    counts["retracted"] += 1
                    rows.append(_row(Result(*key, {}), head.message_id) | {"retracts": head.message_id})
            if rows:
                last = connection.execute(select(func.max(outbox.c.number))).scalar() or 0
                told = at.isoformat(timespec="seconds")
                numbered = [row | {"number": last + n, "at": told} for n, row in enumerate(rows, 1)]
                connection.execute(insert(outbox), numbered)
        return Shared(**counts)

    def after(self, number: int, limit: int) -> list[Message]:
        """Return the messages after a number, oldest first."""
        later = outbox.alias()
        same = [later.c[column.name] == column for column in FACT]
        replaced = exists().where(*same, later.c.number > outbox.c.number)
        asked = select(outbox, replaced.label("superseded")).where(outbox.c.number > number)
        with reading(self.engine).connect() as connection:
            found = connection.execute(asked.order_by(outbox.c.number).limit(limit)).all()
        return [_message(row) for row in found]

    def receipt(self, message_id: str, caller: str, result: str, detail: str | None, at: datetime) -> Receipt:
        """Keep a caller's receipt; the same one again is the first.

        Raises
        ------
        InputError
            There is no such message.
        CheckFailed
            The caller has given another result for it.

        """
        row = {"message_id": message_id, "caller": caller, "result": result, "detail": detail,
               "at": at.isoformat(timespec="seconds")}  # fmt: skip
        own = (outbox_receipts.c.message_id == message_id) & (outbox_receipts.c.caller == caller)
        with self.engine.begin() as connection:
            exclusive(connection, outbox_receipts)
            known = select(outbox.c.number).where(outbox.c.message_id == message_id)
            if connection.execute(known).first() is None:
                raise InputError(f"no message {message_id}")
            first = connection.execute(select(outbox_receipts).where(own)).first()
            if first is None:
                connection.execute(insert(outbox_receipts).values(row))
                return Receipt(message_id, row["at"] or "", result, detail)
        if first.result != result:
            raise CheckFailed(
                f"the receipt of {first.at} said {first.result}", hint="the first receipt stands"
            )
        return Receipt(message_id, first.at, first.result, first.detail)


def _heads(connection: Connection) -> dict[tuple[str, str, str], Any]:
    last = select(func.max(outbox.c.number)).group_by(*FACT)
    told = select(outbox.c.message_id, *FACT, outbox.c.supersedes, outbox.c.retracts)
    rows = connection.execute(told.where(outbox.c.number.in_(last)))
    return {(row.kind, row.subject, row.item): row for row in rows}


def _row(result: Result, before: str | None) -> dict[str, Any]:
    return {
        "message_id": _id(result, before), "kind": result.share, "subject": result.subject, "item": result.item,
        "body": _plain(result.content), "supersedes": before, "retracts": None,
    }  # fmt: skip


def _id(result: Result, before: str | None) -> str:
    said = [result.share, result.subject, result.item, result.content, before]
    return hashlib.sha256(_plain(said).encode()).hexdigest()


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _message(row: Any) -> Message:
    silent = row.retracts is not None or row.superseded
    return Message(
        row.number, row.message_id, row.kind, row.subject, row.at, row.retracts is not None, row.supersedes,
        bool(row.superseded), None if silent else json.loads(row.body),
    )  # fmt: skip
