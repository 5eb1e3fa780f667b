"""Warnings beyond the capacity: they are kept, with the reason, and stand in line again at the next scoring."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may
from credit_risk.serving.desk import Desk, Published
from credit_risk.warnings.ledger import WHY

__all__ = ["kept_back_of", "router", "why_unrated"]

router = APIRouter()
PAGE = 30


@router.get("/kept-back")
def show(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("warning.read"))],
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> HTMLResponse:
    """Return one page of the warnings that became no case, in the order of work."""
    published = desk.published()
    table = kept_back_of(desk, published)
    asked = table["subject"].iloc[(number - 1) * PAGE : number * PAGE].tolist()
    rows = desk.ledger.kept_back(published.snapshot_id, asked) if published else []
    return page(
        request, look, "kept_back.html", rows=[(one, published.directory.entry(one.subject)) for one in rows]
        if published else [], total=len(table), number=number, pages=-(-len(table) // PAGE), why=WHY,
        counts=table["why"].value_counts().to_dict(), scores=published.scores if published else None,
        unrated=why_unrated(published, asked),
    )  # fmt: skip


def kept_back_of(desk: Desk, published: Published | None) -> pd.DataFrame:
    """Return who was kept back at the published scoring, read once a fold."""
    if published is None:
        return desk.ledger.suppressed("")
    mark = desk.ledger.mark().seen
    return desk.once("kept back", published, lambda: desk.ledger.suppressed(published.snapshot_id), mark)


def why_unrated(published: Published | None, subjects: list[str]) -> dict[str, str]:
    """Return of those of these enterprises that have no grade why not (``中文 · English``)."""
    if published is None:
        return {}
    known = published.scores.loc[published.scores.index.intersection(subjects)]
    told: dict[str, str] = known.loc[~known["scorable"].astype(bool), "why_not"].fillna("").to_dict()
    return told
