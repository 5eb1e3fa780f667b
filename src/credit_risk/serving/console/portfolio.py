"""The zone as a whole: grades, migration, where the risk is, how warnings do, how fresh the sources are."""

from __future__ import annotations

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from credit_risk.serving.console.areas import concentration_of, indices_of, warnings_of
from credit_risk.serving.console.health import health_of
from credit_risk.serving.console.performance import performance_of
from credit_risk.serving.console.queue import capacity_of
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may
from credit_risk.serving.console.sources import sources_of, told
from credit_risk.serving.desk import Desk, Published

__all__ = ["router", "whole_of"]

router = APIRouter()


@router.get("/portfolio")
def show(request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("score.read"))]) -> HTMLResponse:
    """Return the page of the zone."""
    published = desk.published()
    if published is None:
        return page(request, look, "portfolio.html", published=None)
    whole = desk.once("portfolio", published, lambda: whole_of(desk, published))
    board = desk.boards.now(published.snapshot_id, published.directory)
    return page(
        request,
        look,
        "portfolio.html",
        published=published,
        grades=desk.rules.grades,
        handled={"open": board.loads(desk.today).open, **board.by_state()},
        verdicts=warnings_of(board, desk.rules.signals),
        performance=performance_of(desk, published, board),
        capacity=capacity_of(desk, published),
        health=health_of(desk, whole["model_id"]),
        sources=told(sources_of(desk, published)),
        **whole,
    )


def whole_of(desk: Desk, published: Published) -> dict[str, Any]:
    """Return what a snapshot says of the zone, to be computed once."""
    scored = published.scores[published.scores["scorable"]]
    return {
        "shares": scored["grade"].value_counts(normalize=True).to_dict(), "scored": len(scored),
        "known": len(published.scores), "why_not": _why_not(published), "expected": float(scored["pd"].sum()),
        "migration": _migration(desk, published), "heat": _heat(desk, published),
        "indices": indices_of(desk, published), "concentration": concentration_of(desk, published),
        "model_id": str(published.scores["model_id"].iloc[0]),
    }  # fmt: skip


def _why_not(published: Published) -> list[tuple[str, int]]:
    reasons = published.scores.loc[~published.scores["scorable"], "why_not"].value_counts()
    return [(str(why), int(n)) for why, n in reasons.head(5).items()]


def _migration(desk: Desk, published: Published) -> dict[str, Any] | None:
    """Return counts from the grade of the snapshot before (rows) to this one's (columns)."""
    if published.before is None:
        return None
    grades = list(desk.rules.grades)
    both = published.before[["grade"]].join(published.scores[["grade"]], rsuffix="_now", how="inner").dropna()
    counts = pd.crosstab(both["grade"], both["grade_now"]).reindex(index=grades, columns=grades, fill_value=0)
    rank = {grade: i for i, grade in enumerate(grades)}
    moved = both["grade_now"].map(rank) - both["grade"].map(rank)
    return {
        "rows": [(g, [int(n) for n in counts.loc[g]], int(counts.loc[g].sum())) for g in grades],
        "better": float((moved < 0).mean()), "same": float((moved == 0).mean()), "worse": float((moved > 0).mean()),
    }  # fmt: skip


def _heat(desk: Desk, published: Published) -> dict[str, Any] | None:
    """Return the mean PD by the first and the last label of the peer group (industry by zone)."""
    group = desk.rules.settings.peer_group
    if group is None or len(group.by) < 2:
        return None
    down, across = group.by[0], group.by[-1]
    table = published.scores.loc[published.scores["scorable"], ["pd"]].join(
        published.directory.table, how="inner"
    )
    mean = table.pivot_table("pd", down, across, "mean")
    size = table.pivot_table("pd", down, across, "count")
    fields = desk.rules.records[group.record].fields
    overall = float(table["pd"].mean())
    rows = []
    for code in (c for c in fields[down].codes or {} if c in mean.index):
        cells = [_cell(mean.at[code, z], size.at[code, z], overall) for z in mean.columns]
        rows.append(((fields[down].codes or {})[code], cells))
    return {
        "columns": [(fields[across].codes or {}).get(z, z) for z in mean.columns],
        "rows": rows,
    }


def _cell(mean: float, size: float, overall: float) -> tuple[float, int, int] | None:
    return None if pd.isna(mean) else (float(mean), int(size), _shade(mean, overall))


def _shade(value: float, overall: float) -> int:
    """Return 0 (far below the zone's mean) to 5 (twice the mean and more)."""
    return int(max(0, min(5, round(value / overall * 2.5))))
