"""The contract of time; every other module links here.

Every fact carries three clocks: ``event_date`` (when it happened), ``received_at`` (when the engine received
it) and ``[usable_from, usable_until)`` (when it may lawfully be used). Everything is asked *as known at t*.

    fact                                   t = 2024-03-31   t = 2024-04-30   t = 2024-06-30
    happened 03-20, received 04-05         unknown          known            known
    known since 2023, usable until 06-01   used             used             archived only
    known, repaired on 05-10               used             used             archived only
    known, correction received 05-02       first version    first version    second version

A date given as t stands for the end of that day. Windows are half-open: ``(t-365d, t]`` looks back on
``event_date``, ``(t, t+12m]`` looks ahead.
"""

from __future__ import annotations

from datetime import date, datetime, time

from credit_risk.errors import InputError

__all__ = ["Moment", "day_of", "moment"]

Moment = datetime | date | str


def moment(t: Moment) -> datetime:
    """Return t as a naive local datetime; a date (or ``YYYY-MM-DD``) is the last microsecond of that day.

    Raises
    ------
    InputError
        The text is no ISO date or datetime, or the datetime carries a time zone.

    """
    if isinstance(t, str):
        try:
            t = date.fromisoformat(t) if len(t) == 10 else datetime.fromisoformat(t)
        except ValueError:
            raise InputError(
                f"as-of time: expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS, came {t!r}", came=t
            ) from None
    if isinstance(t, datetime):
        if t.tzinfo is not None:
            raise InputError("as-of time: expected local time without zone", came=str(t))
        return t
    return datetime.combine(t, time.max)


def day_of(t: Moment) -> date:
    """Return the calendar day of t."""
    return moment(t).date()
