"""Where an enterprise stands around its score: bounds, human decisions, other departments' ratings, measures."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from credit_risk.book import Rules
from credit_risk.book.policy import CLASSES
from credit_risk.book.schema import Text
from credit_risk.policy import Standing
from credit_risk.serving.console.queue import day_of_form
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, may, note
from credit_risk.serving.desk import Desk

__all__ = ["router", "standing_of"]

router = APIRouter()


def standing_of(desk: Desk, subject: str) -> Standing | None:
    """Return where an enterprise of the published snapshot stands today, None where that is not known."""
    published = desk.published()
    return desk.policy.of(published.snapshot_id, subject, desk.today) if published else None


@router.get("/enterprises/{subject}/standing")
def show(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("score.read"))],
    subject: str,
    done: str = "",
) -> HTMLResponse:
    """Return the page: what is so, what bounds the class, who decided what, what others say, what may be proposed."""
    published = desk.published()
    if published is None or subject not in published.directory.table.index:
        raise HTTPException(404)
    rules = desk.rules
    note(desk, look, "standing.read", subject)
    return page(
        request, look, "standing.html", subject=subject, entry=published.directory.entry(subject),
        standing=standing_of(desk, subject), facts=rules.facts, crosswalks=rules.crosswalks,
        decisions=list(reversed(desk.overrides.of(subject))), kinds=_kinds(rules), matters=rules.supervision,
        may_propose="override.propose" in look.rights, may_decide="override.decide" in look.rights,
        words=_words(rules), longest=rules.settings.override_days, classes=CLASSES, done=done, scenes=rules.scenes,
    )  # fmt: skip


@router.post("/enterprises/{subject}/standing")
def propose(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    subject: str,
    public: Annotated[str, Form(max_length=1)],
    reason: Annotated[str, Form(max_length=2000)],
    basis: Annotated[str, Form(max_length=500)],
    expires: Annotated[str, Form(max_length=10)],
) -> RedirectResponse:
    """Propose that the enterprise be treated as of another public class; another person decides."""
    _right(look, "override.propose")
    desk.overrides.propose(
        subject, public, person=look.person, reason=reason, basis=basis, starts=desk.today,
        expires=day_of_form(expires) or date.max,
    )  # fmt: skip
    note(desk, look, "override.propose", subject)
    return RedirectResponse(f"/console/enterprises/{subject}/standing?done=propose", 303)


@router.post("/enterprises/{subject}/standing/{override_id}")
def decide(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    subject: str,
    override_id: str,
    act: Annotated[str, Form(max_length=10)],
    reason: Annotated[str, Form(max_length=2000)],
) -> RedirectResponse:
    """Approve, refuse or end a decision, as the second person."""
    _right(look, "override.decide")
    desk.overrides.decide(override_id, act, person=look.person, reason=reason)
    note(desk, look, f"override.{act}", subject)
    return RedirectResponse(f"/console/enterprises/{subject}/standing?done={act}", 303)


def _kinds(rules: Rules) -> dict[str, Text]:
    """Return the kinds of commitment that rules speak of, titled as the record type that has them titles them."""
    kinds = {kind for rule in rules.commitments.values() for kind in rule.bars}
    for record in rules.records.values():
        for field in record.fields.values():
            if kinds and kinds <= set(field.codes or {}):
                return {kind: title for kind, title in (field.codes or {}).items() if kind in kinds}
    return {kind: Text(zh=kind, en=kind) for kind in sorted(kinds)}


def _words(rules: Rules) -> dict[str, dict[str, Text]]:
    """Return per crosswalk the titles of the words that departments use."""
    walks = rules.crosswalks.items()
    return {name: rules.records[walk.from_].fields[walk.field].codes or {} for name, walk in walks}


def _right(look: Look, act: str) -> None:
    if act not in look.rights:
        raise NotAllowed(act)
