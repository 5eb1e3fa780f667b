"""The outbox for the city platform: it polls with a cursor and gives a receipt for each message."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from credit_risk.errors import CheckFailed, InputError
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.messages import Plain

__all__ = ["router"]

router = APIRouter(prefix="/outbox", tags=["exchange"])
LAST = 2**31 - 1


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutboxMessage(_Given):
    """One message. The latest about a fact carries its content; a retraction takes back the one it supersedes."""

    cursor: int
    message_id: str
    share: str = Field(description="An entry of the book's `shares`.")
    subject: str
    at: datetime
    action: Literal["share", "retract"]
    supersedes: str | None = Field(None, description="The message before it about the same fact.")
    superseded: bool = Field(description="A later message about the same fact stands in its place.")
    content: dict[str, Any] | None = None


class OutboxPage(_Given):
    """Messages in order; ask again with `next_cursor`, at once where there is `more`."""

    items: list[OutboxMessage]
    next_cursor: int
    more: bool
    audit_id: str


class ReceiptGiven(_Given):
    """Whether a message was taken in."""

    result: Literal["accepted", "refused"]
    detail: Plain | None = Field(None, description="Why it was refused.")


class ReceiptKept(_Given):
    """The receipt as it is kept; given twice it is one."""

    message_id: str
    at: datetime
    result: Literal["accepted", "refused"]
    detail: str | None = None
    audit_id: str


@router.get("", responses=responses(401, 403, 422, 429, 503))
def poll(
    at: Annotated[Visit, Depends(visit("outbox.read"))],
    after: Annotated[int, Query(ge=0, le=LAST, description="`next_cursor` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> OutboxPage:
    """Return the messages after the cursor, oldest first; each comes once to one who polls with the last cursor."""
    found = at.desk.outbox.after(after, limit)
    items = [
        OutboxMessage(
            cursor=m.number, message_id=m.message_id, share=m.share, subject=m.subject,
            at=at.desk.local(datetime.fromisoformat(m.at)), action="retract" if m.retraction else "share",
            supersedes=m.supersedes, superseded=m.superseded, content=m.content,
        )
        for m in found
    ]  # fmt: skip
    audit_id = at.note("", f"{len(found)} messages after {after}", "200")
    last = found[-1].number if found else after
    return OutboxPage(items=items, next_cursor=last, more=len(found) == limit, audit_id=audit_id)


@router.post("/{message_id}/receipt", responses=responses(401, 403, 404, 409, 422, 429, 503))
def receipt(
    message_id: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    given: ReceiptGiven,
    at: Annotated[Visit, Depends(visit("outbox.receipt"))],
) -> ReceiptKept:
    """Keep the receipt for a message; the same one again is answered with the first, another result is refused."""
    try:
        kept = at.desk.outbox.receipt(
            message_id, at.who.caller_id, given.result, given.detail, datetime.now()
        )
    except InputError:
        at.note("", message_id, "404")
        raise Refused(404, "no such message", field="message_id", came=message_id) from None
    except CheckFailed as refused:
        at.note("", message_id, "409")
        raise Refused(409, refused.message, field="result", hint=refused.hint) from None
    audit_id = at.note("", f"{message_id} {kept.result}", "200")
    told_at = at.desk.local(datetime.fromisoformat(kept.at))
    return ReceiptKept(
        message_id=message_id, at=told_at, result=given.result, detail=kept.detail, audit_id=audit_id
    )
