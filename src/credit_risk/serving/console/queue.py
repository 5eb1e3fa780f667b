"""The queue: what to look at next, worst first."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from credit_risk.errors import CreditRiskError, InputError
from credit_risk.serving.board import Asked
from credit_risk.serving.console.kept_back import kept_back_of, why_unrated
from credit_risk.serving.console.render import LEVELS, page
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, may, note
from credit_risk.serving.desk import Desk, Published
from credit_risk.warnings.ledger import DECIDED, OPEN

__all__ = ["KINDS", "capacity_of", "day_of_form", "handlers", "router"]

router = APIRouter()
PAGE = 30
VIEWS = {
    "open": (OPEN, ("在办", "Open")),
    "mine": (OPEN, ("我的", "Mine")),
    "second": (("second",), ("待复核", "Awaiting a second person")),
    "asleep": (OPEN, ("暂缓中", "Snoozed")),
    "decided": (DECIDED, ("已认定", "Decided")),
    "closed": (("closed",), ("已关闭", "Closed")),
}
TO_DO = tuple(state for state in OPEN if state != "second")
KINDS = {
    "rule": ("规则", "Rule"),
    "model": ("模型", "Model"),
    "anomaly": ("异常", "Anomaly"),
    "trend": ("趋势", "Trend"),
    "graph": ("关联", "Graph"),
}


@router.get("/")
def show(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(may("warning.read"))],
    view: str = "open",
    level: str = "",
    code: str = "",
    kind: str = "",
    department: str = "",
    due: str = "",
    q: Annotated[str, Query(max_length=100)] = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> HTMLResponse:
    """Return one page of the queue; filters stay in the address, so that it can be sent to a colleague."""
    published = desk.published()
    directory = published.directory if published else None
    labels = {f: request.query_params.get(f, "") for f in directory.fields} if directory else {}
    view = view if view in VIEWS else "open"
    board = desk.boards.now(published.snapshot_id if published else "", directory)
    awake = desk.today if view in ("open", "mine") else None
    asked = Asked(
        VIEWS[view][0], level, code, kind, department, look.person.user_id if view == "mine" else "", q, due,
        labels, awake, desk.today if view == "asleep" else None,
    )  # fmt: skip
    found = board.asked(asked)
    cases = desk.ledger.cases(found[(number - 1) * PAGE : number * PAGE])
    chosen = {"view": view, "level": level, "code": code, "kind": kind, "department": department, "due": due,
              "q": q, **labels}  # fmt: skip
    signals = desk.rules.signals
    return page(
        request, look, "queue.html", rows=[(c, directory.entry(c.subject) if directory else None) for c in cases],
        filtered=any(value for name, value in chosen.items() if name != "view"),
        total=len(found), number=number, pages=-(-len(found) // PAGE), views=VIEWS, chosen=chosen,
        opened=board.open_by_level(), by_state=board.by_state(), loads=board.loads(desk.today),
        capacity=capacity_of(desk, published), kept_back=len(kept_back_of(desk, published)), worth=_worth(desk, look),
        unrated=why_unrated(published, [case.subject for case in cases]),
        signals=signals, kinds={s.kind for s in signals.values()},
        departments=sorted({s.department for s in signals.values() if s.department}),
        choices=_choices(desk, labels), people=handlers(desk), may_handle="warning.handle" in look.rights,
        names=dict(handlers(desk)), kind_titles=KINDS,
    )  # fmt: skip


@router.get("/next")
def next_case(desk: AtDesk, look: Annotated[Look, Depends(may("warning.read"))]) -> RedirectResponse:
    """Go to the most urgent open case that is mine or nobody's."""
    published = desk.published()
    board = desk.boards.now(published.snapshot_id, published.directory) if published else None
    found = board.next_for(TO_DO, look.person.user_id, desk.today) if board else None
    return RedirectResponse(f"/console/cases/{found}" if found else "/console/", 303)


@router.post("/together")
def together(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    act: Annotated[str, Form(max_length=20)],
    to: Annotated[str, Form(max_length=64)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
    case: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Assign or snooze the chosen cases together; those that cannot be are told one by one."""
    if act not in ("assign", "snooze") or (to and to not in dict(handlers(desk))):
        raise NotAllowed(act)
    day = day_of_form(until)
    said = reason.strip() or ("批量派发 assigned together" if act == "assign" else "")
    done, refused = 0, []
    for case_id in case or []:
        try:
            desk.ledger.act(case_id, act, look.person, said, assignee=to or None, until=day, now=desk.now)
            done += 1
        except CreditRiskError as problem:
            refused.append(f"{case_id}: {problem.message}")
    note(desk, look, f"case.{act}", f"{done} cases")
    if not refused and done:
        return RedirectResponse("/console/", 303)
    told = "; ".join(refused[:5]) or look.say("没有选中预警", "No case was chosen")
    words = {"heading": (f"已处理 {done} 件", f"{done} done"), "said": (told, told), "hint": None}
    return page(request, look, "message.html", status=409, **words)


def day_of_form(text: str) -> date | None:
    """Return the day that a form names, None when it is empty; raises InputError on anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"until: expected YYYY-MM-DD, came {text!r}") from None


def capacity_of(desk: Desk, published: Published | None) -> int:
    """Return how many open cases the book's alert budget allows."""
    if published is None:
        return 0
    return max(1, int(published.scores["scorable"].sum() * desk.rules.settings.alerts.open_share))


def _worth(desk: Desk, look: Look) -> str:
    """Return what the value of a review is made of, with the weights and the chance assumed where there is none."""
    alerts = desk.rules.settings.alerts
    weights = look.say("、", ", ").join(f"{look.say(*LEVELS[n])} {w:g}" for n, w in alerts.weight.items())
    return look.say(
        f"颜色权重：{weights}。出事的可能性：违约概率与近期事件风险折中，所以违约概率高的不一定在前；"
        f"不能评分的按 {alerts.unscored_chance:.0%} 计。",
        f"Weights: {weights}. The chance is between PD and the risk of an event soon, so the higher PD need not come "
        f"first; {alerts.unscored_chance:.0%} is assumed where there is no score.",
    )


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
