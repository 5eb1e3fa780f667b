"""Load, check and version a zone's book."""

from credit_risk.book.rules import Rules, open_rules
from credit_risk.book.window import Span, Window

__all__ = ["Rules", "Span", "Window", "open_rules"]
