"""The queue: what to look at next, worst first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from credit_risk.errors import CreditRiskError
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, checked, may, note
from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import DECIDED, OPEN

__all__ = ["handlers", "router"]

router = APIRouter()
PAGE = 30
VIEWS = {
    "open": (OPEN, ("在办", "Open")),
    "mine": (OPEN, ("我的", "Mine")),
    "second": (("second",), ("待复核", "Awaiting a second person")),
    "decided": (DECIDED, ("已认定", "Decided")),
    "closed": (("closed",), ("已关闭", "Closed")),
}


@router.get("/")
def show(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("warning.read"))],
    view: str = "open",
    level: str = "",
    code: str = "",
    q: Annotated[str, Query(max_length=100)] = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> HTMLResponse:
    """Return one page of the queue; filters stay in the address, so that it can be sent to a colleague."""
    published = desk.published()
    labels = {f: request.query_params.get(f, "") for f in published.directory.fields} if published else {}
    view = view if view in VIEWS else "open"
    subjects = published.directory.among(labels) if published else None
    if q and published:
        found = [entry.subject for entry in published.directory.find(q, 200)] or [q.strip().upper()]
        subjects = found if subjects is None else sorted(set(found) & set(subjects))
    queue = desk.ledger.queue(
        states=VIEWS[view][0], level=level or None, code=code or None, subjects=subjects,
        assignee=look.person.user_id if view == "mine" else None,
        today=desk.today if view in ("open", "mine") else None, limit=PAGE, offset=(number - 1) * PAGE,
    )  # fmt: skip
    counts = desk.ledger.counts()
    opened = {
        lv: sum(n for (s, v), n in counts.items() if v == lv and s in OPEN)
        for lv in desk.rules.settings.alerts.weight
    }
    rows = [(c, published.directory.entry(c.subject) if published else None) for c in queue.cases]
    chosen = {"view": view, "level": level, "code": code, "q": q, **labels}
    return page(
        request, look, "queue.html", rows=rows, total=queue.total, number=number, pages=-(-queue.total // PAGE),
        views=VIEWS, chosen=chosen, opened=opened, signals=desk.rules.signals, choices=_choices(desk, labels),
        people=handlers(desk), may_handle="warning.handle" in look.rights, published=published,
    )  # fmt: skip


@router.get("/next")
def next_case(desk: AtDesk, look: Annotated[Look, Depends(may("warning.read"))]) -> RedirectResponse:
    """Go to the most urgent open case that is mine or nobody's."""
    for case in desk.ledger.queue(today=desk.today, limit=500).cases:
        if case.assignee in (None, look.person.user_id) and case.state != "second":
            return RedirectResponse(f"/console/cases/{case.case_id}", 303)
    return RedirectResponse("/console/", 303)


@router.post("/assign")
async def assign(
    request: Request, desk: AtDesk, look: Annotated[Look, Depends(checked)], to: Annotated[str, Form()] = ""
) -> Response:
    """Assign the chosen cases to one person; those that cannot be are told one by one."""
    form = await request.form()
    done, refused = 0, []
    for case_id in form.getlist("case"):
        try:
            desk.ledger.act(str(case_id), "assign", look.person, "批量派发 assigned in bulk", assignee=to)
            done += 1
        except CreditRiskError as problem:
            refused.append(f"{case_id}: {problem.message}")
    note(desk, look, "case.assign", f"{done} cases")
    if not refused and done:
        return RedirectResponse("/console/", 303)
    said = "; ".join(refused[:5]) or look.say("没有选中预警", "No case was chosen")
    words = {"heading": (f"已派发 {done} 件", f"{done} assigned"), "said": (said, said), "hint": None}
    return page(request, look, "message.html", status=409, **words)


def _choices(desk: Desk, labels: dict[str, str]) -> list[tuple[str, Any, dict[str, Any]]]:
    """Return per label its name, title and codes with their titles."""
    group = desk.rules.settings.peer_group
    if group is None:
        return []
    fields = desk.rules.records[group.record].fields
    return [(name, fields[name].title, fields[name].codes or {}) for name in labels]


def handlers(desk: Desk) -> list[tuple[str, str]]:
    """Return the people to whom a case can be given."""
    able = {name for name, role in desk.rules.roles.items() if "warning.handle" in role.may}
    return [(a.user_id, a.name) for a in desk.people.all() if a.role in able and not a.closed_at]
