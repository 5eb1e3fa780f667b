"""The credit report of an enterprise for one lawful use, as JSON or as a page that prints."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response

from credit_risk.errors import InputError
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.api.score import checked_code
from credit_risk.serving.report import report_json, report_page, report_pdf

__all__ = ["router"]

router = APIRouter(tags=["reports"])
PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {}, "application/json": {}, "application/pdf": {}}}
}


@router.get(
    "/reports/{subject}",
    response_class=Response,
    responses=PAGE | responses(401, 403, 404, 409, 422, 429, 503),
)
def report(
    subject: str,
    scene: Annotated[str, Query(max_length=64, description="A scene of the book.", examples=["financing"])],
    at: Annotated[Visit, Depends(visit("report.read"))],
    form: Annotated[
        Literal["json", "html", "pdf"], Query(description="JSON, a page to print, or a PDF.")
    ] = "json",
) -> Response:
    """Return what the scene may lawfully know of an enterprise: score, reasons and facts, with their sources."""
    code = checked_code(at, subject, scene, "report")
    if at.desk.published() is None:
        raise Refused(503, "nothing is published yet")
    try:
        made = at.desk.report(code, scene)
    except InputError as unknown:
        at.note(scene, code, "404")
        raise Refused(404, unknown.message, field="subject", came=code[:200]) from None
    at.note(scene, code, "200")
    if form == "pdf":
        name = f'inline; filename="{code}-{scene}.pdf"'
        return Response(report_pdf(made), media_type="application/pdf", headers={"Content-Disposition": name})
    return HTMLResponse(report_page(made)) if form == "html" else JSONResponse(json.loads(report_json(made)))
