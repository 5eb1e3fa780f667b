"""Months of the simulated time, a warm-up year before them included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

__all__ = ["WARM_UP", "Bools", "Calendar", "Days", "Floats", "Ints", "Words"]

WARM_UP = 12

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Calendar:
    """Month ``m`` covers ``[starts[m], starts[m + 1])``; month ``WARM_UP`` is the first that is reported monthly.

    Single events of the warm-up are reported too: a department's register knows its past.
    """

    starts: Days

    @classmethod
    def of(cls, start: date, months: int) -> Calendar:
        """Return the calendar of ``months`` months from the month of ``start``."""
        first = np.datetime64(start, "M") - WARM_UP
        return cls((first + np.arange(months + WARM_UP + 1)).astype("datetime64[D]"))

    @property
    def months(self) -> int:
        """Number of months, warm-up included."""
        return len(self.starts) - 1

    @property
    def first_day(self) -> np.datetime64:
        """First day after the warm-up."""
        return np.datetime64(self.starts[WARM_UP])

    @property
    def last_day(self) -> np.datetime64:
        """Last simulated day; nothing received later is written."""
        return np.datetime64(self.ends[-1])

    @property
    def ends(self) -> Days:
        """Last day of each month."""
        return self.starts[1:] - np.timedelta64(1, "D")

    def month_of(self, days: Days) -> Ints:
        """Return the month index of days; before the calendar it is negative."""
        first = self.starts[0].astype("datetime64[M]")
        return np.asarray((days.astype("datetime64[M]") - first).astype(np.int64))
