"""A moment in an expression: known when it is written, or only when it is run.

What a catalogue computes is the same for every t. Written with ``Asked`` in the place of t it can be turned into SQL
once and run at any t: the moment, its day and the days some spans before it are then variables of the connection.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from credit_risk.book import Span
from credit_risk.records.clock import Moment, day_of, moment

__all__ = ["Asked", "When", "day_before", "day_value", "moment_value"]

MOMENT, DAY = "asked_moment", "asked_day"


@dataclass
class Asked:
    """Stands for the t at which a statement will be run; collects the spans that its statements look back."""

    spans: set[Span] = field(default_factory=set)

    def variables(self, t: Moment) -> dict[str, str]:
        """Return the SQL literal of every variable at t."""
        days = {DAY: day_of(t)} | {_name(span): span.before(day_of(t)) for span in self.spans}
        literals = {name: f"DATE '{day.isoformat()}'" for name, day in days.items()}
        return {MOMENT: f"TIMESTAMP '{moment(t).isoformat(sep=' ')}'", **literals}


When = Moment | Asked


def moment_value(when: When) -> ir.TimestampValue:
    """Return the moment as a value: ``received_at <=`` this is known."""
    value = _moment_variable(MOMENT) if isinstance(when, Asked) else ibis.literal(moment(when))
    return _as_timestamp(value)


def day_value(when: When) -> ir.DateValue:
    """Return the day of the moment as a value."""
    value: ir.DateValue = _day_variable(DAY) if isinstance(when, Asked) else ibis.literal(day_of(when))
    return value


def day_before(when: When, span: Span) -> ir.DateValue:
    """Return the day ``span`` before that day as a value; months are those of the calendar."""
    if isinstance(when, Asked):
        when.spans.add(span)
        value: ir.DateValue = _day_variable(_name(span))
        return value
    return ibis.literal(span.before(day_of(when)))


def _name(span: Span) -> str:
    return f"{DAY}_less_{span.months}m_{span.days}d"


def _as_timestamp(value: ir.Value) -> ir.TimestampValue:
    stamp: ir.TimestampValue = value.cast("timestamp(6)")
    return stamp


def _read_timestamp(variable: str) -> dt.datetime:  # type: ignore[empty-body]
    """Read a variable of the connection."""


def _read_date(variable: str) -> dt.date:  # type: ignore[empty-body]
    """Read a variable of the connection."""


_moment_variable = ibis.udf.scalar.builtin(_read_timestamp, name="getvariable")
_day_variable = ibis.udf.scalar.builtin(_read_date, name="getvariable")
