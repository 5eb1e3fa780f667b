"""The supervisor's console: server-rendered pages in Chinese, English one click away."""

from credit_risk.serving.console.app import create_console

__all__ = ["create_console"]
