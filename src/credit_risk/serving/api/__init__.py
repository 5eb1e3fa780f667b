"""The API of regulatory systems, version 1."""

from credit_risk.serving.api.app import create_app

__all__ = ["create_app"]
