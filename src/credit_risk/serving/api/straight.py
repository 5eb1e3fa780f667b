"""Questions that are asked often: a well-formed message goes from the guard straight to its endpoint.

FastAPI looks for the route and solves its dependencies anew for every call, which costs more than a published score
does. Here the same message is read and the same visit entered by hand. Whatever is not plainly well formed (another
content type, a message that does not validate, an ``Idempotency-Key``) goes FastAPI's way and is answered, and refused,
as everywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from credit_risk.serving.api.door import Visit
from credit_risk.serving.api.idempotency import HEADER

__all__ = ["Straight", "Way"]

KEY = HEADER.lower().encode()


@dataclass(frozen=True)
class Way:
    """A POST to ``path`` whose ``answer`` takes a ``message`` and the visit that ``enter`` lets in."""

    path: str
    message: type[BaseModel]
    enter: Callable[[Request], Awaitable[Visit]]
    answer: Callable[[Any, Visit], Awaitable[Response]]

    def read(self, scope: Scope, body: bytes) -> BaseModel | None:
        """Return the message of a request, None where it is not plainly well formed."""
        headers = dict(scope["headers"])
        if headers.get(b"content-type") != b"application/json" or KEY in headers:
            return None
        try:
            return self.message.model_validate_json(body)
        except ValidationError:
            return None

    async def tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the message that was read; what is raised is told by the handlers of the app."""
        response = await self.answer(scope["state"]["asked"], await self.enter(Request(scope, receive)))
        await response(scope, receive, send)


class Straight:
    """A middleware within the guard, which has read the body; ``handlers`` are the app's for what is raised."""

    def __init__(self, app: ASGIApp, ways: Sequence[Way], handlers: dict[Any, Any]) -> None:
        self.app, self.ways = app, {way.path: way for way in ways}
        self.tellers = {way.path: ExceptionMiddleware(way.tell, handlers) for way in ways}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a question of a way, or pass the request on."""
        way = self.ways.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if way is None:
            await self.app(scope, receive, send)
            return
        first = await receive()
        whole = first["type"] == "http.request" and not first.get("more_body", False)
        asked = way.read(scope, first.get("body", b"")) if whole else None
        if asked is None:
            await self.app(scope, _again(first, receive), send)
            return
        scope["route"] = way  # what the call is counted under
        scope.setdefault("state", {})["asked"] = asked
        await self.tellers[way.path](scope, receive, send)


def _again(first: Message, receive: Receive) -> Receive:
    """Return what gives a message that was read, and then the others."""
    given = [first]

    async def told() -> Message:
        return given.pop() if given else await receive()

    return told
