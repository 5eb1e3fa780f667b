"""What a repair would change, and why a score changed: the real pipeline run again for one enterprise."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from credit_risk.errors import InputError
from credit_risk.explain.suppose import CAUSES, Moved, Scored
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.api.score import checked_code
from credit_risk.serving.messages import (
    ChangeAnswer,
    ChangeStep,
    MovedIndicator,
    Standing,
    WhatIfAnswer,
    WhatIfQuestion,
    Words,
)  # fmt: skip
from credit_risk.serving.scene import may_see

__all__ = ["router"]

router = APIRouter(tags=["explanations"])
Reader = Annotated[Visit, Depends(visit("explain.read"))]


@router.post(
    "/what-if", response_model_exclude_none=True, responses=responses(401, 403, 404, 409, 422, 429, 503)
)
def what_if(asked: WhatIfQuestion, at: Reader) -> WhatIfAnswer:
    """Return the score as it would be if records were repaired, by running the real pipeline; nothing is stored."""
    subject = checked_code(at, asked.subject, asked.scene, "score")
    published = _published(at)
    try:
        found = at.desk.what_if(subject, asked.repair)
    except InputError as wrong:
        at.note(asked.scene, subject, "422")
        raise Refused(422, wrong.message, field="repair") from None
    return WhatIfAnswer(
        subject=subject, as_of=at.desk.local(published), before=_standing(found.before), after=_standing(found.after),
        moved=_moved(at, found.moved, asked.scene), audit_id=at.note(asked.scene, subject, "200"),
    )  # fmt: skip


@router.get(
    "/subjects/{subject}/change",
    response_model_exclude_none=True,
    responses=responses(401, 403, 404, 409, 422, 429, 503),
)
def change(
    subject: str,
    scene: Annotated[str, Query(max_length=64)],
    since: Annotated[
        date, Query(description="The earlier day, before the published one.", examples=["2026-03-31"])
    ],
    at: Reader,
) -> ChangeAnswer:
    """Return why the score moved since an earlier day, split into causes that add up exactly."""
    code = checked_code(at, subject, scene, "score")
    published = _published(at)
    try:
        found = at.desk.change(code, since)
    except InputError as wrong:
        at.note(scene, code, "422")
        raise Refused(422, wrong.message, field="since") from None
    steps = [
        ChangeStep(
            cause=s.cause,
            title=Words(zh=CAUSES[s.cause].zh, en=CAUSES[s.cause].en),
            points=round(s.points, 1),
        )
        for s in found.steps
    ]
    return ChangeAnswer(
        subject=code, since=at.desk.local(datetime.combine(since, time.max)), as_of=at.desk.local(published),
        before=_standing(found.before), after=_standing(found.after), steps=steps,
        moved=_moved(at, found.moved, scene), audit_id=at.note(scene, code, "200"),
    )  # fmt: skip


def _published(at: Visit) -> datetime:
    published = at.desk.published()
    if published is None:
        raise Refused(503, "nothing is published yet", hint="credit-risk warn --as-of DATE")
    moment: datetime = published.as_of.to_pydatetime()
    return moment


def _standing(one: Scored) -> Standing:
    return Standing(score=round(one.score, 1), pd=one.pd, grade=one.grade)


def _moved(at: Visit, moved: list[Moved], scene: str) -> list[MovedIndicator]:
    rules = at.desk.rules

    def told(one: Moved) -> MovedIndicator:
        points = round(one.points, 1)
        if not may_see(rules, one.name, scene):
            return MovedIndicator(points=points, withheld=True)
        title = rules.indicators[one.name].title
        return MovedIndicator(
            name=one.name, title=Words(zh=title.zh, en=title.en), before=_plain(one.before), after=_plain(one.after),
            points=points,
        )  # fmt: skip

    return [told(one) for one in moved]


def _plain(value: Any) -> float | str | None:
    return value if value is None or isinstance(value, str) else float(value)
