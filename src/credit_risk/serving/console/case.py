"""One case: what, how sure, how soon, why; and the decision with its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from credit_risk.errors import InputError
from credit_risk.serving.console.enterprise import kinds, names, reasons_of, unsaid_of
from credit_risk.serving.console.measures import NOTES, asked_of, holders, proposed_of
from credit_risk.serving.console.queue import day_of_form, handlers
from credit_risk.serving.console.relations import Picture, picture_of
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, may, note
from credit_risk.serving.console.standing import standing_of
from credit_risk.serving.console.weights import weights_of
from credit_risk.serving.console.wording import doing, engine_said
from credit_risk.serving.desk import Desk, Published
from credit_risk.warnings.ledger import GUESS, Case, Move, confirmable, proposer, standing_grounds

__all__ = ["router"]

router = APIRouter()
NEAR = 40
RELATED = "relations/"
JUDGE = {"propose", "approve"}
FIRST = 5  # signals that are open at once; the others are one click away
LATELY = 20_000  # lines of the audit chain that are looked through for records opened


@router.get("/cases/{case_id}")
def show(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("warning.read"))],
    case_id: str,
    done: str = "",
) -> HTMLResponse:
    """Return the page of one case."""
    try:
        case = desk.ledger.case(case_id)
    except InputError:
        raise HTTPException(404) from None
    published = desk.published()
    entry = published.directory.entry(case.subject) if published else None
    row = desk.snapshots.row(published.snapshot_id, case.subject) if published else None
    before = None
    if published is not None and published.before is not None and case.subject in published.before.index:
        before = {n: None if pd.isna(v) else v for n, v in published.before.loc[case.subject].items()}
    note(desk, look, "case.read", case.subject)
    standing = standing_of(desk, case.subject)
    past = desk.ledger.moves(case_id)
    possible = desk.ledger.possible(case, look.person, past, desk.now)
    return page(
        request, look, "case.html", case=case, entry=entry, row=row, before=before, done=done,
        reasons=reasons_of(row), unsaid=unsaid_of(desk, row),
        moves=_moves(desk, look, past), possible=possible,
        seconds=holders(desk, "warning.close", proposer(past) or ""), may_measure="measure.confirm" in look.rights,
        confirmers=holders(desk, "measure.confirm"), doing=doing,
        similar=_similar(desk, case), people=handlers(desk), kinds=kinds(desk),
        names=_names(desk, case, row), handlers=dict(handlers(desk)), own=shares_of(row),
        first=FIRST, weights=weights_of(desk, published, case), as_of=published.as_of if published else None,
        guess=GUESS, confirmable=confirmable(case), grounds=standing_grounds(past),
        unread=_unread(desk, look, case) if JUDGE.intersection(possible) else 0,
        measures=standing.measures if standing else [], proposed=proposed_of(past),
        asked=asked_of(past), notes=NOTES,
        picture=nearest_of(desk, look, published, case.subject) if published else Picture([], [], 0),
        titles={name: rule.title for name, rule in desk.rules.relations.items()},
    )  # fmt: skip


@router.post("/cases/{case_id}")
def act(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    case_id: str,
    act: Annotated[str, Form(max_length=20)],
    version: Annotated[int, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
    assignee: Annotated[str, Form(max_length=64)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    chosen: Annotated[bool, Form()] = False,
    signal: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> RedirectResponse:
    """Do what the person decided; the reason and the person are written down.

    ``chosen`` tells that ``signal`` is what the person ticked, be it nothing.
    """
    if assignee and assignee not in {user_id for user_id, _ in handlers(desk)}:
        raise NotAllowed("assignee")
    day = day_of_form(until)
    case = desk.ledger.act(
        case_id, act, look.person, reason, version=version, assignee=assignee or None, until=day,
        signals=(signal or []) if chosen else None, now=desk.now,
    )  # fmt: skip
    note(desk, look, f"case.{act}", case.subject)
    return RedirectResponse(f"/console/cases/{case_id}?done={act}", 303)


def nearest_of(desk: Desk, look: Look, published: Published, subject: str) -> Picture:
    """Return the picture of an enterprise's own relations; of two steps where one leads to no enterprise yet."""
    picture = picture_of(desk, look, published, subject, 1, NEAR)
    named = [node for node in picture.nodes if node["kind"] == "enterprise"]
    return picture if len(named) > 1 else picture_of(desk, look, published, subject, 2, NEAR)


def _moves(desk: Desk, look: Look, past: list[Move]) -> list[Move]:
    """Return the history of a case, what the engine noted itself in the language of the page."""
    return [
        replace(
            one, actor=look.say("系统", "system"), reason=engine_said(one.reason, look, desk.rules.signals)
        )
        if one.role == "engine"
        else one
        for one in past
    ]


def _unread(desk: Desk, look: Look, case: Case) -> int:
    """Return how many records a case lists where the person opened none of them lately, 0 where one was opened."""
    listed = {f"{e['kind']}/{e['record_id']}" for signal in case.signals for e in signal["evidence"]}
    opened = desk.audit.done(look.person.shown, "record.read", listed, LATELY)
    return 0 if opened else len(listed)


def _similar(desk: Desk, case: Case) -> list[tuple[Case, str]]:
    published = desk.published()
    return [
        (other, published.directory.entry(other.subject).name if published else other.subject)
        for other in desk.ledger.similar(case)
    ]


def _names(desk: Desk, case: Case, row: dict[str, Any] | None) -> dict[str, str]:
    published = desk.published()
    about = {e["about"] for signal in case.signals for e in signal["evidence"]}
    return names(desk, row) | {s: published.directory.entry(s).name if published else s for s in about}


@dataclass(frozen=True, slots=True)
class Shares:
    """Points of the reasons told: the enterprise's own, and those that come through its relations."""

    own: float
    transmitted: float

    @property
    def largest(self) -> float:
        """The longer of the two bars."""
        return max(abs(self.own), abs(self.transmitted)) or 1.0


def shares_of(row: dict[str, Any] | None) -> Shares:
    """Return how the told reasons divide into own risk and risk through relations."""
    told = reasons_of(row)
    reasons = [*told["raises"], *told["lowers"]]
    related = sum(r["points"] for r in reasons if str(r["group"]).startswith(RELATED))
    return Shares(round(sum(r["points"] for r in reasons) - related, 1), round(related, 1))
