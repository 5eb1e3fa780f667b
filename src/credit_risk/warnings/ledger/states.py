"""The states of a warning and the acts that lead from one to the next; nothing else may change a state.

    new ─▶ assigned ─▶ checking ─▶ rejected ───────────────▶ closed
                          │  │ ──▶ data_error ─────────────▶ closed
                          │  ├───▶ second ─▶ confirmed ─────▶ closed
                          │  └───▶ watching ─▶ checking, escalated
                          └─▶ escalated ─▶ assigned, checking, second, rejected, data_error

To confirm a warning is adverse to the enterprise, so two people do it: one proposes (state ``second``), another
approves or returns it. A warning is a lead; the engine opens, refreshes and closes by repair, it never decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from credit_risk.book.schema import Text

__all__ = ["ACTS", "DECIDED", "OPEN", "STATES", "Act", "State"]


@dataclass(frozen=True, slots=True)
class State:
    """Where a warning stands."""

    name: str
    title: Text


@dataclass(frozen=True, slots=True)
class Act:
    """A person's act: from which states, to which (None: the state stays), and what the role must allow.

    ``reasoned`` acts say why in words. What only begins work may go without: that somebody began, and when, is told by
    the line itself.
    """

    name: str
    title: Text
    before: tuple[str, ...]
    after: str | None
    may: str
    needs: str | None = None
    other_person: bool = False
    reasoned: bool = True


def _text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


STATES = {
    state.name: state
    for state in [
        State("new", _text("待处理", "New")),
        State("assigned", _text("已派发", "Assigned")),
        State("checking", _text("核查中", "Under check")),
        State("second", _text("待复核", "Awaiting a second person")),
        State("confirmed", _text("属实", "Confirmed")),
        State("rejected", _text("不属实", "Rejected")),
        State("data_error", _text("数据错误", "Data error")),
        State("watching", _text("待观察", "Under watch")),
        State("escalated", _text("已报上级", "Escalated")),
        State("closed", _text("已关闭", "Closed")),
    ]
}
OPEN = ("new", "assigned", "checking", "watching", "second", "escalated")
DECIDED = ("confirmed", "rejected", "data_error")

ACTS = {
    act.name: act
    for act in [
        Act("assign", _text("派发", "Assign"), ("new", "assigned", "checking", "escalated"), "assigned",
            "warning.handle", needs="assignee"),
        Act("check", _text("开始核查", "Start the check"), ("new", "assigned", "watching", "escalated"), "checking",
            "warning.handle", reasoned=False),
        Act("watch", _text("继续观察", "Keep under watch"), ("checking",), "watching", "warning.handle",
            needs="until"),
        Act("propose", _text("认为属实，提请复核", "Propose to confirm"), ("checking", "escalated"), "second",
            "warning.handle"),
        Act("approve", _text("复核同意", "Approve"), ("second",), "confirmed", "warning.close", other_person=True),
        Act("return", _text("退回核查", "Return to the check"), ("second",), "checking", "warning.close",
            other_person=True),
        Act("reject", _text("不属实", "Reject"), ("checking", "escalated"), "rejected", "warning.handle"),
        Act("data_error", _text("数据错误", "Data error"), ("checking", "escalated"), "data_error",
            "warning.handle"),
        Act("escalate", _text("报上级处理", "Escalate"), ("new", "assigned", "checking", "watching"), "escalated",
            "warning.handle"),
        Act("snooze", _text("暂缓", "Snooze"), ("new", "assigned", "checking", "escalated"), None,
            "warning.handle", needs="until"),
        Act("note", _text("补充情况", "Add a note"), (*OPEN, *DECIDED), None, "warning.handle"),
        Act("close", _text("关闭", "Close"), DECIDED, "closed", "warning.handle"),
        Act("reopen", _text("重新打开", "Reopen"), ("closed", *DECIDED), "new", "warning.close"),
        Act("undo", _text("撤回上一步", "Undo my last step"), (*OPEN, *DECIDED, "closed"), None,
            "warning.handle"),
    ]
}  # fmt: skip
