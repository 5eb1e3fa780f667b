"""Single records taken in: durable when the receipt is given; their enterprises are scored again in the background."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from sqlalchemy import select

from credit_risk.errors import InputError
from credit_risk.records import Receipt
from credit_risk.serving.again import ends_of
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.idempotency import HEADER, IdempotentRoute
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.posting import RecordsPosted, RecordsReceipt
from credit_risk.store import reading
from credit_risk.store.tables import inbox

__all__ = ["router"]

router = APIRouter(tags=["records"], route_class=IdempotentRoute)
Poster = Annotated[Visit, Depends(visit("record.post"))]


@router.post("/records", status_code=201, responses=responses(401, 403, 409, 422, 429, 503))
def post(
    asked: RecordsPosted,
    at: Poster,
    idempotency_key: Annotated[str | None, Header(alias=HEADER, max_length=128)] = None,
) -> RecordsReceipt:
    """Take in rows of one source and return the receipt: what is counted as new or corrected is on disk.

    A row with a wrong value goes to quarantine, and the receipt says why. A fresh score follows in the background.
    """
    desk = at.desk
    try:
        with desk.inbox_lock:
            receipt = desk.inbox.post(
                asked.source, asked.rows, by=at.who.poster, idempotency_key=idempotency_key, now=desk.now
            )
    except InputError as wrong:
        at.note("", asked.source, "422")
        raise Refused(422, wrong.message, field="rows", hint=wrong.hint) from None
    audit_id = at.note("", f"receipt {receipt.receipt_id}", "201")
    if receipt.new + receipt.corrected:
        desk.rescorer.post(_about(at, receipt.receipt_id))
    return _told(at, receipt, audit_id)


@router.get("/receipts/{receipt_id}", responses=responses(401, 403, 404, 422, 429, 503))
def receipt(receipt_id: str, at: Poster) -> RecordsReceipt:
    """Return a receipt that was given to this caller."""
    try:
        found = at.desk.inbox.receipt(receipt_id)
    except InputError:
        found = None
    if found is None or found.by != at.who.poster:
        at.note("", receipt_id, "404")
        raise Refused(404, "no such receipt of this caller", field="receipt_id")
    return _told(at, found, at.note("", receipt_id, "200"))


def _about(at: Visit, receipt_id: str) -> list[str]:
    rows = select(inbox.c.row).where(inbox.c.receipt_id == receipt_id)
    with reading(at.desk.engine).connect() as connection:
        return ends_of(connection.execute(rows).scalars().all())


def _told(at: Visit, receipt: Receipt, audit_id: str) -> RecordsReceipt:
    told = asdict(receipt) | {"at": at.desk.local(receipt.at), "audit_id": audit_id}
    return RecordsReceipt(**told)
