"""The inbox: single records, committed durably to the operational store and readable at once.

A receipt means that the record is on disk. Posted rows pass the same rules as the rows of a file; they are known from
the moment of the post on, never before. ``fold`` moves them into Parquet; ``as_of`` reads both in the meantime.

    receipt = Inbox(pool).post("penalty", [{"subject": ..., "source_record_id": ..., ...}], by="jing-an court")

Rows are given in the words of the department's file (its columns, units and codes) or of the engine (the names of the
mapping's targets, amounts in yuan, the book's codes). ``received_at`` is set here and cannot be given.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from credit_risk.errors import InputError
from credit_risk.records.identity.resolve import resolve
from credit_risk.records.ingest.clean import without_person_numbers
from credit_risk.records.ingest.judge import fresh_rows, judge, judging
from credit_risk.records.ingest.posted import posted_rows, source_for
from credit_risk.records.store import Pool
from credit_risk.store import reading
from credit_risk.store.tables import inbox, receipts

__all__ = ["Inbox", "Problem", "Receipt"]

TRIES = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a posted row was refused: ``row`` counts from 1, ``came`` is the value as it came."""

    row: int
    field: str
    came: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a post: ``read = new + corrected + known + quarantined + waiting``.

    ``repeated`` says that the idempotency key was used before for the same rows and this is the receipt of then.
    """

    receipt_id: str
    at: datetime
    by: str
    source: str
    kind: str
    read: int
    new: int
    corrected: int
    known: int
    quarantined: int
    waiting: int
    problems: tuple[Problem, ...] = ()
    repeated: bool = False


class Inbox:
    """Takes in single records."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def post(
        self,
        source_or_kind: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        by: str,
        idempotency_key: str | None = None,
        now: datetime | None = None,
    ) -> Receipt:
        """Commit rows of one source and return the receipt once they are durable.

        Parameters
        ----------
        source_or_kind
            A source of the book, or a record or relation type that exactly one source delivers.
        rows
            At most 1,000, all in the file's words or all in the engine's.
        by
            Who posts.
        idempotency_key
            The same key with the same rows gives the receipt of the first time; with other rows it is refused.
        now
            The clock (local, naive), the current time by default: the moment from which on the rows are known.

        Raises
        ------
        InputError
            The source or a field is unknown, no or too many rows came, or the key was used for other rows. A row with
            a wrong value raises nothing: it goes to quarantine, and the receipt says why.

        """
        rule = source_for(self.pool.rules, source_or_kind)
        text = json.dumps(
            [rule.source, [dict(row) for row in rows]], ensure_ascii=False, sort_keys=True, default=str
        )
        content = hashlib.sha256(text.encode()).hexdigest()
        for _ in range(TRIES):
            earlier = self._earlier(by, idempotency_key, content)
            if earlier is not None:
                return earlier
            try:
                return self._post(rule.source, rows, by, idempotency_key, content, now or datetime.now())
            except IntegrityError:  # somebody else posted the same record or key meanwhile: look again
                continue
        raise InputError("the same records are being posted by others", hint="try again")

    def receipt(self, receipt_id: str) -> Receipt:
        """Return a receipt by its id; raises InputError."""
        with reading(self.pool.pending.store).connect() as connection:
            found = connection.execute(select(receipts).where(receipts.c.receipt_id == receipt_id)).first()
        if found is None:
            raise InputError(f"no receipt {receipt_id!r}")
        return _receipt(found)

    def _earlier(self, by: str, key: str | None, content: str) -> Receipt | None:
        if key is None:
            return None
        wanted = select(receipts).where(receipts.c.by == by, receipts.c.idempotency_key == key)
        with reading(self.pool.pending.store).connect() as connection:
            found = connection.execute(wanted).first()
        if found is None:
            return None
        if found.content != content:
            raise InputError(
                f"idempotency key {key!r} was used for other rows", hint="use a new key for new rows"
            )
        return replace(_receipt(found), repeated=True)

    def _post(
        self,
        name: str,
        rows: Sequence[Mapping[str, Any]],
        by: str,
        key: str | None,
        content: str,
        at: datetime,
    ) -> Receipt:
        source, raw = posted_rows(self.pool.rules.sources[name], rows)
        delivery = f"{name}-{content[:24]}"
        with judging(self.pool, at) as connection:
            connection.register("posted", raw)
            connection.execute("CREATE TEMP VIEW raw AS SELECT * FROM posted")
            found = resolve(self.pool, connection, source, raw.column_names[1:], delivery)
            judged = judge(self.pool, connection, found.source, found.columns, delivery, "收件箱 inbox")
            stored = connection.execute(fresh_rows(self.pool.rules, source.to)).to_arrow_table()
            problems = _problems(connection)
        receipt = Receipt(
            uuid.uuid4().hex, at, by, name, source.to, judged.read + found.waiting, judged.new, judged.corrected,
            judged.known, judged.quarantined, found.waiting, problems,
        )  # fmt: skip
        with self.pool.pending.store.begin() as connection_:
            _commit(connection_, receipt, key, content, stored)
        return receipt


def _problems(connection: duckdb.DuckDBPyConnection) -> tuple[Problem, ...]:
    found = connection.execute(
        f"SELECT _row, problem.field, {without_person_numbers('problem.came')}, problem.reason FROM"
        " (SELECT _row, unnest(problems) AS problem FROM typed WHERE problems IS NOT NULL) ORDER BY 1, 2"
    ).fetchall()
    return tuple(Problem(int(row), field, came, reason) for row, field, came, reason in found)


def _commit(
    connection: Connection, receipt: Receipt, key: str | None, content: str, stored: pa.Table
) -> None:
    counts = {name: getattr(receipt, name) for name in COUNTS}
    connection.execute(
        insert(receipts).values(
            receipt_id=receipt.receipt_id, at=receipt.at.isoformat(), by=receipt.by, idempotency_key=key,
            content=content, source=receipt.source, kind=receipt.kind, counts=json.dumps(counts),
            problems=json.dumps([asdict(one) for one in receipt.problems], ensure_ascii=False),
        )
    )  # fmt: skip
    texts = stored.cast(pa.schema([(name, pa.string()) for name in stored.column_names])).to_pylist()
    if texts:
        connection.execute(insert(inbox), [
            {
                "receipt_id": receipt.receipt_id, "kind": receipt.kind, "record_id": row["record_id"],
                "version": row["version"], "row": json.dumps(row, ensure_ascii=False),
            }
            for row in texts
        ])  # fmt: skip


COUNTS = ("read", "new", "corrected", "known", "quarantined", "waiting")


def _receipt(found: Row[Any]) -> Receipt:
    problems = tuple(Problem(**one) for one in json.loads(found.problems))
    return Receipt(
        found.receipt_id, datetime.fromisoformat(found.at), found.by, found.source, found.kind,
        **json.loads(found.counts), problems=problems,
    )  # fmt: skip
