"""The BentoML service; ``credit-risk serve`` starts it, ``CREDIT_RISK_BOOK`` names the book."""

from __future__ import annotations

import os

import bentoml

from credit_risk.book import open_rules
from credit_risk.serving.api import create_app

__all__ = ["CreditRisk"]

api = create_app(open_rules(os.environ.get("CREDIT_RISK_BOOK", ".")))


@bentoml.service(name="credit-risk", traffic={"timeout": 60})
@bentoml.asgi_app(api, path="/")
class CreditRisk:
    """Answers scores with their reasons."""
