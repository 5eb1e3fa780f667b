"""Sign in, sign out, change the language."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from credit_risk.serving.console.render import home_of, page
from credit_risk.serving.console.session import COOKIE, LANGUAGE, AtDesk, Look, checked
from credit_risk.serving.desk import Desk
from credit_risk.serving.limits import Limiter
from credit_risk.serving.people import Session

__all__ = ["router"]

router = APIRouter()
START = "/console/"


@router.get("/sign-in")
def ask(request: Request, to: str = "/console/") -> HTMLResponse:
    """Return the form."""
    return page(request, None, "sign_in.html", to=_inside(to), failed=False)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    desk: AtDesk,
    user: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=500)],
    to: Annotated[str, Form(max_length=500)] = START,
) -> Response:
    """Start a session, or say that name or password is wrong (never which)."""
    address = request.client.host if request.client else "nobody"
    sign_ins: Limiter = request.app.state.sign_ins
    if seconds := sign_ins.waits(address):
        refused = page(request, None, "sign_in.html", status=429, to=_inside(to), failed=False, waits=seconds)
        refused.headers["Retry-After"] = str(seconds)
        return refused
    token = await run_in_threadpool(desk.people.sign_in, user.strip(), password)
    session = await run_in_threadpool(desk.people.session, token)
    await desk.audit.append(
        actor=session.person.shown if session else user.strip()[:64], role=session.person.role if session else "",
        scene="", action="console.sign_in", subject="", result="200" if token else "401",
    )  # fmt: skip
    if token is None:
        sign_ins.wait(address)
        return page(
            request, None, "sign_in.html", status=401, to=_inside(to), failed=True, user=user.strip()[:64]
        )
    response = RedirectResponse(_inside(to) if to != START else _home(desk, session), 303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/console")
    return response


@router.post("/sign-out")
def sign_out(request: Request, desk: AtDesk, look: Annotated[Look, Depends(checked)]) -> RedirectResponse:
    """End the session."""
    desk.people.sign_out(request.cookies[COOKIE])
    desk.audit.write(
        actor=look.person.shown,
        role=look.person.role,
        scene="",
        action="console.sign_out",
        subject="",
        result="200",
    )
    response = RedirectResponse("/console/sign-in", 303)
    response.delete_cookie(COOKIE, path="/console")
    return response


@router.get("/language/{language}")
def change_language(
    request: Request, language: Literal["zh", "en"], to: str = "/console/"
) -> RedirectResponse:
    """Show the console in the other language from now on."""
    response = RedirectResponse(_inside(to), 303)
    response.set_cookie(
        LANGUAGE, language, max_age=31536000, httponly=True, samesite="strict", path="/console"
    )
    return response


def _home(desk: Desk, session: Session | None) -> str:
    """Return the first page that the role of a new session may see."""
    role = desk.rules.roles.get(session.person.role) if session else None
    return home_of(role.may if role else ())


def _inside(to: str) -> str:
    """Return a path of the console, whatever was asked for."""
    return to if to.startswith("/console/") and "//" not in to and "\\" not in to else "/console/"
