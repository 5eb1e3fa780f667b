"""Rows that nobody can be sure whom they mean: an analyst says who is meant, or that nobody of ours is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from credit_risk.errors import InputError
from credit_risk.records.identity import Decisions, waiting
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, may, note

__all__ = ["router"]

router = APIRouter()
PAGE = 50


@router.get("/identity")
def show(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("identity.decide"))],
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
    done: str = "",
) -> HTMLResponse:
    """Return the waiting rows, likeliest first, each with the best guess and its probability."""
    published = desk.published()
    with desk.pool_lock:
        rows = waiting(desk.matrix.records.pool)
    shown = [
        (row, published.directory.entry(row.candidate) if row.candidate and published else None)
        for row in rows[(number - 1) * PAGE : number * PAGE]
    ]
    return page(
        request, look, "identity.html", rows=shown, total=len(rows), number=number, pages=-(-len(rows) // PAGE),
        sources=desk.rules.sources, done=done,
    )  # fmt: skip


@router.post("/identity")
def decide(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    key: Annotated[str, Form(max_length=100)],
    act: Annotated[str, Form(max_length=10)],
    reason: Annotated[str, Form(max_length=2000)],
    subject: Annotated[str, Form(max_length=40)] = "",
) -> RedirectResponse:
    """Write the decision down; the next ingest applies it, and the record is known from the decision on."""
    if "identity.decide" not in look.rights:
        raise NotAllowed("identity.decide")
    with desk.pool_lock:
        decisions = Decisions(desk.matrix.records.pool)
        if act == "link":
            decisions.link(key, subject, look.person.shown, reason)
        elif act == "reject":
            decisions.reject(key, look.person.shown, reason)
        else:
            raise InputError(f"act: expected link or reject, came {act!r}")
    note(desk, look, f"identity.{act}", key)
    return RedirectResponse(f"/console/identity?done={act}", 303)
