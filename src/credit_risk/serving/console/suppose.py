"""What a repair would change, and why the score moved: pages of one enterprise."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from credit_risk.errors import InputError
from credit_risk.explain.mendable import Mendable
from credit_risk.explain.suppose import CAUSES, Change, WhatIf
from credit_risk.serving.console.causes import causes_of
from credit_risk.serving.console.enterprise import kinds
from credit_risk.serving.console.mending import (
    mendable_of,
    offers_of,
    possible_on,
    reckoned,
    stages_of,
    what_if_mended,
)
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import A_MOMENT, AtDesk, Look, NotAllowed, checked, may, note
from credit_risk.serving.console.weights import borders_of
from credit_risk.serving.desk import Desk
from credit_risk.serving.workbench import Piece

__all__ = ["router"]

router = APIRouter()
Reader = Annotated[Look, Depends(may("explain.read"))]


@router.get("/enterprises/{subject}/what-if")
def what_if(
    request: Request,
    desk: AtDesk,
    look: Reader,
    subject: str,
    record: Annotated[list[str] | None, Query(max_length=20)] = None,
    way: bool = False,
    again: bool = False,
) -> HTMLResponse:
    """Return which records can be mended and which not, what mending the chosen would change, the way out if asked.

    A search for the way out that was stopped is begun ``again`` where that is asked for.
    """
    published = desk.published()
    if published is None or subject not in published.scores.index:
        raise HTTPException(404)
    t = published.as_of.to_pydatetime()
    lines = desk.archive(subject, everything=False).lines
    looked = _looked(desk, subject)
    piece = _mended(desk, subject, record) if record else None
    listed = looked.over(A_MOMENT)
    over = piece is None or piece.over(A_MOMENT)
    found = piece.found if piece else None
    search, refused = None, (piece.refused if piece else None) or looked.refused
    try:
        search = desk.way(subject, again) if way else None
    except InputError as wrong:
        refused = wrong.message
    offers = offers_of(desk.rules, lines, looked.found) if looked.found else None
    note(desk, look, "what_if.read", subject)
    return page(
        request, look, "what_if.html", subject=subject, entry=published.directory.entry(subject), as_of=t,
        offers=offers, stages=stages_of(offers.open, t.date()) if offers else [], listed=listed,
        possible_on=possible_on(offers.open, record or [], t.date()) if offers else None,
        chosen=set(record or []), mended=[line for line in lines if line.record_id in (record or [])],
        found=found, reckoned=reckoned(found, borders_of(desk, published, subject)) if found else None,
        over=over, here_again=request.url.query,
        remedied={rule.record for rule in desk.rules.remedies.values()}, refused=refused, search=search,
        scorable=bool(published.scores.at[subject, "scorable"]), kinds=kinds(desk),
        indicators=desk.rules.indicators, grades=desk.rules.grades,
    )  # fmt: skip


@router.post("/enterprises/{subject}/what-if/stop")
def stop(desk: AtDesk, look: Annotated[Look, Depends(checked)], subject: str) -> RedirectResponse:
    """Stop the search for the way to a better grade; whoever asks again begins anew."""
    if "explain.read" not in look.rights:
        raise NotAllowed("explain.read")
    desk.way(subject).stop()
    note(desk, look, "what_if.stop", subject)
    return RedirectResponse(f"/console/enterprises/{subject}/what-if?way=1", 303)


@router.get("/enterprises/{subject}/change")
def change(
    request: Request, desk: AtDesk, look: Reader, subject: str, since: date | None = None
) -> HTMLResponse:
    """Return why the score moved since an earlier day, the scoring before by default."""
    published = desk.published()
    if published is None or subject not in published.scores.index:
        raise HTTPException(404)
    since = since or published.before_on
    piece = _changed(desk, subject, since) if since else None
    over = piece is None or piece.over(A_MOMENT)
    found = piece.found if piece else None
    note(desk, look, "change.read", subject)
    return page(
        request, look, "change.html", subject=subject, entry=published.directory.entry(subject), since=since,
        as_of=published.as_of, over=over, found=found, steps=causes_of(found) if found else [],
        refused=piece.refused if piece else None, causes=CAUSES, indicators=desk.rules.indicators,
    )  # fmt: skip


def _looked(desk: Desk, subject: str) -> Piece[Mendable]:
    """Return which records can be mended as a piece of work, begun now if it was not asked for before."""
    key = ("mendable", desk.snapshots.current(), subject)
    return desk.workbench.ask(key, lambda: mendable_of(desk, subject))


def _mended(desk: Desk, subject: str, record_ids: list[str]) -> Piece[WhatIf]:
    """Return what mending records would change as a piece of work, begun now if it was not asked for before."""
    ids = tuple(sorted(set(record_ids)))
    key = ("what_if", desk.snapshots.current(), subject, ids)
    return desk.workbench.ask(key, lambda: what_if_mended(desk, subject, ids))


def _changed(desk: Desk, subject: str, since: date) -> Piece[Change]:
    """Return why the score moved as a piece of work, begun now if it was not asked for before."""
    key = ("change", desk.snapshots.current(), subject, since)
    return desk.workbench.ask(key, lambda: desk.change(subject, since))
