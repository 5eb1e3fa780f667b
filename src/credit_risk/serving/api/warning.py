"""Warnings for other systems: a feed with a cursor, and one warning; only what the scene may see."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from credit_risk.errors import InputError
from credit_risk.serving.api.door import Visit, visit
from credit_risk.serving.api.problem import Refused, responses
from credit_risk.serving.messages import WarningFeed, WarningShown
from credit_risk.serving.scene import signals_for_scene
from credit_risk.warnings.ledger import Case

__all__ = ["router"]

router = APIRouter(prefix="/warnings", tags=["warnings"])
LAST = 2**31 - 1
Reader = Annotated[Visit, Depends(visit("warning.read"))]
Scene = Annotated[str, Query(max_length=64, description="A scene of the book.", examples=["financing"])]


@router.get("", response_model_exclude_none=True, responses=responses(401, 403, 422, 429, 503))
def feed(
    scene: Scene,
    at: Reader,
    cursor: Annotated[int, Query(ge=0, le=LAST, description="`next_cursor` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> WarningFeed:
    """Return warnings in the order in which they last moved, from the cursor on; poll with the last cursor.

    A warning that moved comes again. What the scene may not see is left out and counted in ``withheld``.
    """
    at.check(scene, "warning")
    found = at.desk.ledger.changed(cursor, limit)
    shown = [_shown(at, case, scene) for case in found]
    audit_id = at.note(scene, f"{len(found)} warnings", "200")
    last = found[-1].changed if found else cursor
    return WarningFeed(items=shown, next_cursor=last, more=len(found) == limit, audit_id=audit_id)


@router.get("/{case_id}", response_model_exclude_none=True, responses=responses(401, 403, 404, 422, 429, 503))
def one(case_id: str, scene: Scene, at: Reader) -> WarningShown:
    """Return one warning as it stands."""
    at.check(scene, "warning")
    try:
        case = at.desk.ledger.case(case_id)
    except InputError:
        at.note(scene, case_id, "404")
        raise Refused(404, "no such warning", field="case_id", came=case_id[:64]) from None
    at.note(scene, case.subject, "200")
    return _shown(at, case, scene)


def _shown(at: Visit, case: Case, scene: str) -> WarningShown:
    signals, withheld = signals_for_scene(at.desk.rules, case.signals, scene)
    told: dict[str, Any] = {
        name: getattr(case, name) for name in WarningShown.model_fields if hasattr(case, name)
    }
    return WarningShown(**told | {"signals": signals, "withheld": withheld})
