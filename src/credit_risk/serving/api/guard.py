"""What every request passes first: how large, how slow and how many at once; what every answer carries.

It is plain ASGI, because it stands before every answer. A body is refused when it does not say how large it is, is too
large, or does not arrive in time; a request is sent away with ``Retry-After`` when too many are under way.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import orjson
from prometheus_client import Counter as Counted
from prometheus_client import Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credit_risk.book.settings import Service
from credit_risk.serving.api.problem import MEDIA, TITLES, Problem
from credit_risk.serving.desk import Desk

__all__ = ["DIGITS", "LARGEST", "Guard"]

LARGEST = 2**20
DIGITS = 20  # of a length; Python refuses to read a number of thousands
OPEN = ("/health", "/ready", "/v1/metrics")  # answered however full the house is
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
     b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
]  # fmt: skip


class Guard:
    """The first middleware of the app."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.rule = app, desk.rules.settings.service
        self.under_way = 0
        self.arriving: Counter[str] = Counter()  # bodies by address
        self.seconds = Histogram(
            "credit_risk_request_seconds", "Seconds from request to answer", ["route", "status"],
            registry=desk.metrics,
        )  # fmt: skip
        gauge = Gauge("credit_risk_requests_under_way", "Requests under way", registry=desk.metrics)
        gauge.set_function(lambda: self.under_way)
        self.refused = Counted(
            "credit_risk_requests_refused", "Requests sent away", ["why"], registry=desk.metrics
        )
        self._timers: dict[tuple[str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it before it is read."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        problem = _too_large(headers) or self._too_many(scope)
        if problem is not None:
            self.refused.labels(str(problem.status)).inc()
            await _refuse(problem, send, retry=problem.status == 429)
            return
        started, status = time.perf_counter(), 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _with_headers(message.get("headers", []), scope)
            await send(message)

        answering = False
        try:
            if scope["method"] not in ("GET", "HEAD") and headers.get(b"content-length", b"0") != b"0":
                receive = await self._arrived(scope, receive)
            if problem := self._too_many(scope):  # others came while the body did
                self.refused.labels("429").inc()
                status = 429
                await _refuse(problem, send, retry=True)
                return
            self.under_way += 1
            answering = True
            await self.app(scope, receive, answered)
        except TimeoutError:
            self.refused.labels("408").inc()
            status = 408
            await _refuse(
                Problem(title=TITLES[408], status=408, detail="the body did not arrive in time"), send
            )
        except _TooLarge:
            status = 413
            await _refuse(Problem(title=TITLES[413], status=413, detail=SIZE), send)
        finally:
            self.under_way -= answering
            self._observe(scope, status, time.perf_counter() - started)

    async def _arrived(self, scope: Scope, receive: Receive) -> Receive:
        """Wait for the body; whoever sends slowly takes nobody's place but those of its own address."""
        address = scope["client"][0] if scope.get("client") else ""
        self.arriving[address] += 1
        try:
            return await _body(receive, self.rule)
        finally:
            self.arriving[address] -= 1
            if not self.arriving[address]:
                del self.arriving[address]

    def _too_many(self, scope: Scope) -> Problem | None:
        address = scope["client"][0] if scope.get("client") else ""
        busy = self.under_way >= self.rule.at_once or self.arriving[address] >= self.rule.at_once
        if not busy or scope["path"] in OPEN:
            return None
        return Problem(title=TITLES[429], status=429, detail=f"more than {self.rule.at_once} calls under way")

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        timer = self._timers.get((route, status))
        if timer is None:
            timer = self._timers[route, status] = self.seconds.labels(route, str(status))
        timer.observe(seconds)


SIZE = f"a body of at most {LARGEST:,} bytes"


class _TooLarge(Exception):
    pass


def _too_large(headers: dict[bytes, bytes]) -> Problem | None:
    """Refuse a body that is larger than we read, or does not say how large it is."""
    length = headers.get(b"content-length", b"0")
    chunked = b"chunked" in headers.get(b"transfer-encoding", b"").lower()
    if chunked or not length.isdigit() or len(length) > DIGITS or int(length) > LARGEST:
        return Problem(title=TITLES[413], status=413, detail=SIZE)
    return None


async def _body(receive: Receive, rule: Service) -> Receive:
    """Read the body within the time that a caller has; return what gives it to the app."""
    chunks, more = [], True
    async with asyncio.timeout(rule.body_seconds):
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return receive
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
            if sum(map(len, chunks)) > LARGEST:
                raise _TooLarge
    whole: list[Message] = [{"type": "http.request", "body": b"".join(chunks), "more_body": False}]

    async def given() -> Message:
        return whole.pop() if whole else await receive()

    return given


def _with_headers(given: list[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    present = {name.lower() for name, _ in given}
    safe = scope.get("scheme") == "https"
    more = [
        pair
        for pair in HEADERS
        if pair[0] not in present and (safe or pair[0] != b"strict-transport-security")
    ]
    return [*given, *more]


async def _refuse(problem: Problem, send: Send, *, retry: bool = False) -> None:
    body = orjson.dumps(problem.model_dump(exclude_none=True))
    headers = [(b"content-type", MEDIA.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(b"retry-after", b"1")] if retry else []
    headers += [(b"connection", b"close")] if problem.status in (408, 413) else []
    await send({"type": "http.response.start", "status": problem.status, "headers": [*headers, *HEADERS[:2]]})
    await send({"type": "http.response.body", "body": body})
