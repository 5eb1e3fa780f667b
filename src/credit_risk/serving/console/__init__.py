"""The supervisor's console: server-rendered pages in Chinese, English one click away."""

from credit_risk.serving.console.app import create_console
from credit_risk.serving.console.warm import keep_warm, warm_up

__all__ = ["create_console", "keep_warm", "warm_up"]
