"""The BentoML service; ``credit-risk serve`` starts it, ``CREDIT_RISK_BOOK`` names the book."""

from __future__ import annotations

import os
import sys
from typing import Any

import bentoml

from credit_risk.book import open_rules
from credit_risk.errors import InputError
from credit_risk.serving.api import create_app
from credit_risk.serving.console import keep_warm
from credit_risk.serving.front import Front

__all__ = ["CreditRisk"]

NO_SPANS = {"excluded_urls": ".*"}  # nobody collects them here, and one a message costs more than a score
CERTIFICATE, KEY = "CREDIT_RISK_TLS_CERTIFICATE", "CREDIT_RISK_TLS_KEY"


def _tls() -> dict[str, Any]:
    """Return the certificate that two variables name files of; none where they name nothing."""
    files = {"certfile": os.environ.get(CERTIFICATE), "keyfile": os.environ.get(KEY)}
    if not any(files.values()):
        return {"enabled": False}
    for name, path in zip((CERTIFICATE, KEY), files.values(), strict=True):
        if not path or not os.access(path, os.R_OK):
            raise InputError(f"{name}: expected a file that can be read, came {path!r}")
    return {"enabled": True, **files}


# who answers and who commits audit lines take turns: with Python's 5 ms one waits most of a moment for the other
TURN = 0.0003  # seconds
sys.setswitchinterval(TURN)

api = create_app(open_rules(os.environ.get("CREDIT_RISK_BOOK", ".")))
keep_warm(api.state.desk)


@bentoml.service(
    name="credit-risk",
    traffic={"timeout": 60},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    tracing=NO_SPANS,
    ssl=_tls(),
)
@bentoml.asgi_app(api, path="/")
class CreditRisk:
    """Answers scores with their reasons."""

    def __init__(self) -> None:
        api.state.desk.rescorer.start()


CreditRisk.add_asgi_middleware(Front, api=api)  # type: ignore[attr-defined]  # the decorator made it a Service
