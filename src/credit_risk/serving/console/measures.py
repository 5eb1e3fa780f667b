"""Propose a measure of the book once two people confirmed a case: a sentence to the department, kept in its history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from credit_risk.book.naming import in_english
from credit_risk.errors import CheckFailed
from credit_risk.policy.proposals import propose
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, note
from credit_risk.serving.console.standing import standing_of
from credit_risk.serving.desk import Desk

__all__ = ["holders", "router"]

router = APIRouter()
DONE = "measure.propose"


@router.post("/cases/{case_id}/measures")
def propose_measure(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    case_id: str,
    measure: Annotated[str, Form(max_length=64)],
    version: Annotated[int, Form()],
) -> RedirectResponse:
    """Propose a measure as a named person; nothing is taken, the proposal is noted in the case with its basis."""
    if "warning.handle" not in look.rights:
        raise NotAllowed("warning.handle")
    case = desk.ledger.case(case_id)
    standing = standing_of(desk, case.subject)
    if case.state != "confirmed" or standing is None:
        raise CheckFailed(
            "a measure is proposed once two people confirmed the case", hint=f"it is {case.state}"
        )
    made = propose(desk.rules, standing, measure, look.person)
    title = look.text(desk.rules.measures[made.measure].title)
    said = look.say(
        f"建议{made.department}：{title}（依据：{made.basis}）",
        f"Proposed to {in_english(made.department, desk.rules.names)}: {title} (basis: {made.basis})",
    )
    desk.ledger.act(case_id, "note", look.person, said, version=version, now=desk.now)
    note(desk, look, DONE, f"{case.subject} {made.measure}")
    return RedirectResponse(f"/console/cases/{case_id}?done={DONE}", 303)


def holders(desk: Desk, right: str, but: str = "") -> list[str]:
    """Return the names of the people whose role has a right, one of them (as written into moves) left out."""
    able = {name for name, role in desk.rules.roles.items() if right in role.may}
    found = [a for a in desk.people.all() if a.role in able and not a.closed_at]
    return [a.name for a in found if f"{a.name} ({a.user_id})" != but]
