"""A route that is asked often: a well-formed message goes straight to its endpoint.

FastAPI solves the dependencies of a route anew for every call, which costs more than a published score does. Here the
same message is read and the same visit entered by hand. Whatever is not plainly well formed (another content type, a
message that does not validate, an ``Idempotency-Key``) goes FastAPI's way and is answered, and refused, as everywhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from credit_risk.serving.api.door import Visit
from credit_risk.serving.api.idempotency import HEADER, IdempotentRoute

__all__ = ["straight"]


def straight(message: type[BaseModel], enter: Callable[[Request], Awaitable[Visit]]) -> type[IdempotentRoute]:
    """Return a class of routes whose endpoint takes ``message`` and the visit that ``enter`` lets in."""

    class Straight(IdempotentRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            endpoint, plain = self.endpoint, super().get_route_handler()

            async def handled(request: Request) -> Response:
                asked = await _read(request, message)
                if asked is None:
                    return await plain(request)
                response: Response = await endpoint(asked, await enter(request))
                return response

            return handled

    return Straight


async def _read(request: Request, message: type[BaseModel]) -> BaseModel | None:
    """Return the message of a request, None where it is not plainly well formed."""
    headers = request.headers
    if headers.get("content-type") != "application/json" or HEADER in headers:
        return None
    try:
        return message.model_validate_json(await request.body())
    except ValidationError:
        return None
