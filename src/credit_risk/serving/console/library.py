"""What an analyst looks up: the data dictionary, and the reports that commands wrote."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse, HTMLResponse

from credit_risk.serving.console.papers import PRINTED
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, may, note

__all__ = ["reports_about", "reports_of", "router"]

router = APIRouter()
Analyst = Annotated[Look, Depends(may("model.evaluate"))]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.html")


@router.get("/dictionary")
def dictionary(
    request: Request,
    desk: AtDesk,
    look: Analyst,
    q: Annotated[str, Query(max_length=100)] = "",
    branch: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Return the indicators whose name, title, law or computation holds ``q``, of one branch of the tree."""
    rules, asked = desk.rules, q.strip().lower()
    found = [
        (name, rule)
        for name, rule in rules.indicators.items()
        if rule.tree.startswith(branch)
        and asked
        in f"{name} {rule.title.zh} {rule.title.en} {rule.basis or ''} {rule.value} {rule.from_ or ''}".lower()
    ]
    branches = [(path, node.title) for path, node in rules.tree.items() if "/" not in path]
    return page(
        request, look, "dictionary.html", found=found, total=len(rules.indicators), q=q, branch=branch,
        branches=branches, tree=rules.tree, scenes=rules.scenes,
    )  # fmt: skip


@router.get("/reports/{name}")
def report(desk: AtDesk, look: Analyst, name: str) -> FileResponse:
    """Return a report that a command wrote; it brings its own style and pictures and asks for nothing."""
    path = desk.rules.var / "reports" / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise HTTPException(404)
    note(desk, look, "report.open", name[:200])
    return FileResponse(path, media_type="text/html", headers={"Content-Security-Policy": PRINTED})


def reports_of(desk: AtDesk) -> list[tuple[str, float]]:
    """Return name and time of writing of every report, the newest first."""
    files = (desk.rules.var / "reports").glob("*.html")
    named = [(p.name, p.stat().st_mtime) for p in files if NAME.fullmatch(p.name)]
    return sorted(named, key=lambda one: -one[1])


def reports_about(desk: AtDesk, model_id: str) -> list[str]:
    """Return the names of the reports on a model, the newest first."""
    return [name for name, _ in reports_of(desk) if model_id in name]
