"""One app: ``/v1`` for systems, ``/console`` for people, health for operators."""

from __future__ import annotations

import os

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from credit_risk.book import Rules
from credit_risk.serving.api import about, outbox, records, report, score, standing, suppose, warning
from credit_risk.serving.api.described import describe_keys
from credit_risk.serving.api.first import GuardedApp
from credit_risk.serving.api.problem import install
from credit_risk.serving.console import create_console
from credit_risk.serving.desk import Desk
from credit_risk.serving.inference import router as inference
from credit_risk.serving.limits import Limiter
from credit_risk.serving.tokens import Tokens

__all__ = ["create_app"]

PER_MINUTE = (
    "CREDIT_RISK_PER_MINUTE"  # calls a minute for one key, where the operator knows better than the book
)
ABOUT = (
    "每次调用须有密钥、角色与合法场景，并留下审计。"
    "Every call needs a key, a role and a lawful scene, and leaves an audit line."
)


def create_app(rules: Rules) -> FastAPI:
    """Return the app of a book; it reads what was published and what people decided."""
    desk = Desk.open(rules)
    app = GuardedApp(
        title=f"{rules.settings.title.zh} · {rules.settings.title.en}",
        version=rules.settings.version,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.tokens = Tokens.of(rules)
    app.state.limiter = Limiter(int(os.environ.get(PER_MINUTE, rules.settings.service.per_minute)))
    app.state.failures = Limiter(rules.settings.service.failures_per_minute)
    install(app)
    app.guard(desk, [score.often])
    parts = (score, suppose, warning, report, standing, records, outbox, about)
    for part in (one.router for one in parts):
        app.include_router(part, prefix="/v1")
    app.include_router(about.open_router)
    app.include_router(inference)
    app.mount("/console", create_console(desk))
    describe_keys(app)
    app.add_api_route("/", lambda: RedirectResponse("/console/", 303), include_in_schema=False)
    return app
