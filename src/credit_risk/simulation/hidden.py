"""The hidden process: monthly risk, adverse events, exits. Nothing here is ever read by the engine.

    risk   = trait + stress + industry shock
    stress = 0.94 stress(-1) + noise + distress that arrived from neighbours
    hazard = exp(BASE + SLOPE risk), a month

An adverse event at j presses on whoever j is tied to from the second month on and fades over about half a year;
a neighbour's own stress seeps through as well, weakly, two months late. So what is known about neighbours
honestly foretells the own future.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import Bools, Calendar, Floats, Ints
from credit_risk.simulation.population import World
from credit_risk.simulation.ties import Channels

__all__ = ["KINDS", "Hidden", "live"]

KINDS = ("serious_list", "dishonest_enforced", "tax_major_case", "smuggling", "bankruptcy")
BASE, SLOPE, CEILING = -7.9, 1.05, 0.3
PERSISTENCE, NOISE = 0.94, 0.36
PRESSURE, SEEP, FADE, PRESSURE_LIMIT = 0.55, 0.045, 0.8, 1.2
QUIET_MONTHS = 12


@dataclass(frozen=True)
class Hidden:
    """Matrices (enterprise, month). ``event`` is -1 or an index of ``KINDS``; ``pressed`` marks contagion.

    ``after`` is the fading consequence of an enterprise's own event; ``exit_month`` is beyond the calendar
    for those that stay.
    """

    risk: Floats
    stress: Floats
    hazard: Floats
    event: Ints
    pressed: Floats
    after: Floats
    alive: Bools
    exit_month: Ints


def live(rng: np.random.Generator, calendar: Calendar, world: World, flows: Channels) -> Hidden:
    """Run the process month by month; vectorised over enterprises."""
    state = _State(rng, calendar, world, flows)
    for month in range(calendar.months):
        state.step(month)
    return state.result()


class _State:
    def __init__(self, rng: np.random.Generator, calendar: Calendar, world: World, flows: Channels) -> None:
        n, months = world.count, calendar.months
        self.rng, self.world, self.flows, self.months = rng, world, flows, months
        self.founded = calendar.month_of(world.founded)
        self.now = rng.normal(0, NOISE / np.sqrt(1 - PERSISTENCE**2), n)
        self.shock = np.zeros(7)
        self.press = np.zeros(n)
        self.trace = np.zeros(n)
        self.last_event = np.full(n, -99)
        self.exit_month = np.full(n, months + 1)
        self.stress, self.risk, self.hazard, self.pressed, self.after = np.zeros((5, n, months))
        self.event = np.full((n, months), -1)
        self.alive = np.zeros((n, months), dtype=bool)

    def step(self, m: int) -> None:
        alive = (self.founded <= m) & (self.exit_month >= m)
        inflow = self._inflow(m)
        self.now = PERSISTENCE * self.now + self.rng.normal(0, NOISE, len(alive)) + inflow
        self.shock = 0.9 * self.shock + self.rng.normal(0, 0.08, 7) + self._trade_shock(m)
        risk = self.world.trait + self.now + self.shock[self.world.industry]
        hazard = np.minimum(np.exp(BASE + SLOPE * risk), CEILING)
        ready = alive & (m - self.founded >= 2) & (m - self.last_event > QUIET_MONTHS)
        struck = ready & (self.rng.random(len(alive)) < hazard)
        self.event[struck, m] = self._kinds(struck)
        self.last_event[struck] = m
        self.trace = 0.8 * self.trace + struck
        self._exits(m, alive, struck)
        for target, value in (
            (self.stress, self.now), (self.risk, risk), (self.hazard, hazard * ready),
            (self.pressed, inflow), (self.after, self.trace), (self.alive, alive),
        ):  # fmt: skip
            target[:, m] = value

    def result(self) -> Hidden:
        return Hidden(
            self.risk, self.stress, self.hazard, self.event,
            self.pressed, self.after, self.alive, self.exit_month,
        )  # fmt: skip

    def _inflow(self, m: int) -> Floats:
        """Return the distress that arrives this month from events and stress two months ago and before."""
        if m < 2:
            return np.zeros(len(self.now))
        self.press = FADE * self.press + (self.event[:, m - 2] >= 0)
        seep = np.clip(self.stress[:, m - 2], 0, 3) * self.alive[:, m - 2]
        flows = self.flows
        is_open = (flows.opens <= m) & (flows.closes > m)
        sent = PRESSURE * self.press[flows.src] + SEEP * seep[flows.src]
        arrived = np.bincount(flows.dst[is_open], (flows.strength * sent)[is_open], minlength=len(self.now))
        return np.minimum(arrived, PRESSURE_LIMIT)

    def _trade_shock(self, m: int) -> Floats:
        """A bad spring for trade, logistics and e-commerce, a third of the way in."""
        third = self.months // 3 + 4
        exposed = np.array([1.0, 1.0, 0.4, 0.0, 0.2, 1.0, 0.0])
        return exposed * (0.18 if third <= m < third + 3 else 0.0)

    def _kinds(self, struck: Bools) -> Ints:
        draw = self.rng.random(int(struck.sum()))
        trader = self.world.trader[struck]
        steps = np.where(trader[:, None], [0.2, 0.52, 0.72, 0.92], [0.28, 0.68, 0.86, 0.86])
        return np.asarray((draw[:, None] >= steps).sum(axis=1))

    def _exits(self, m: int, alive: Bools, struck: Bools) -> None:
        """Close some enterprises: calmly, after an event, and nearly all that went bankrupt."""
        rate = 0.0011 + 0.025 * (self.trace > 0.2) * (self.last_event < m)
        rate = rate + 0.004 * (self.now > 1.5)
        leaving = alive & ~struck & (self.rng.random(len(alive)) < rate) & (m - self.founded > 5)
        self.exit_month[leaving] = np.minimum(self.exit_month[leaving], m)
        bankrupt = struck & (self.event[:, m] == KINDS.index("bankruptcy"))
        self.exit_month[bankrupt] = m + self.rng.integers(6, 19, int(bankrupt.sum()))
