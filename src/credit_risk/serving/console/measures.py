"""Propose a restriction of the book once two people confirmed a case: one asks, another with the right agrees.

Nothing is taken here. What was agreed is a sentence to the department, kept in the history of the case; so is who asked
and why. Both are notes of the case, told apart by what they are about (``Move.detail``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import RedirectResponse

from credit_risk.book.naming import in_english
from credit_risk.book.schema import Text
from credit_risk.errors import CheckFailed, InputError
from credit_risk.policy.proposals import propose
from credit_risk.policy.standing import Standing
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, note
from credit_risk.serving.console.standing import standing_of
from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import Case, Move

__all__ = ["NOTES", "asked_of", "holders", "proposed_of", "router"]

router = APIRouter()
ASKED, AGREED = "ask ", "measure "
NOTES = {
    ASKED: Text(zh="提请限制措施", en="Asked for a restriction"),
    AGREED: Text(zh="建议限制措施", en="Proposed a restriction"),
}
Measure = Annotated[str, Form(max_length=64)]
Version = Annotated[int, Form()]
Reason = Annotated[str, Form(max_length=2000)]
Acting = Annotated[Look, Depends(checked)]


@router.post("/cases/{case_id}/measures")
def ask(
    desk: AtDesk, look: Acting, case_id: str, measure: Measure, version: Version, reason: Reason = ""
) -> RedirectResponse:
    """Ask for a restriction as a named person, with a reason; another person has to agree."""
    if "warning.handle" not in look.rights:
        raise NotAllowed("warning.handle")
    case, standing = _confirmed(desk, case_id)
    if not reason.strip():
        raise InputError("请写明理由 give a reason", hint="回到案件 go back to the case")
    if measure not in {one.measure for one in standing.measures if one.kind == "restriction"}:
        raise CheckFailed(
            f"restriction {measure!r} is not open for this enterprise", hint="its legal fact is missing"
        )
    if measure in asked_of(desk.ledger.moves(case_id)):
        raise CheckFailed("this measure was asked for already", hint="the case's history tells by whom")
    said = (
        f"{look.text(desk.rules.measures[measure].title)}{look.say('。理由：', '. Reason: ')}{reason.strip()}"
    )
    return _noted(desk, look, case, version, said, ASKED + measure, "measure.ask")


@router.post("/cases/{case_id}/measures/agree")
def agree(desk: AtDesk, look: Acting, case_id: str, measure: Measure, version: Version) -> RedirectResponse:
    """Agree as a second person who may confirm measures: only now is it proposed to the department."""
    if "measure.confirm" not in look.rights:
        raise NotAllowed("measure.confirm")
    case, standing = _confirmed(desk, case_id)
    past = desk.ledger.moves(case_id)
    asked = asked_of(past).get(measure)
    if asked is None:
        raise CheckFailed("nobody asked for this measure yet", hint="one person asks, another agrees")
    if asked.actor == look.person.shown:
        raise CheckFailed("the one who asked may not agree as well", hint="a second person is needed")
    if measure in proposed_of(past):
        raise CheckFailed("this measure was proposed already", hint="the case's history tells by whom")
    propose(desk.rules, standing, measure, look.person)
    said = f"{look.text(_said(desk, measure))}{look.say('。提请人：', '. Asked for by ')}{asked.actor}"
    return _noted(desk, look, case, version, said, AGREED + measure, "measure.propose")


def asked_of(past: Sequence[Move]) -> Mapping[str, Move]:
    """Return by measure who asked for it first in a case, by its history."""
    asked = [move for move in reversed(past) if (move.detail or "").startswith(ASKED) and move.act == "note"]
    return {str(move.detail).removeprefix(ASKED): move for move in asked}


def proposed_of(past: Sequence[Move]) -> set[str]:
    """Return the measures that two people proposed in a case, by its history."""
    details = [move.detail for move in past if move.act == "note" and move.detail]
    return {told.removeprefix(AGREED) for told in details if told.startswith(AGREED)}


def _confirmed(desk: Desk, case_id: str) -> tuple[Case, Standing]:
    case = desk.ledger.case(case_id)
    standing = standing_of(desk, case.subject)
    if case.state != "confirmed" or standing is None:
        raise CheckFailed(
            "a measure is proposed once two people confirmed the case", hint=f"it is {case.state}"
        )
    return case, standing


def _noted(
    desk: Desk, look: Look, case: Case, version: int, said: str, about: str, done: str
) -> RedirectResponse:
    desk.ledger.act(case.case_id, "note", look.person, said, version=version, detail=about, now=desk.now)
    note(desk, look, done, f"{case.subject} {about.partition(' ')[2]}")
    return RedirectResponse(f"/console/cases/{case.case_id}?done={done}", 303)


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
