"""Other departments' ratings at t, read on the public scale A to D by the crosswalk of the day they were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from credit_risk.book.policy import CLASSES, Crosswalk
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.policy.facts import latest_only
from credit_risk.records import Records, day_of
from credit_risk.records.as_of import UNUSABLE
from credit_risk.records.clock import Moment

__all__ = ["RATING_COLUMNS", "ratings_at"]

RATING_COLUMNS = [
    "subject", "rater", "word", "public", "crosswalk", "rated_on", "valid_until", "state", "record_id",
]  # fmt: skip


def ratings_at(records: Records, t: Moment, subjects: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the newest rating by every rater of every enterprise (or of ``subjects``), as known at t.

    ``state`` is ``valid``; ``expired`` (t is on or after ``valid_until``); ``no_degree`` (the word is no degree, such
    as tax M); or ``not_in_crosswalk`` (the word did not exist under the rules of that day). Only ``valid`` has a
    ``public`` class. A newer rating takes the place of an older one even where it has no degree.
    """
    day = day_of(t)
    series: dict[str, list[Crosswalk]] = {}
    for walk in records.pool.rules.crosswalks.values():
        series.setdefault(walk.rater, []).append(walk)
    known = _Known(records, t, subjects)
    parts = [rows for walks in series.values() for rows in _of_rater(known, walks, t, day) if len(rows)]
    if not parts:
        return pd.DataFrame(columns=RATING_COLUMNS)
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["subject", "rater"]).reset_index(drop=True)


class _Known:
    """Every rating known at t and not ended, even past its days; read once however many raters share it."""

    def __init__(self, records: Records, t: Moment, subjects: Sequence[str] | None) -> None:
        self.records, self.t, self.subjects = records, t, subjects
        self._kept: dict[str, ir.Table] = {}

    def of(self, kind: str) -> ir.Table:
        if kind not in self._kept:
            rows = self.records.known(kind, self.t)
            if self.subjects is not None:
                rows = rows.filter(rows.subject.isin(list(self.subjects)))
            day = day_of(self.t)
            rows = rows.filter(rows.event_date <= day, rows.usable_from.isnull() | (rows.usable_from <= day))
            self._kept[kind] = ibis.memtable(self.records.without_ended(rows, self.t, UNUSABLE).to_pyarrow())
        return self._kept[kind]


def _of_rater(known: _Known, walks: list[Crosswalk], t: Moment, day: date) -> Iterator[pd.DataFrame]:
    first = walks[0]
    if not known.records.pool.holds(first.from_):
        return
    rows = known.of(first.from_)
    if first.where:
        rows = rows.filter(compile_expression(parse(first.where), {c: rows[c] for c in rows.columns}, t))
    newest = latest_only(rows).select("subject", "record_id", "event_date", "usable_until", word=first.field)
    table = newest.to_pandas()
    if len(table):
        yield _read(table, walks, day).assign(rater=first.rater)[RATING_COLUMNS]


def _read(table: pd.DataFrame, walks: list[Crosswalk], day: date) -> pd.DataFrame:
    keys = list(zip(table["word"], table["event_date"], table["usable_until"], strict=True))
    read = {key: _one(*key, walks, day) for key in set(keys)}  # few words and days, many enterprises
    told = pd.DataFrame([read[key] for key in keys], index=table.index)
    return pd.concat([table[["subject", "record_id", "word"]], told], axis=1)


def _one(word: str, event_date: Any, usable_until: Any, walks: list[Crosswalk], day: date) -> dict[str, Any]:
    rated = pd.Timestamp(event_date).date()
    ends = [] if pd.isna(usable_until) else [pd.Timestamp(usable_until).date()]
    walk = next((w for w in walks if w.holds(rated)), None)
    if walk and walk.lasts:
        ends.append(walk.lasts.after(rated))
    until = min(ends, default=None)
    if until is not None and day >= until:
        state = "expired"
    elif walk is None or word not in walk.to:
        state = "not_in_crosswalk"
    else:
        state = "valid" if walk.to[word] in CLASSES else "no_degree"
    return {
        "public": walk.to[word] if walk and state == "valid" else None,
        "crosswalk": walk.crosswalk if walk else None,
        "rated_on": rated.isoformat(),
        "valid_until": until.isoformat() if until else None,
        "state": state,
    }
