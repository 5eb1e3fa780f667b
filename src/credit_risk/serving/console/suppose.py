"""What a repair would change, and why the score moved: pages of one enterprise."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse

from credit_risk.errors import InputError
from credit_risk.explain.suppose import CAUSES
from credit_risk.serving.console.enterprise import kinds
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may, note

__all__ = ["router"]

router = APIRouter()
Reader = Annotated[Look, Depends(may("explain.read"))]
ADVERSE = ("minor", "general", "serious")


@router.get("/enterprises/{subject}/what-if")
def what_if(
    request: Request,
    desk: AtDesk,
    look: Reader,
    subject: str,
    record: Annotated[list[str] | None, Query(max_length=20)] = None,
    way: bool = False,
) -> HTMLResponse:
    """Return the adverse records that count, what repairing the chosen ones would change, and the way out if asked."""
    published = desk.published()
    if published is None or subject not in published.scores.index:
        raise HTTPException(404)
    t = published.as_of.to_pydatetime()
    lines = desk.archive(subject, everything=False).lines
    counting = [line for line in lines if line.severity in ADVERSE and line.status == "usable"]
    found, search, refused = None, None, None
    try:
        found = desk.what_if(subject, record) if record else None
        search = desk.way(subject) if way else None
    except InputError as wrong:
        refused = wrong.message
    note(desk, look, "what_if.read", subject)
    return page(
        request, look, "what_if.html", subject=subject, entry=published.directory.entry(subject), as_of=t,
        lines=counting[::-1], chosen=set(record or []), found=found, refused=refused, search=search,
        scorable=bool(published.scores.at[subject, "scorable"]), kinds=kinds(desk),
        indicators=desk.rules.indicators, grades=desk.rules.grades,
    )  # fmt: skip


@router.get("/enterprises/{subject}/change")
def change(
    request: Request, desk: AtDesk, look: Reader, subject: str, since: date | None = None
) -> HTMLResponse:
    """Return why the score moved since an earlier day, the scoring before by default."""
    published = desk.published()
    if published is None or subject not in published.scores.index:
        raise HTTPException(404)
    since, found, refused = since or published.before_on, None, None
    try:
        found = desk.change(subject, since) if since else None
    except InputError as wrong:
        refused = wrong.message
    note(desk, look, "change.read", subject)
    return page(
        request, look, "change.html", subject=subject, entry=published.directory.entry(subject), since=since,
        as_of=published.as_of, found=found, refused=refused, causes=CAUSES, indicators=desk.rules.indicators,
    )  # fmt: skip
