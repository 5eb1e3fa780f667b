"""The API: every call has a key, a role that may, a scene that is lawful, and leaves an audit line."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
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
from credit_risk.serving.store import open_store

__all__ = ["Refused", "create_app"]


class Refused(Exception):
    """A call that is not answered, with the status and what is wrong."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(problem.error)
        self.status, self.problem = status, problem


def create_app(rules: Rules) -> FastAPI:
    """Return the API of a book; it reads what was published and computes nothing."""
    engine = open_store(rules.var)
    keys, audit, snapshots = Keys(engine, rules), Audit(engine), Snapshots(rules.var / "snapshots")
    app = FastAPI(
        title=f"{rules.settings.title.zh} · {rules.settings.title.en}",
        version=rules.settings.version,
        docs_url=None,
        redoc_url=None,
        responses={s: {"model": Problem} for s in (401, 403, 404, 422, 503)},
    )

    @app.exception_handler(Refused)
    async def _refused(_: Request, refused: Refused) -> JSONResponse:
        return JSONResponse(refused.problem.model_dump(exclude_none=True), refused.status)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, invalid: RequestValidationError) -> JSONResponse:
        return JSONResponse(_problem_of(invalid).model_dump(exclude_none=True), 422)

    def caller(x_api_key: Annotated[str | None, Header()] = None) -> Caller:
        found = keys.caller(x_api_key)
        if found is None:
            audit.write(actor="unknown", role="", scene="", action="score.read", subject="", result="401")
            raise Refused(
                401,
                Problem(
                    error="a valid key is needed",
                    field="X-API-Key",
                    hint="ask the administrator: credit-risk keys make",
                ),
            )
        return found

    @app.post("/v1/score", response_model_exclude_none=True)
    def score(asked: ScoreQuestion, who: Annotated[Caller, Depends(caller)]) -> ScoreAnswer:
        """Return the published score of one enterprise with its reasons, or why it is not scorable."""
        subject = normalise(asked.subject) if rules.settings.subject == "uscc" else asked.subject

        def note(result: str) -> str:
            return audit.write(
                actor=f"{who.name} ({who.key_id})", role=who.role, scene=asked.scene,
                action="score.read", subject=subject, result=result,
            )  # fmt: skip

        refusal = _refusal(rules, keys, who, subject, asked.scene)
        snapshot_id = snapshots.current()
        row = None
        if refusal is None and snapshot_id is None:
            refusal = Refused(
                503, Problem(error="nothing is published yet", hint="credit-risk score --as-of DATE")
            )
        if refusal is None and snapshot_id is not None:
            row = snapshots.row(snapshot_id, subject)
            if row is None:
                refusal = Refused(
                    404, Problem(error="not in the published snapshot", field="subject", came=subject)
                )
        if refusal is not None or row is None or snapshot_id is None:
            assert refusal is not None
            note(str(refusal.status))
            raise refusal
        return _answer(rules, row, asked.scene, snapshot_id, note("200"))

    return app


def _refusal(rules: Rules, keys: Keys, who: Caller, subject: str, scene: str) -> Refused | None:
    """Return why this caller gets no answer, None when nothing speaks against it."""
    if not keys.may(who, "score.read"):
        return Refused(403, Problem(error=f"role {who.role} may not read scores"))
    if scene not in rules.scenes:
        expected = ", ".join(rules.scenes)
        hint = nearest(scene, rules.scenes)
        return Refused(
            422, Problem(error="unknown scene", field="scene", expected=expected, came=scene, hint=hint)
        )
    if scene not in who.scenes or "score" not in rules.scenes[scene].services:
        return Refused(403, Problem(error=f"this key may not ask for scores in scene {scene}", field="scene"))
    if rules.settings.subject == "uscc" and not is_uscc([subject])[0]:
        return Refused(
            422,
            Problem(
                error="no unified social credit code",
                field="subject",
                expected="18 characters with a valid check character (GB 32100)",
                came=subject,
            ),
        )
    return None


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


def _problem_of(invalid: RequestValidationError) -> Problem:
    first = invalid.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    came = first.get("input")
    return Problem(
        error="the question is not well formed",
        field=field or None,
        expected=first["msg"],
        came=str(came)[:200] if isinstance(came, str | int | float) else None,
        hint="fields: subject, scene",
    )
