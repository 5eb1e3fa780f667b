"""The console as one app: every page needs a session, every form its word, every read leaves a line."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from credit_risk.errors import CheckFailed, CreditRiskError
from credit_risk.evaluation.fonts import font_file
from credit_risk.serving.console import (
    analyst,
    case,
    compare,
    enterprise,
    identity,
    kept_back,
    library,
    measures,
    papers,
    people,
    portfolio,
    queue,
    relations,
    sign_in,
    sources,
    standing,
    suppose,
)
from credit_risk.serving.console.render import page
from credit_risk.serving.console.session import NotAllowed, SignIn, desk_of, visitor
from credit_risk.serving.desk import Desk
from credit_risk.serving.limits import Limiter
from credit_risk.store import SILENT

__all__ = ["create_console"]

HERE = Path(__file__).parent
log = logging.getLogger(__name__)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_console(desk: Desk) -> FastAPI:
    """Return the console of a desk, to be mounted at ``/console``."""
    app = FastAPI(title="console", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk = desk
    app.state.sign_ins = Limiter(desk.rules.settings.service.failures_per_minute)
    app.middleware("http")(_headers)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_api_route("/font.otf", _font, include_in_schema=False)
    for part in (
        sign_in,
        queue,
        kept_back,
        case,
        measures,
        enterprise,
        papers,
        standing,
        suppose,
        relations,
        portfolio,
        analyst,
        compare,
        sources,
        identity,
        library,
        people,
    ):
        app.include_router(part.router)
    app.add_exception_handler(SignIn, _sign_in)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(CreditRiskError, _said_no)
    app.add_exception_handler(RequestValidationError, _not_understood)
    for silent in SILENT:
        app.add_exception_handler(silent, _no_store)
    app.add_exception_handler(404, _not_found)
    app.add_exception_handler(405, _not_found)
    return app


async def _headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "/static/" not in request.url.path:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _font() -> FileResponse:
    """Return the Chinese font, for desks that have none; a browser asks only when it needs it."""
    return FileResponse(
        font_file(), media_type="font/otf", headers={"Cache-Control": "public, max-age=31536000"}
    )


async def _sign_in(request: Request, _: Exception) -> Response:
    wanted = request.url.path if request.method == "GET" else "/console/"
    return RedirectResponse(f"/console/sign-in?to={wanted}", 303)


def _not_allowed(request: Request, problem: Exception) -> HTMLResponse:
    stale = str(problem) == "csrf"
    zh = "页面已过期，请返回后刷新再试。" if stale else "您的角色无权进行此操作。"
    en = "This page is out of date: go back and load it again." if stale else "Your role may not do this."
    return _message(request, 403, "无权操作", "Not allowed", zh, en)


def _not_found(request: Request, _: Exception) -> HTMLResponse:
    return _message(
        request, 404, "没有找到", "Not found", "没有这个页面或记录。", "There is no such page or record."
    )


def _not_understood(request: Request, problem: Exception) -> HTMLResponse:
    assert isinstance(problem, RequestValidationError)
    named = ", ".join(dict.fromkeys(str(error["loc"][-1]) for error in problem.errors()))
    zh, en = f"无法理解这样的取值：{named}。", f"This value is not understood: {named}."
    return _message(request, 422, "填写有误", "Not understood", zh, en)


def _said_no(request: Request, problem: Exception) -> HTMLResponse:
    assert isinstance(problem, CreditRiskError)
    status = 409 if isinstance(problem, CheckFailed) else 400
    return _message(request, status, "没有完成", "Not done", problem.message, problem.message, problem.hint)


def _no_store(request: Request, problem: Exception) -> HTMLResponse:
    log.warning("the store does not answer: %s", problem)
    heading = ("暂时没有应答", "No answer for now")
    said = ("数据库暂时没有应答，请稍后再试；刚才的操作没有完成。",
            "The store does not answer; try again in a while. What you just did was not done.")  # fmt: skip
    return page(request, None, "message.html", status=503, heading=heading, said=said, hint=None)


def _message(
    request: Request, status: int, zh: str, en: str, said_zh: str, said_en: str, hint: str | None = None
) -> HTMLResponse:
    try:
        look = visitor(request, desk_of(request))
    except (SignIn, *SILENT):
        look = None
    words = {"heading": (zh, en), "said": (said_zh, said_en), "hint": hint}
    return page(request, look, "message.html", status=status, **words)
