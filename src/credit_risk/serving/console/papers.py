"""The credit report of an enterprise by scene, inside the console: the same page that systems get, ready to print."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from credit_risk.errors import CreditRiskError
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may, note
from credit_risk.serving.report import report_page

__all__ = ["router"]

router = APIRouter()
Reader = Annotated[Look, Depends(may("report.read"))]
PRINTED = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; frame-ancestors 'self'"
)


@router.get("/enterprises/{subject}/report")
def choose(request: Request, desk: AtDesk, look: Reader, subject: str) -> HTMLResponse:
    """Return the scenes for which the enterprise's credit report can be opened."""
    published = desk.published()
    if published is None or subject not in published.directory.table.index:
        raise HTTPException(404)
    return page(
        request, look, "report.html", subject=subject, entry=published.directory.entry(subject),
        scenes=desk.rules.scenes, as_of=published.as_of,
    )  # fmt: skip


@router.get("/enterprises/{subject}/report/{scene}")
def show(request: Request, desk: AtDesk, look: Reader, subject: str, scene: str) -> HTMLResponse:
    """Return the report for one lawful use; it brings its own style, so its policy allows that and nothing else."""
    if scene not in desk.rules.scenes:
        raise HTTPException(404)
    try:
        made = desk.report(subject, scene)
    except CreditRiskError:
        raise HTTPException(404) from None
    note(desk, look, f"report.read {scene}"[:64], subject)
    return HTMLResponse(report_page(made), headers={"Content-Security-Policy": PRINTED})
