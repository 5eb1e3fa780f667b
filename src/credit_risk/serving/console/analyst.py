"""The analyst's corner: the model in force, its lineage, what quarantine holds, and the audit for auditors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from credit_risk.registry.history import History
from credit_risk.serving.console.health import health_of, history_of, manifest_of
from credit_risk.serving.console.library import reports_about, reports_of
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import A_MOMENT, AtDesk, Look, may
from credit_risk.serving.console.wording import doing, field_title, refusal
from credit_risk.serving.desk import Desk

__all__ = ["router"]

router = APIRouter()


@router.get("/models")
def models(
    request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("model.evaluate"))]
) -> HTMLResponse:
    """Return who is champion of which recipe since when, and why."""
    history = history_of(desk)
    recipes = [_in_force(desk, history, name) for name in desk.rules.recipes]
    reports = [(name, datetime.fromtimestamp(at)) for name, at in reports_of(desk)]
    return page(request, look, "models.html", recipes=recipes, reports=reports)


def _in_force(desk: Desk, history: History, name: str) -> dict[str, Any]:
    """Return a recipe with its champion, challenger, past, health, lineage and reports."""
    now = history.champion(name)
    return {
        "recipe": desk.rules.recipes[name], "now": now, "challenger": history.challenger(name),
        "events": list(reversed(history.events(name))),
        "health": health_of(desk, now.model_id) if now else None,
        "lineage": manifest_of(desk, now.model_id).get("lineage", {}) if now else {},
        "reports": reports_about(desk, now.model_id) if now else [],
    }  # fmt: skip


@router.get("/quarantine")
def quarantine(
    request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("model.evaluate"))]
) -> HTMLResponse:
    """Return what was refused on ingest: counts by source, field and reason, and the newest rows."""
    files = sorted((desk.rules.var / "pool" / "quarantine").glob("**/[!.]*.parquet"))
    rows = pd.concat([pd.read_parquet(f) for f in files], ignore_index=True) if files else pd.DataFrame()
    keys = [c for c in ("source", "field", "reason") if c in rows.columns]
    counts = (
        rows.groupby(keys).size().sort_values(ascending=False).head(50).reset_index(name="rows")
        if keys
        else rows
    )
    titled = {source.source: source.title for source in desk.rules.sources.values()}
    told = [
        {
            "source": look.text(titled[c["source"]]) if c["source"] in titled else c["source"],
            "field": look.text(field_title(desk.rules, c["source"], c["field"])), "name": c["field"],
            "reason": refusal(c["reason"], look.language), "rows": c["rows"],
        }
        for c in counts.to_dict("records")
    ]  # fmt: skip
    return page(request, look, "quarantine.html", total=len(rows), counts=told)


@router.get("/audit")
def audit(request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("audit.read"))]) -> HTMLResponse:
    """Return the newest audit lines and whether the chain is whole; a long one is walked beside the page."""
    lines = desk.audit.latest(200)
    newest = lines[0]["number"] if lines else 0
    piece = desk.workbench.ask(("audit", newest, datetime.now().hour), desk.walk.on)
    over = piece.over(A_MOMENT)
    return page(
        request, look, "audit.html", over=over, walked=piece.found, broken=piece.refused, lines=lines, doing=doing,
        roles=desk.rules.roles,
    )  # fmt: skip
