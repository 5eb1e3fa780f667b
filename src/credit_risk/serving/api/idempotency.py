"""``Idempotency-Key``: a POST that is sent again with the same key gets the answer of the first, and acts once.

Kept per caller for a day. The same key with another body, or while the first call is still under way, is refused. An
answer that is a refusal is not kept: the call did nothing and may be tried again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from credit_risk.serving.access import Caller
from credit_risk.serving.api.door import Visit, caller_of
from credit_risk.serving.api.problem import Refused
from credit_risk.store.service_tables import idempotency

__all__ = ["ABANDONED", "HEADER", "IdempotentRoute", "Once"]

HEADER = "Idempotency-Key"
KEPT = timedelta(days=1)
ABANDONED = timedelta(minutes=2)  # a call that began and neither ended nor failed: its process died


class Once:
    """The calls that carry a key."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def begin(self, caller: str, key: str, asked: str) -> tuple[int, str] | None:
        """Claim a key for a call; return status and answer when it was answered before.

        Raises Refused when the key belongs to another body, or the first call has not ended yet.
        """
        now = datetime.now()
        row = {"caller": caller, "key": key, "asked": asked, "at": now.isoformat(timespec="microseconds")}
        try:
            with self.engine.begin() as connection:
                old = (now - KEPT).isoformat(timespec="microseconds")
                connection.execute(delete(idempotency).where(idempotency.c.at < old))
                lost = (now - ABANDONED).isoformat(timespec="microseconds")
                connection.execute(
                    delete(idempotency).where(idempotency.c.at < lost, idempotency.c.status.is_(None))
                )
                connection.execute(insert(idempotency).values(row))
            return None
        except IntegrityError:
            return self._earlier(caller, key, asked)

    def _earlier(self, caller: str, key: str, asked: str) -> tuple[int, str]:
        with self.engine.connect() as connection:
            found = connection.execute(select(idempotency).where(_is(caller, key))).first()
        if found is not None and found.asked != asked:
            raise Refused(
                422, "this key was used for another request", field=HEADER, expected="one key for one request"
            )
        if found is None or found.status is None:
            raise Refused(409, "the first call with this key has not ended", retry_after=1, field=HEADER)
        return int(found.status), str(found.answer)

    def end(self, caller: str, key: str, status: int, answer: str) -> None:
        """Keep the answer of a call."""
        with self.engine.begin() as connection:
            connection.execute(
                update(idempotency).where(_is(caller, key)).values(status=status, answer=answer)
            )

    def release(self, caller: str, key: str) -> None:
        """Give a key back, because its call did nothing."""
        with self.engine.begin() as connection:
            connection.execute(delete(idempotency).where(_is(caller, key), idempotency.c.status.is_(None)))


def _is(caller: str, key: str) -> Any:
    return (idempotency.c.caller == caller) & (idempotency.c.key == key)


class IdempotentRoute(APIRoute):
    """A route whose POST heeds ``Idempotency-Key``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that answers a known key from what was kept."""
        plain = super().get_route_handler()

        async def handled(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.method != "POST":
                return await plain(request)
            return await _once(request, key, plain)

        return handled


async def _once(
    request: Request, key: str, plain: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    if not 1 <= len(key) <= 128 or not key.isprintable() or not key.isascii():
        raise Refused(422, "not a key", field=HEADER, expected="1 to 128 printable ASCII characters")
    who = await caller_of(request)
    if who is None:
        return await plain(request)  # which refuses it
    body = await request.body()
    asked = hashlib.sha256(
        f"{request.url.path}?{request.url.query}\n{_right(request, who)}\n".encode() + body
    )
    once = Once(request.app.state.desk.engine)
    kept = await run_in_threadpool(once.begin, who.caller_id, key, asked.hexdigest())
    if kept is not None:
        return await _told_again(request, who, *kept)
    try:
        response = await plain(request)
    except BaseException:
        await run_in_threadpool(once.release, who.caller_id, key)
        raise
    answer = bytes(response.body).decode()
    await run_in_threadpool(once.end, who.caller_id, key, response.status_code, answer)
    return response


def _right(request: Request, who: Caller) -> str:
    """Return what a caller may be told: an answer is not told again to one who may be told something else by now."""
    rules = request.app.state.desk.rules
    scenes = [
        f"{name}:{rules.scenes[name].model_dump_json()}"
        for name in sorted(who.scenes)
        if name in rules.scenes
    ]
    return f"{who.role} {sorted(rules.roles[who.role].may) if who.role in rules.roles else ''} {scenes}"


async def _told_again(request: Request, who: Caller, status: int, answer: str) -> Response:
    """Return a kept answer; it is read once more, so it counts and leaves a line that names the first one."""
    app = request.app
    if seconds := app.state.limiter.wait(who.key_id):
        raise Refused(429, f"more than {app.state.limiter.per_minute} calls a minute", retry_after=seconds)
    first = f"as in {json.loads(answer).get('audit_id', '')}"
    await Visit(app.state.desk, who, "answer.again").noted("", first, str(status))
    return Response(answer, status, media_type="application/json", headers={"Idempotency-Replayed": "true"})
