"""Scores as published: one, many, and how the grade went."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool

from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.serving.api.answer import JSON, Pieces, closed, encoded, listed, opened
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.idempotency import IdempotentRoute
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.api.straight import Way
from credit_risk.serving.messages import (
    GradeHistory,
    GradePoint,
    ManyScores,
    ManySubjects,
    ScoreAnswer,
    ScoreQuestion,
)  # fmt: skip
from credit_risk.serving.published import history_of

__all__ = ["checked_code", "often", "router"]

T = TypeVar("T")

router = APIRouter(tags=["scores"], route_class=IdempotentRoute)
enter = visit("score.read")
Reader = Annotated[Visit, Depends(enter)]


async def score(asked: ScoreQuestion, at: Reader) -> Response:
    """Return the published score of one enterprise with its reasons, or why it is not scorable."""
    subject = _subject(at, asked.subject)
    try:
        at.allow(asked.scene, "score")
        current = _current(at)
        if at.desk.fresh.due(current):  # the store may take its time, and here is an event loop
            await run_in_threadpool(at.desk.fresh.look, current)
        pieces = _found(at, opened(at.desk, current, subject, asked.scene), subject)
    except Refused as refused:
        await at.noted(asked.scene, subject, str(refused.problem.status))
        raise
    audit_id = await at.noted(asked.scene, subject, "200")
    return Response(closed(pieces, audit_id), media_type=JSON)


router.add_api_route(
    "/score", score, methods=["POST"], response_model=ScoreAnswer,
    responses=responses(401, 403, 404, 409, 422, 429, 503),
)  # fmt: skip
often = Way("/v1/score", ScoreQuestion, enter, score)


@router.post("/scores", response_model=ManyScores, responses=responses(401, 403, 409, 422, 429, 503))
def scores(asked: ManySubjects, at: Reader) -> Response:
    """Return the published scores of up to 1,000 enterprises, item by item: what cannot be answered says why."""
    at.check(asked.scene, "score")
    snapshot_id = _current(at)
    items = [_item(at, snapshot_id, asked, place) for place in range(len(asked.subjects))]
    audit_id = at.note(asked.scene, f"{len(items)} subjects", "200")
    return Response(listed(snapshot_id, items, audit_id), media_type=JSON)


@router.get("/subjects/{subject}/grades", responses=responses(401, 403, 404, 422, 429, 503))
def grades(subject: str, scene: Annotated[str, Query(max_length=64)], at: Reader) -> GradeHistory:
    """Return PD and grade of an enterprise at every stored as-of date of the model in force, oldest first."""
    code = checked_code(at, subject, scene, "score")
    try:
        current = _current(at)
        row = _found(at, at.desk.row(current, code), code)
    except Refused as refused:
        at.note(scene, code, str(refused.problem.status))
        raise
    history = history_of(at.desk.snapshots, code, row["model_id"]).to_dict("records")
    points = [
        GradePoint(as_of=at.desk.local(h["as_of"].to_pydatetime()), pd=h["pd"], grade=h["grade"])
        for h in history
    ]
    return GradeHistory(
        subject=code, model_id=row["model_id"], grades=points, audit_id=at.note(scene, code, "200")
    )


def checked_code(at: Visit, given: str, scene: str, service: str) -> str:
    """Return the code of an enterprise as it is stored; refuse, with an audit line, what is no code or not allowed."""
    code = _subject(at, given)
    at.check(scene, service, code)
    try:
        _check_code(at, code, "subject")
    except Refused:
        at.note(scene, code, "422")
        raise
    return code


def _subject(at: Visit, given: str) -> str:
    return normalise(given) if at.desk.rules.settings.subject == "uscc" else given


@lru_cache(maxsize=2**16)
def _is_code(subject: str) -> bool:
    return bool(is_uscc([subject])[0])


def _check_code(at: Visit, subject: str, field: str) -> None:
    if at.desk.rules.settings.subject == "uscc" and not _is_code(subject):
        expected = "18 characters with a valid check character (GB 32100)"
        raise Refused(
            422, "no unified social credit code", field=field, expected=expected, came=subject[:200]
        )


def _current(at: Visit) -> str:
    snapshot_id = at.desk.snapshots.current()
    if snapshot_id is None:
        raise Refused(503, "nothing is published yet", hint="credit-risk warn --as-of DATE")
    return snapshot_id


def _found(at: Visit, found: T | None, subject: str, field: str = "subject") -> T:
    """Return what was found; where nothing was, whether what was asked for is a code at all is looked at."""
    if found is None:
        _check_code(at, subject, field)
        raise Refused(404, "not in the published snapshot", field="subject", came=subject[:200])
    return found


def _item(at: Visit, snapshot_id: str, asked: ManySubjects, place: int) -> Pieces:
    given = asked.subjects[place]
    subject = _subject(at, given)
    try:
        found = opened(at.desk, snapshot_id, subject, asked.scene, asked.reasons)
        return _found(at, found, subject, f"subjects.{place}")
    except Refused as refused:
        problem = {"status": refused.problem.status, "detail": refused.problem.detail}
        field = {"field": refused.problem.field} if refused.problem.field else {}
        plain = given.encode("utf-8", "replace").decode()
        return encoded(
            {"subject": plain, "scorable": False, "reasons": [], "flags": [], "problem": problem | field}
        )
