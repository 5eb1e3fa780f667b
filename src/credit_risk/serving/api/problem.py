"""What is said when a call is not answered: one JSON problem (RFC 9457) with the field, never a stack trace."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from credit_risk.errors import CheckFailed, CreditRiskError, InputError
from credit_risk.serving.sources import UNREADABLE
from credit_risk.store import SILENT

__all__ = ["Problem", "Refused", "install", "note_invalid", "responses"]

MEDIA = "application/problem+json"
log = logging.getLogger("credit_risk")
TITLES = {
    400: "请求有误 Bad request", 401: "需要有效凭证 A valid key is needed", 403: "无权 Not allowed",
    404: "没有找到 Not found", 405: "方法不支持 Method not allowed", 409: "状态不允许 Conflict",
    408: "超时 Too slow", 413: "请求过大 Too large",
    415: "类型不支持 Unsupported media type", 422: "内容有误 Not well formed",
    429: "请求过多 Too many requests", 500: "引擎故障 Fault", 503: "暂不可用 Not available",
}  # fmt: skip


class Problem(BaseModel):
    """RFC 9457, with the field, what was expected, what came and what to do."""

    model_config = ConfigDict(extra="forbid")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str | None = Field(None, description="Path of the field, such as `subjects.3`.")
    expected: str | None = None
    came: str | None = None
    hint: str | None = None


class Refused(Exception):
    """A call that is not answered."""

    def __init__(
        self, status: int, detail: str, *, retry_after: int | None = None, **more: str | None
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(title=TITLES[status], status=status, detail=detail, **more)
        self.headers = {"Retry-After": str(retry_after)} if retry_after else None


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems a route may answer with, for OpenAPI."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {s: {"model": Problem, "description": TITLES[s], "content": {MEDIA: schema}} for s in statuses}


def install(app: FastAPI) -> None:
    """Let every error of the app become a problem."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StarletteHTTPException, _http)
    app.add_exception_handler(CreditRiskError, _said_no)
    for silent in SILENT:
        app.add_exception_handler(silent, _no_store)
    for unreadable in UNREADABLE:
        app.add_exception_handler(unreadable, _no_records)
    app.add_exception_handler(Exception, _fault)


def _answer(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    told = problem.model_dump(exclude_none=True)
    plain = {n: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for n, v in told.items()}
    return JSONResponse(plain, problem.status, headers, MEDIA)


async def _refused(_: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    return _answer(refused.problem, refused.headers)


async def _invalid(request: Request, invalid: Exception) -> JSONResponse:
    assert isinstance(invalid, RequestValidationError)
    await note_invalid(request)
    first = invalid.errors()[0]
    came = first.get("input")
    broken = first["type"] == "json_invalid"
    field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    return _answer(
        Problem(
            title=TITLES[422],
            status=422,
            detail="not one JSON object" if broken else f"{field or 'body'}: {first['msg']}",
            field=None if broken else field or None,
            expected=first["msg"],
            came=str(came)[:200] if isinstance(came, str | int | float) and not broken else None,
        )
    )


async def note_invalid(request: Request) -> None:
    """Write down a call that was let in and is not well formed."""
    visit = getattr(request.state, "visit", None)
    if visit is not None:
        await visit.noted("", "", "422")


async def _http(_: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, HTTPException | StarletteHTTPException)
    if problem.status_code == 400:  # FastAPI's word for bytes that are no text
        return _answer(Problem(title=TITLES[422], status=422, detail="not one JSON object"))
    title = TITLES.get(problem.status_code, "Error")
    headers = dict(problem.headers) if problem.headers else None
    return _answer(Problem(title=title, status=problem.status_code, detail=str(problem.detail)), headers)


async def _said_no(_: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, CreditRiskError)
    status = 409 if isinstance(problem, CheckFailed) else 422 if isinstance(problem, InputError) else 500
    return _answer(Problem(title=TITLES[status], status=status, detail=problem.message, hint=problem.hint))


async def _no_store(_: Request, problem: Exception) -> JSONResponse:
    log.warning("the store does not answer: %s", problem)
    return _answer(
        Problem(title=TITLES[503], status=503, detail="the store does not answer"), {"Retry-After": "5"}
    )


async def _no_records(_: Request, problem: Exception) -> JSONResponse:
    log.error("records or relations cannot be read", exc_info=problem)
    detail = "records or relations cannot be read now; published scores are answered"
    return _answer(Problem(title=TITLES[503], status=503, detail=detail), {"Retry-After": "60"})


async def _fault(_: Request, fault: Exception) -> JSONResponse:
    log.exception("fault", exc_info=fault)
    return _answer(Problem(title=TITLES[500], status=500, detail="the fault was logged"))
