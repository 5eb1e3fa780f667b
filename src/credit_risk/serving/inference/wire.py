"""What stock clients put on the wire: binary text tensors are taken, errors are told in the way of the protocol.

The binary tensor extension (KServe, Triton) appends raw tensors to the JSON; ``Inference-Header-Content-Length`` says
where the JSON ends. Each text is four bytes of length, little-endian, and UTF-8. Answers are always JSON, which clients
of the extension read as well.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Message

from credit_risk.serving.api.guard import DIGITS
from credit_risk.serving.api.problem import Refused, note_invalid

__all__ = ["InferenceRoute", "unpacked"]

LENGTH = "inference-header-content-length"


class InferenceRoute(APIRoute):
    """A route of the protocol."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that speaks the protocol's dialect before and after the plain one."""
        plain = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                if request.method == "POST":
                    body = await request.body()
                    request = _as_json(request, unpacked(body, request.headers.get(LENGTH)))
                return await plain(request)
            except Refused as refused:
                problem = refused.problem
                said = f"{problem.field}: {problem.detail}" if problem.field else problem.detail
                return JSONResponse({"error": said}, problem.status, refused.headers)
            except HTTPException:  # FastAPI's word for bytes that are no text
                return JSONResponse({"error": "body: not one JSON object"}, 422)
            except RequestValidationError as invalid:
                await note_invalid(request)
                first = invalid.errors()[0]
                field = ".".join(str(part) for part in first["loc"] if part != "body")
                return JSONResponse({"error": f"{field or 'body'}: {first['msg']}"}, 422)

        return handled


def unpacked(body: bytes, json_length: str | None) -> bytes:
    """Return a body as plain JSON, with the tensors that follow the JSON put into it; Refused where they do not fit."""
    if json_length is None:
        return body
    digits = json_length.isascii() and json_length.isdigit() and len(json_length) <= DIGITS
    if not digits or int(json_length) > len(body):
        raise Refused(400, "not a length within the body", field=LENGTH)
    head, tail = body[: int(json_length)], body[int(json_length) :]
    try:
        asked = orjson.loads(head)
        for tensor in asked["inputs"]:
            size = tensor.get("parameters", {}).pop("binary_data_size", None)
            if size is not None:
                if not isinstance(size, int) or not 0 <= size <= len(tail):
                    raise ValueError("binary_data_size does not fit the body")
                tensor["data"], tail = _texts(tail[:size]), tail[size:]
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as problem:
        raise Refused(400, f"binary tensors: {problem}", field="inputs") from None
    if tail:
        raise Refused(400, f"{len(tail)} bytes belong to no tensor", field="inputs")
    return orjson.dumps(asked)


def _texts(packed: bytes) -> list[str]:
    texts, place = [], 0
    while place < len(packed):
        (length,) = struct.unpack_from("<I", packed, place)
        place += 4 + length
        if place > len(packed):
            raise ValueError("a text is longer than its tensor")
        texts.append(packed[place - length : place].decode())
    return texts


def _as_json(request: Request, body: bytes) -> Request:
    """Return the request with another body; clients of the protocol may leave out that it is JSON."""
    told = {b"content-type", b"content-length", LENGTH.encode()}
    headers = [(name, value) for name, value in request.scope["headers"] if name not in told]
    length = str(len(body)).encode()
    headers += [(b"content-type", b"application/json"), (b"content-length", length)]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({**request.scope, "headers": headers}, receive)
