"""What stands before BentoML: its own page, docs and metrics are closed, its probes stay, the rest is the API's.

BentoML would answer ``/``, ``/docs.json``, ``/schema.json`` and ``/metrics`` to anybody; here these are paths like any
other, and the API, which knows who may see what, answers them.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Front"]

PROBES = ("/livez", "/readyz", "/healthz")


class Front:
    """A middleware that hands everything but the probes to the API."""

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self.app, self.api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        probe = scope["type"] == "http" and scope["path"] in PROBES
        lifespan = scope["type"] not in ("http", "websocket")
        await (self.app if probe or lifespan else self.api)(scope, receive, send)
