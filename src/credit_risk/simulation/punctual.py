"""How many days an enterprise takes to file or to pay: its habit, a slow wander, strain, and what delays it."""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.calendar import Bools, Ints
from credit_risk.simulation.draws import Draws, lagged
from credit_risk.simulation.fading import DELAY

__all__ = ["days_taken"]

WANDER, KEEPS = 0.4, 0.9  # days a month, and the share of it that stays


def days_taken(draws: Draws, i: Ints, m: Ints, due: int, late: Bools) -> tuple[Ints, Bools]:
    """Return the days from the end of each period to the act, and who was late: ``late`` and whom a delay carried past.

    Most act some days before ``due``; whoever is late is so by a week or two.
    """
    rng, count = draws.rng, draws.world.count
    habit = np.clip(rng.normal(0.6 * due, 2.0, count), 2, due - 2)
    steps = rng.normal(0, WANDER, (count, draws.calendar.months))
    wander = np.zeros_like(steps)
    for month in range(1, steps.shape[1]):
        wander[:, month] = KEEPS * wander[:, month - 1] + steps[:, month]
    delay = draws.scene.fading.of(DELAY)[i, m]
    strain = 0.4 * np.clip(lagged(draws.hidden.stress, 1), -2, 4)[i, m]
    days = np.round(habit[i] + wander[i, m] + strain + delay + rng.normal(0, 1.5, len(i))).astype(np.int64)
    carried = (delay > 0) & (days > due)
    after = due + 1 + rng.poisson(6, len(i))
    told = np.where(late, np.maximum(after, days), np.where(carried, days, np.clip(days, 1, due)))
    return np.asarray(told), np.asarray(late | carried)
