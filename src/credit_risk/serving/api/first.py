"""FastAPI behind what every request passes first."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from credit_risk.serving.api.guard import Guard
from credit_risk.serving.api.straight import Straight, Way
from credit_risk.serving.desk import Desk

__all__ = ["GuardedApp"]


class GuardedApp(FastAPI):
    """An app whose guard stands before FastAPI's own middleware, not behind it.

    A question that is asked often so goes from the guard to its endpoint past all that FastAPI does for a route.
    """

    first: ASGIApp

    def guard(self, desk: Desk, ways: Sequence[Way]) -> None:
        """Let every request pass the guard, and what goes one of the ways go straight; call it before serving."""
        self.first = Guard(Straight(super().__call__, ways, self.exception_handlers), desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        scope["app"] = self
        await self.first(scope, receive, send)
