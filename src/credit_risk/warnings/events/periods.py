"""Person-periods: each observation followed through the periods after it until event, exit or the end of knowledge.

With cuts 1, 3, 6 an observation at t gives up to three rows: (t, t+1m], (t+1m, t+3m], (t+3m, t+6m].

    what happened first                    rows and their cause
    an event of head h in the 2nd period   0, h
    an exit in the 1st                     exit
    known until t+4m, nothing              0, 0              (the third is censored: it has no row)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["EXIT", "NOTHING", "PersonPeriods", "person_periods"]

NOTHING, EXIT = 0, -1
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PersonPeriods:
    """Person-periods: ``row`` into the observations, ``period`` from 0, ``cause``: 0 nothing, -1 exit, 1 + head."""

    row: Ints
    period: Ints
    cause: Ints

    def __len__(self) -> int:
        return len(self.row)


def person_periods(
    observed: pd.DataFrame,
    events: Sequence[pd.DataFrame],
    exits: pd.DataFrame,
    cuts: Sequence[int],
    known_at: date,
) -> PersonPeriods:
    """Return the person-periods of observations (``subject``, ``as_of``).

    Parameters
    ----------
    events
        Per head ``subject`` and ``day``; the first of any head after ``as_of`` ends the observation. Two heads on one
        day count as the first in order; an event and an exit on one day count as the event.
    known_at
        A period that ends later is censored, whatever is known of its beginning.

    """
    start = pd.to_datetime(observed["as_of"])
    causes = [pd.Series(pd.NaT, index=observed.index)] * 0
    for table in [*events, exits]:
        causes.append(_first_after(observed["subject"], start, table))
    days = np.column_stack([c.to_numpy("datetime64[ns]") for c in causes])
    far = np.datetime64("2200-01-01", "ns")
    days = np.where(np.isnat(days), far, days)
    first, which = days.min(axis=1), days.argmin(axis=1)
    code = np.where(which == len(events), EXIT, which + 1)
    rows, periods, found = [], [], []
    begin = start.to_numpy("datetime64[ns]")
    for period, months in enumerate(cuts):
        end = (start + pd.DateOffset(months=months)).to_numpy("datetime64[ns]")
        at_risk = np.flatnonzero((first > begin) & (end <= np.datetime64(known_at, "ns")))
        rows.append(at_risk)
        periods.append(np.full(len(at_risk), period))
        found.append(np.where(first[at_risk] <= end[at_risk], code[at_risk], NOTHING))
        begin = end
    return PersonPeriods(np.concatenate(rows), np.concatenate(periods), np.concatenate(found))


def _first_after(subjects: pd.Series, start: pd.Series, table: pd.DataFrame) -> pd.Series:
    """Return per observation the first day of ``table`` after its start, NaT where there is none."""
    left = pd.DataFrame(
        {
            "subject": subjects.astype(object),
            "at": start.astype("datetime64[ns]"),
            "place": range(len(subjects)),
        }
    )
    right = pd.DataFrame(
        {
            "subject": table["subject"].astype(object),
            "day": pd.to_datetime(table["day"]).astype("datetime64[ns]"),
        }
    )
    right["at"] = right["day"]
    joined = pd.merge_asof(
        left.sort_values("at"), right.sort_values("at"), on="at", by="subject", direction="forward",
        allow_exact_matches=False,
    )  # fmt: skip
    return joined.sort_values("place")["day"].reset_index(drop=True)
