"""What the OpenAPI says of keys and tokens: every route that may answer 401 needs one of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

__all__ = ["describe_keys"]

SCHEMES = {
    "key": {
        "type": "apiKey", "in": "header", "name": "X-API-Key",
        "description": "管理员发放的密钥 · A key that an administrator made.",
    },
    "token": {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "身份提供方签发的令牌 · A token that a trusted issuer signed.",
    },
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


def describe_keys(app: FastAPI) -> None:
    """Add the two ways to say who calls to the app's OpenAPI; who may pass is decided in ``door.py``."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        schema = plain()
        if "securitySchemes" not in schema["components"]:
            schema["components"]["securitySchemes"] = SCHEMES
            for path in schema["paths"].values():
                for method in METHODS:
                    if "401" in path.get(method, {}).get("responses", {}):
                        path[method]["security"] = [{name: []} for name in SCHEMES]
        return schema

    app.openapi = described  # type: ignore[method-assign]
