"""Propose a measure of the book once two people confirmed a case: a sentence to the department, kept in its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from credit_risk.book.naming import in_english
from credit_risk.book.schema import Text
from credit_risk.errors import CheckFailed, InputError
from credit_risk.policy.proposals import propose
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, note
from credit_risk.serving.console.standing import standing_of
from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import Move

__all__ = ["holders", "proposed_of", "router"]

router = APIRouter()
DONE = "measure.propose"


@router.post("/cases/{case_id}/measures")
def propose_measure(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    case_id: str,
    measure: Annotated[str, Form(max_length=64)],
    version: Annotated[int, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Propose a measure as a named person; nothing is taken, it is noted in the case with basis and reason."""
    if "warning.handle" not in look.rights:
        raise NotAllowed("warning.handle")
    case = desk.ledger.case(case_id)
    standing = standing_of(desk, case.subject)
    if case.state != "confirmed" or standing is None:
        raise CheckFailed(
            "a measure is proposed once two people confirmed the case", hint=f"it is {case.state}"
        )
    if not reason.strip():
        raise InputError("请写明理由 give a reason", hint="回到案件 go back to the case")
    if measure in proposed_of(desk, desk.ledger.moves(case_id)):
        raise CheckFailed("this measure was proposed already", hint="the case's history tells by whom")
    made = propose(desk.rules, standing, measure, look.person)
    said = f"{look.text(_said(desk, measure))}{look.say('。理由：', '. Reason: ')}{reason.strip()}"
    desk.ledger.act(case_id, "note", look.person, said, version=version, now=desk.now)
    note(desk, look, DONE, f"{case.subject} {made.measure}")
    return RedirectResponse(f"/console/cases/{case_id}?done={DONE}", 303)


def proposed_of(desk: Desk, past: Sequence[Move]) -> set[str]:
    """Return the measures that were proposed in a case, by its history."""
    notes = [move.reason for move in past if move.act == "note" and not move.undone]
    told = {name: _said(desk, name) for name in desk.rules.measures}
    return {name for name, said in told.items() if any(n.startswith((said.zh, said.en)) for n in notes)}


def _said(desk: Desk, name: str) -> Text:
    """Return how a proposal begins: to whom it goes, what is proposed, on what basis."""
    rule = desk.rules.measures[name]
    return Text(
        zh=f"建议{rule.department}采取：{rule.title.zh}（依据：{rule.basis}）",
        en=f"Proposed to {in_english(rule.department, desk.rules.names)}: {rule.title.en} (basis: {rule.basis})",
    )


def holders(desk: Desk, right: str, but: str = "") -> list[str]:
    """Return the names of the people whose role has a right, one of them (as written into moves) left out."""
    able = {name for name, role in desk.rules.roles.items() if right in role.may}
    found = [a for a in desk.people.all() if a.role in able and not a.closed_at]
    return [a.name for a in found if f"{a.name} ({a.user_id})" != but]
