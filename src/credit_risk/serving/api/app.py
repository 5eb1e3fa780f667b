"""One app: ``/v1`` for systems, ``/console`` for people, health for operators."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from prometheus_client import Histogram

from credit_risk.book import Rules
from credit_risk.serving.api import about, report, score, suppose, warning
from credit_risk.serving.api.door import Limiter
from credit_risk.serving.api.problem import MEDIA, TITLES, Problem, install
from credit_risk.serving.console import create_console
from credit_risk.serving.desk import Desk
from credit_risk.serving.tokens import Tokens

__all__ = ["create_app"]

LARGEST = 2**20
ABOUT = (
    "每次调用须有密钥、角色与合法场景，并留下审计。"
    "Every call needs a key, a role and a lawful scene, and leaves an audit line."
)
Next = Callable[[Request], Awaitable[Response]]


def create_app(rules: Rules) -> FastAPI:
    """Return the app of a book; it reads what was published and what people decided."""
    desk = Desk.open(rules)
    app = FastAPI(
        title=f"{rules.settings.title.zh} · {rules.settings.title.en}",
        version=rules.settings.version,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.tokens = Tokens.of(rules)
    app.state.limiter = Limiter(rules.settings.service.per_minute)
    timed = Histogram(
        "credit_risk_request_seconds",
        "Seconds from request to answer",
        ["route", "status"],
        registry=desk.metrics,
    )

    @app.middleware("http")
    async def guard(request: Request, answer: Next) -> Response:
        started = time.perf_counter()
        if too_large(request):
            problem = Problem(title=TITLES[413], status=413, detail=f"a body of at most {LARGEST:,} bytes")
            return JSONResponse(problem.model_dump(exclude_none=True), 413, media_type=MEDIA)
        response = await answer(request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cache-Control", "no-store")
        route = getattr(request.scope.get("route"), "path", "other")
        timed.labels(route, str(response.status_code)).observe(time.perf_counter() - started)
        return response

    install(app)
    for part in (score.router, suppose.router, warning.router, report.router, about.router):
        app.include_router(part, prefix="/v1")
    app.include_router(about.open_router)
    app.mount("/console", create_console(desk))
    app.add_api_route("/", lambda: RedirectResponse("/console/", 303), include_in_schema=False)
    return app


def too_large(request: Request) -> bool:
    """Tell whether a body is larger than we read, or does not say how large it is."""
    length = request.headers.get("content-length", "0")
    chunked = "chunked" in request.headers.get("transfer-encoding", "")
    return chunked or not length.isdigit() or int(length) > LARGEST
