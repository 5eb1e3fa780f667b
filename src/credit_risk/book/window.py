"""Spans and windows of time, as the book writes them: ``12m``, ``90d``, ``5y``, ``24m..12m``.

A window looks back from t and is half-open: ``12m`` is ``(t-12m, t]``, ``24m..12m`` is ``(t-24m, t-12m]``.
Months are calendar months; a day that a month lacks falls on its last day (31 March - 1m = 28 February).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

__all__ = ["Span", "Window", "parse_span", "parse_window"]

_SPAN = re.compile(r"^(\d+)([dmy])$")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of calendar time."""

    days: int = 0
    months: int = 0

    def after(self, day: date) -> date:
        """Return the day this span later than ``day``."""
        return day + relativedelta(days=self.days, months=self.months)

    def before(self, day: date) -> date:
        """Return the day this span earlier than ``day``."""
        return day - relativedelta(days=self.days, months=self.months)

    def __str__(self) -> str:
        return f"{self.months}m" if self.months else f"{self.days}d"


@dataclass(frozen=True, slots=True)
class Window:
    """``(t - start, t - end]``; ``start`` None looks back without bound."""

    start: Span | None = None
    end: Span = Span()

    def bounds(self, day: date) -> tuple[date | None, date]:
        """Return the open lower and closed upper bound for as-of ``day``.

        >>> parse_window("12m").bounds(date(2024, 3, 31))
        (datetime.date(2023, 3, 31), datetime.date(2024, 3, 31))
        >>> parse_window("24m..12m").bounds(date(2024, 3, 31))
        (datetime.date(2022, 3, 31), datetime.date(2023, 3, 31))
        """
        return (self.start.before(day) if self.start else None, self.end.before(day))

    def __str__(self) -> str:
        if self.start is None:
            return "all" if self.end == Span() else f"..{self.end}"
        return str(self.start) if self.end == Span() else f"{self.start}..{self.end}"


def parse_span(text: object) -> Span:
    """Read ``90d``, ``12m`` or ``5y``; raises ValueError for anything else."""
    if isinstance(text, Span):
        return text
    found = _SPAN.match(str(text))
    if not found:
        raise ValueError("a span such as 90d, 12m or 5y")
    number, unit = int(found[1]), found[2]
    return Span(days=number) if unit == "d" else Span(months=number * (12 if unit == "y" else 1))


def parse_window(text: object) -> Window:
    """Read ``12m`` or ``24m..12m`` (from further back to nearer); ``all`` has no lower bound."""
    if isinstance(text, Window):
        return text
    start, dots, end = str(text).partition("..")
    lower = None if start == "all" else parse_span(start)
    return Window(lower, parse_span(end) if dots else Span())
