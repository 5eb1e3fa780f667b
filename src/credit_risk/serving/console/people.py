"""Accounts and keys: who may work here and which systems may call; for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from credit_risk.errors import InputError
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import AtDesk, Look, NotAllowed, checked, may, note
from credit_risk.serving.desk import Desk

__all__ = ["router"]

router = APIRouter()
CALLERS = "score.read"


@router.get("/people")
def show(
    request: Request, desk: AtDesk, look: Annotated[Look, Depends(may("role.manage"))], done: str = ""
) -> HTMLResponse:
    """Return the accounts and the keys, living ones first."""
    return _page(request, desk, look, done=done)


@router.post("/people")
def add(
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    user_id: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(max_length=200)],
    role: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=500)],
) -> RedirectResponse:
    """Open an account."""
    _right(look, "role.manage")
    desk.people.add(user_id.strip(), name, role, password)
    note(desk, look, "account.open", user_id.strip())
    return RedirectResponse("/console/people?done=account", 303)


@router.post("/people/close")
def close(
    desk: AtDesk, look: Annotated[Look, Depends(checked)], user_id: Annotated[str, Form(max_length=64)]
) -> RedirectResponse:
    """Close an account; nobody closes his own."""
    _right(look, "role.manage")
    if user_id == look.person.user_id:
        raise InputError("nobody closes his own account", hint="another administrator may")
    desk.people.close(user_id)
    note(desk, look, "account.close", user_id)
    return RedirectResponse("/console/people?done=closed", 303)


@router.post("/people/keys")
def make_key(
    request: Request,
    desk: AtDesk,
    look: Annotated[Look, Depends(checked)],
    name: Annotated[str, Form(max_length=200)],
    role: Annotated[str, Form(max_length=64)],
    scene: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form()] = 365,
) -> HTMLResponse:
    """Make a key and show it, this once."""
    _right(look, "key.manage")
    key = desk.keys.make(name, role, scene or [], days)
    note(desk, look, "key.make", name.strip())
    return _page(request, desk, look, key=key)


@router.post("/people/keys/revoke")
def revoke_key(
    desk: AtDesk, look: Annotated[Look, Depends(checked)], key_id: Annotated[str, Form(max_length=16)]
) -> RedirectResponse:
    """Make a key useless from now on."""
    _right(look, "key.manage")
    desk.keys.revoke(key_id)
    note(desk, look, "key.revoke", key_id)
    return RedirectResponse("/console/people?done=revoked", 303)


def _right(look: Look, act: str) -> None:
    if act not in look.rights:
        raise NotAllowed(act)


def _page(request: Request, desk: Desk, look: Look, *, done: str = "", key: str = "") -> HTMLResponse:
    accounts = sorted(desk.people.all(), key=lambda account: account.closed_at is not None)
    keys = sorted(desk.keys.all(), key=lambda caller: caller.revoked_at is not None)
    roles = desk.rules.roles
    return page(
        request, look, "people.html", accounts=accounts, keys=keys, roles=roles, scenes=desk.rules.scenes,
        calling=[name for name, role in roles.items() if CALLERS in role.may], done=done, key=key,
    )  # fmt: skip
