"""Outcomes: did an adverse event become known within ``(t, t + h]``?

By default an event counts on the day the engine *received* it: what happened before t but was not known at t is
still ahead of an observer at t. A repaired event still counts (it did happen); a withdrawn one never did.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from credit_risk.book import Span
from credit_risk.book.schema import Outcome
from credit_risk.errors import BookError, InputError
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records import Records, day_of
from credit_risk.records.clock import Moment

__all__ = ["Outcomes"]


class Outcomes:
    """Labels observations of one outcome."""

    def __init__(self, records: Records, outcome: Outcome) -> None:
        self.records, self.outcome = records, outcome

    def matured(self, t: date, horizon: Span, known_at: Moment) -> bool:
        """Tell whether ``t + h + lag`` is over at ``known_at``; what is not matured has no label."""
        return self.outcome.lag.after(horizon.after(t)) <= day_of(known_at)

    def events(self, known_at: Moment) -> pd.DataFrame:
        """Return ``subject`` and ``day`` of every event known at ``known_at``, not those withdrawn or superseded."""
        parts = []
        for rule in self.outcome.any:
            rows = self.records.known(rule.from_, known_at)
            rows = self.records.without_ended(rows, known_at, ("withdrawal", "superseded"))
            if rule.where:
                rows = rows.filter(self._condition(rule.where, rows, known_at))
            day = rows.received_at.date() if self.outcome.clock == "received" else rows.event_date
            parts.append(rows.select(subject=rows.subject, day=day))
        together = parts[0] if len(parts) == 1 else ibis.union(*parts)
        return together.distinct().order_by(["subject", "day"]).to_pandas()

    def labels(self, observed: pd.DataFrame, horizon: Span, known_at: Moment) -> pd.Series:
        """Return 1 where an event falls within ``(t, t + h]``, else 0, in the order of ``observed``.

        ``observed`` has ``subject`` and ``as_of`` (dates). Callers leave out what has not matured.
        """
        events = self.events(known_at)
        days = pd.to_datetime(events["day"])
        hits = pd.Series(0, index=observed.index, dtype="int64")
        for t, group in observed.groupby("as_of"):
            first, last = pd.Timestamp(str(t)), pd.Timestamp(horizon.after(_date(t)))
            bad = set(events.loc[(days > first) & (days <= last), "subject"])
            hits.loc[group.index] = group["subject"].isin(bad).astype("int64")
        return hits

    def _condition(self, text: str, rows: ir.Table, known_at: Moment) -> Any:
        names = {c: rows[c] for c in rows.columns}
        try:
            return compile_expression(parse(text), names, known_at)
        except InputError as problem:
            place = self.records.pool.rules.places[("outcomes", self.outcome.outcome)]
            raise BookError(
                file=place.file,
                line=place.line,
                key="any.where",
                expected="a condition over fields of the record",
                came=problem.message,
            ) from None


def _date(value: Any) -> date:
    day: date = pd.Timestamp(value).date()
    return day
