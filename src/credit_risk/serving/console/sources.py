"""Sources: how much of each has come, how fresh it is, and which are overdue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from credit_risk.records.coverage import coverage
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may
from credit_risk.serving.desk import Desk, Published

__all__ = ["router", "sources_of", "told"]

router = APIRouter()


@router.get("/sources")
def show(request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("score.read"))]) -> HTMLResponse:
    """Return every source of the book: overdue ones first, then those longest silent."""
    published = desk.published()
    rows = sources_of(desk, published) if published else []
    return page(request, look, "sources.html", published=published, rows=rows, told=told(rows))


def sources_of(desk: Desk, published: Published) -> list[dict[str, Any]]:
    """Return the coverage of every source as known at the snapshot's t, computed once a snapshot."""

    def read() -> list[dict[str, Any]]:
        t = published.as_of.to_pydatetime()
        with desk.pool_lock:
            rows: list[dict[str, Any]] = coverage(desk.matrix.records.pool, t).to_pylist()
        for row in rows:
            row["title"] = {"zh": row["title_zh"], "en": row["title_en"]}
            row["silent"] = (t - row["last_received"]).days if row["last_received"] else None
        never = 10**6
        return sorted(
            rows, key=lambda r: (not r["overdue"], -(never if r["silent"] is None else r["silent"]))
        )

    return desk.once("sources", published, read)


def told(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many sources there are, how many are overdue, and how many never delivered."""
    return {
        "all": len(rows), "overdue": sum(bool(r["overdue"]) for r in rows),
        "never": sum(r["last_received"] is None for r in rows),
        "quarantined": sum(int(r["quarantined"] or 0) for r in rows),
    }  # fmt: skip
