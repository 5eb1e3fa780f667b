"""Scores as published: one, many, and how the grade went."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.messages import (
    GradeHistory,
    GradePoint,
    ManyScores,
    ManySubjects,
    Refusal,
    ScoreAnswer,
    ScoreItem,
    ScoreQuestion,
)  # fmt: skip
from credit_risk.serving.scene import for_scene

__all__ = ["checked_code", "router"]

router = APIRouter(tags=["scores"])
Reader = Annotated[Visit, Depends(visit("score.read"))]


@router.post("/score", response_model_exclude_none=True, responses=responses(401, 403, 404, 422, 429, 503))
def score(asked: ScoreQuestion, at: Reader) -> ScoreAnswer:
    """Return the published score of one enterprise with its reasons, or why it is not scorable."""
    subject = _subject(at, asked.subject)
    at.check(asked.scene, "score", subject)
    try:
        _check_code(at, subject, "subject")
        snapshot_id = _current(at)
        row = _row(at, snapshot_id, subject)
    except Refused as refused:
        at.note(asked.scene, subject, str(refused.problem.status))
        raise
    return ScoreAnswer(
        **_told(at, row, asked.scene, snapshot_id), audit_id=at.note(asked.scene, subject, "200")
    )


@router.post("/scores", response_model_exclude_none=True, responses=responses(401, 403, 422, 429, 503))
def scores(asked: ManySubjects, at: Reader) -> ManyScores:
    """Return the published scores of up to 1,000 enterprises, item by item: what cannot be answered says why."""
    at.check(asked.scene, "score")
    snapshot_id = _current(at)
    items = []
    for position, given in enumerate(asked.subjects):
        subject = _subject(at, given)
        try:
            _check_code(at, subject, f"subjects.{position}")
            told = _told(at, _row(at, snapshot_id, subject), asked.scene, snapshot_id)
            items.append(ScoreItem(**told) if asked.reasons else ScoreItem(**told | {"reasons": []}))
        except Refused as refused:
            wrong = Refusal(
                status=refused.problem.status, detail=refused.problem.detail, field=refused.problem.field
            )
            items.append(ScoreItem(subject=given, scorable=False, problem=wrong))
    audit_id = at.note(asked.scene, f"{len(items)} subjects", "200")
    return ManyScores(snapshot_id=snapshot_id, audit_id=audit_id, items=items)


@router.get("/subjects/{subject}/grades", responses=responses(401, 403, 404, 422, 429, 503))
def grades(subject: str, scene: Annotated[str, Query(max_length=64)], at: Reader) -> GradeHistory:
    """Return PD and grade of an enterprise at every stored as-of date of the model in force, oldest first."""
    code = checked_code(at, subject, scene, "score")
    try:
        row = _row(at, _current(at), code)
    except Refused as refused:
        at.note(scene, code, str(refused.problem.status))
        raise
    history = at.desk.history(code, row["model_id"]).to_dict("records")
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


def _check_code(at: Visit, subject: str, field: str) -> None:
    if at.desk.rules.settings.subject == "uscc" and not is_uscc([subject])[0]:
        expected = "18 characters with a valid check character (GB 32100)"
        raise Refused(
            422, "no unified social credit code", field=field, expected=expected, came=subject[:200]
        )


def _current(at: Visit) -> str:
    snapshot_id = at.desk.snapshots.current()
    if snapshot_id is None:
        raise Refused(503, "nothing is published yet", hint="credit-risk warn --as-of DATE")
    return snapshot_id


def _row(at: Visit, snapshot_id: str, subject: str) -> dict[str, Any]:
    row = at.desk.snapshots.row(snapshot_id, subject)
    if row is None:
        raise Refused(404, "not in the published snapshot", field="subject", came=subject[:200])
    return row


def _told(at: Visit, row: dict[str, Any], scene: str, snapshot_id: str) -> dict[str, Any]:
    return {
        "subject": row["subject"],
        "scorable": row["scorable"],
        "why_not": row["why_not"],
        "score": row["shown_score"],
        "pd": row["pd"],
        "pd_terms": json.loads(row["pd_terms"]) if row["pd_terms"] else None,
        "pd_heads": json.loads(row["pd_heads"]) if row["pd_heads"] else None,
        "grade": row["grade"],
        "public_class": row["public_class"],
        "base_points": row["base_points"],
        "other_points": row["other_points"],
        "reasons": for_scene(at.desk.rules, row["reasons"], scene),
        "peer_group": row["peer_group"],
        "as_of": at.desk.local(row["as_of"]),
        "model_id": row["model_id"],
        "snapshot_id": snapshot_id,
    }
