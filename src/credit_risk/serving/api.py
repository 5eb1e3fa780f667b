"""The API: every call has a key, a role that may, a scene that is lawful, and leaves an audit line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from credit_risk.book import Rules
from credit_risk.errors import nearest
from credit_risk.explain import Snapshots
from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.serving.access import Caller, Keys
from credit_risk.serving.audit import Audit
from credit_risk.serving.messages import Problem, ScoreAnswer, ScoreQuestion
from credit_risk.serving.scene import for_scene
from credit_risk.store import open_store

__all__ = ["Refused", "create_app"]


class Refused(Exception):
    """A call that is not answered, with the status and what is wrong."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.error)
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class Desk:
    """What the API works with."""

    rules: Rules
    keys: Keys
    audit: Audit
    snapshots: Snapshots


router = APIRouter(prefix="/v1", responses={s: {"model": Problem} for s in (401, 403, 404, 422, 503)})


def create_app(rules: Rules) -> FastAPI:
    """Return the API of a book; it reads what was published and computes nothing."""
    engine = open_store(rules.var)
    app = FastAPI(
        title=f"{rules.settings.title.zh} · {rules.settings.title.en}",
        version=rules.settings.version,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = Desk(rules, Keys(engine, rules), Audit(engine), Snapshots(rules.var / "snapshots"))
    app.include_router(router)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def desk_of(request: Request) -> Desk:
    """Return the desk of the app that answers."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]


def caller_of(desk: AtDesk, x_api_key: Annotated[str | None, Header()] = None) -> Caller:
    """Return who calls; without a valid key the call is refused and audited."""
    found = desk.keys.caller(x_api_key)
    if found is None:
        desk.audit.write(actor="unknown", role="", scene="", action="score.read", subject="", result="401")
        hint = "ask the administrator for one: credit-risk keys make"
        raise Refused(401, Problem(error="a valid key is needed", field="X-API-Key", hint=hint))
    return found


@router.post("/score", response_model_exclude_none=True)
def score(asked: ScoreQuestion, desk: AtDesk, who: Annotated[Caller, Depends(caller_of)]) -> ScoreAnswer:
    """Return the published score of one enterprise with its reasons, or why it is not scorable."""
    rules = desk.rules
    subject = normalise(asked.subject) if rules.settings.subject == "uscc" else asked.subject

    def note(result: str) -> str:
        return desk.audit.write(
            actor=f"{who.name} ({who.key_id})", role=who.role, scene=asked.scene,
            action="score.read", subject=subject, result=result,
        )  # fmt: skip

    try:
        _check(desk, who, subject, asked.scene)
        snapshot_id, row = _published(desk, subject)
    except Refused as refused:
        note(str(refused.status))
        raise
    return _answer(rules, row, asked.scene, snapshot_id, note("200"))


def _published(desk: Desk, subject: str) -> tuple[str, dict[str, Any]]:
    snapshot_id = desk.snapshots.current()
    if snapshot_id is None:
        hint = "credit-risk score --as-of DATE"
        raise Refused(503, Problem(error="nothing is published yet", hint=hint))
    row = desk.snapshots.row(snapshot_id, subject)
    if row is None:
        raise Refused(404, Problem(error="not in the published snapshot", field="subject", came=subject))
    return snapshot_id, row


def _check(desk: Desk, who: Caller, subject: str, scene: str) -> None:
    """Refuse a caller whose role or scenes do not cover the question, or a question that names nothing."""
    rules = desk.rules
    if not desk.keys.may(who, "score.read"):
        raise Refused(403, Problem(error=f"role {who.role} may not read scores"))
    if scene not in rules.scenes:
        expected, hint = ", ".join(rules.scenes), nearest(scene, rules.scenes)
        unknown = Problem(error="unknown scene", field="scene", expected=expected, came=scene, hint=hint)
        raise Refused(422, unknown)
    if scene not in who.scenes or "score" not in rules.scenes[scene].services:
        raise Refused(403, Problem(error=f"this key may not ask for scores in scene {scene}", field="scene"))
    if rules.settings.subject == "uscc" and not is_uscc([subject])[0]:
        expected = "18 characters with a valid check character (GB 32100)"
        wrong = Problem(
            error="no unified social credit code", field="subject", expected=expected, came=subject
        )
        raise Refused(422, wrong)


def _answer(rules: Rules, row: dict[str, Any], scene: str, snapshot_id: str, audit_id: str) -> ScoreAnswer:
    reasons = for_scene(rules, json.loads(row["reasons"] or "[]"), scene)
    return ScoreAnswer.model_validate(
        {
            "subject": row["subject"],
            "scorable": row["scorable"],
            "why_not": row["why_not"],
            "score": row["shown_score"],
            "pd": row["pd"],
            "grade": row["grade"],
            "public_class": row["public_class"],
            "base_points": row["base_points"],
            "other_points": row["other_points"],
            "reasons": reasons,
            "peer_group": row["peer_group"],
            "as_of": row["as_of"],
            "model_id": row["model_id"],
            "snapshot_id": snapshot_id,
            "audit_id": audit_id,
        }
    )


async def _refused(_: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    return JSONResponse(refused.problem.model_dump(exclude_none=True), refused.status)


async def _invalid(_: Request, invalid: Exception) -> JSONResponse:
    assert isinstance(invalid, RequestValidationError)
    first = invalid.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    came = first.get("input")
    problem = Problem(
        error="the question is not well formed",
        field=None if first["type"] == "json_invalid" else field or None,
        expected=first["msg"] if first["type"] != "json_invalid" else "one JSON object",
        came=str(came)[:200] if isinstance(came, str | int | float) else None,
        hint="fields: subject, scene",
    )
    return JSONResponse(problem.model_dump(exclude_none=True), 422)
