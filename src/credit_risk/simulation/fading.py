"""Activity that fades: a slow burner's in everything at once, an honest shrinker's in one or two things.

A slow burner loses 4 to 6 % of its activity a month, every series at a pace of its own, and files and pays about a day
later with every month, from the first month of its course to the last; until then its risk is as it would be. An
honest shrinker loses as much, for one reason that a visit would tell: staff moved to a branch, a line given to a
subcontractor, electricity saved, an order lost, goods taken through another port, money pooled abroad, or a new
accountant who files later. What faded stays so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import Calendar, Floats, Ints
from credit_risk.simulation.schemes import BURNER, HONEST_SHRINKER, Schemes

__all__ = ["DELAY", "ENERGY", "MONEY", "SALES", "STAFF", "TRADE", "Fading", "fade"]

STAFF, ENERGY, SALES, TRADE, MONEY, DELAY = range(6)
REASONS = (
    (STAFF,), (STAFF, ENERGY), (ENERGY,), (SALES,), (SALES, TRADE), (TRADE,), (TRADE, MONEY), (MONEY,), (DELAY,),
)  # fmt: skip
HONEST_COURSE = 12


@dataclass(frozen=True)
class Fading:
    """Columns over members: the first month, the months of the course, the pace a month of each series.

    ``pace`` has shape (members, 6): logarithms of activity lost, and days of delay in the last column.
    """

    enterprise: Ints
    start: Ints
    course: Ints
    pace: Floats
    shape: tuple[int, int]

    def of(self, series: int) -> Floats:
        """Return the matrix (enterprise, month) of what has been lost by then; of ``DELAY``, days gained."""
        lost = np.zeros(self.shape)
        gone = np.clip(np.arange(self.shape[1])[None, :] - self.start[:, None] + 1, 0, self.course[:, None])
        lost[self.enterprise] = gone * self.pace[:, series, None]
        return lost


def fade(rng: np.random.Generator, calendar: Calendar, schemes: Schemes, count: int) -> Fading:
    """Draw the paces of all slow burners and honest shrinkers among ``count`` enterprises."""
    rows = np.flatnonzero(np.isin(schemes.kind, [BURNER, HONEST_SHRINKER]))
    honest = schemes.kind[rows] == HONEST_SHRINKER
    size = len(rows)
    pace = rng.uniform(0.04, 0.06, (size, 1)) * rng.uniform(0.75, 1.25, (size, 6))
    pace[:, DELAY] = rng.uniform(0.7, 1.1, size)
    reason = rng.integers(0, len(REASONS), size)
    touched = np.array([[series in one for series in range(6)] for one in REASONS])[reason]
    course = np.where(honest, HONEST_COURSE, schemes.end[rows] - schemes.start[rows])
    return Fading(
        schemes.enterprise[rows], schemes.start[rows], course,
        pace * np.where(honest[:, None], touched, True), (count, calendar.months),
    )  # fmt: skip
