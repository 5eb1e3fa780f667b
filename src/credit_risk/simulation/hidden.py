"""The hidden process: monthly risk of four heads, adverse events, exits. Nothing here is ever read by the engine.

    risk[h]   = trait[h] + LOAD[h] stress + SHOCK[h] industry shock + what a scheme adds
    stress    = 0.94 stress(-1) + noise + distress from neighbours beyond the usual
    hazard[h] = exp(BASE[h] + SLOPE risk[h]), a month

An adverse event at j presses on whoever j is tied to from the second month on and fades over about half a year;
a neighbour's own stress seeps through as well, weakly, two months late. So what is known about neighbours
honestly foretells the own future. What arrives in the mean of all living is the usual and moves nobody, so that the
zone does not sour by itself from year to year. Rates follow the published shares of failing enterprises: 3 to 4 % a
year over all heads, in the year after the trade shock too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from credit_risk.simulation.calendar import Bools, Calendar, Floats, Ints
from credit_risk.simulation.population import World
from credit_risk.simulation.schemes import (
    BURNER,
    CAROUSEL,
    DOUBLE_PLEDGE,
    OLD_HAND,
    REGIME,
    SHELL,
)  # fmt: skip
from credit_risk.simulation.ties import Channels

__all__ = ["HEADS", "HEAD_OF", "KINDS", "Hidden", "live"]

HEADS = ("compliance", "insolvency", "vanishing", "trade")
COMPLIANCE, INSOLVENCY, VANISHING, TRADE = range(4)
KINDS = (
    "serious_list", "wage_arrears", "dishonest_enforced", "bankruptcy",
    "tax_abnormal", "revoked", "tax_major_case", "smuggling", "fx_penalty",
)  # fmt: skip
HEAD_OF = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3])
SHARE = np.array([0.75, 0.25, 0.72, 0.28, 0.65, 0.35, 0.45, 0.4, 0.15])
BASE = np.array([-8.52, -9.47, -9.4, -8.86])
LOAD = np.array([0.75, 1.15, 0.9, 0.7])
SHOCK = np.array([0.6, 1.2, 0.8, 1.0])
SLOPE, CEILING = 1.1, 0.3
PERSISTENCE, NOISE = 0.94, 0.36
PRESSURE, SEEP, FADE, PRESSURE_LIMIT = 0.55, 0.045, 0.8, 1.2
QUIET_MONTHS, UNREPORTED = 12, 24
SCHEMED = 0.08  # hazard a month, for the oracle, of those in a scheme that will strike


@dataclass(frozen=True)
class Hidden:
    """Matrices (enterprise, month). ``event`` is -1 or an index of ``KINDS``; ``pressed`` marks contagion.

    ``risks`` and ``hazard`` are by head. ``after`` is the fading consequence of an enterprise's own event;
    ``exit_month`` is beyond the calendar for those that stay.
    """

    risks: tuple[Floats, Floats, Floats, Floats]
    stress: Floats
    hazard: tuple[Floats, Floats, Floats, Floats]
    event: Ints
    pressed: Floats
    after: Floats
    alive: Bools
    exit_month: Ints

    @cached_property
    def risk(self) -> Floats:
        """Matrix: the mean risk over the heads."""
        return np.asarray(sum(self.risks) / len(self.risks))


def live(rng: np.random.Generator, calendar: Calendar, world: World, flows: Channels) -> Hidden:
    """Run the process month by month; vectorised over enterprises."""
    state = _State(rng, calendar, world, flows)
    state.settle()
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
        self.past: deque[tuple[Bools, Floats]] = deque(maxlen=2)
        self.trace = np.zeros(n)
        self.last_event = np.full(n, -99)
        self.exit_month = np.full(n, months + 1)
        self.stress, self.pressed, self.after = np.zeros((3, n, months))
        self.risks, self.hazard = np.zeros((2, 4, n, months))
        self.event = np.full((n, months), -1)
        self.alive = np.zeros((n, months), dtype=bool)
        self.exposed = np.where(world.trader, 1.0, 0.25)

    def step(self, m: int) -> None:
        alive = (self.founded <= m) & (self.exit_month >= m)
        risk, hazard, inflow = self._feel(m, alive)
        ready = alive & (m - self.founded >= 2) & (m - self.last_event > QUIET_MONTHS)
        struck = ready & (self.rng.random(len(alive)) < hazard.sum(axis=1))
        self.event[struck, m] = self._kinds(hazard[struck], self.world.trader[struck])
        struck |= self._planned(m, alive & (m - self.last_event > QUIET_MONTHS))
        self.last_event[struck] = m
        self.trace = 0.8 * self.trace + struck
        self._exits(m, alive, struck)
        self._remember(alive, struck)
        self.risks[:, :, m] = risk.T
        self.hazard[:, :, m] = (hazard * ready[:, None]).T
        self.hazard[VANISHING, :, m] += SCHEMED * self._striking(m)
        for target, value in (
            (self.stress, self.now), (self.pressed, inflow), (self.after, self.trace), (self.alive, alive)
        ):  # fmt: skip
            target[:, m] = value

    def settle(self) -> None:
        """Live two years that nobody reports, so that the zone starts in its usual state."""
        for _ in range(UNREPORTED):
            alive = self.founded <= 0
            _, hazard, _ = self._feel(0, alive)
            self._remember(alive, alive & (self.rng.random(len(alive)) < hazard.sum(axis=1)))

    def _feel(self, m: int, alive: Bools) -> tuple[Floats, Floats, Floats]:
        """Move stress and shocks by a month; return risk and hazard (enterprise, head), and what arrived."""
        inflow = self._inflow(m)
        noise = self.rng.normal(0, NOISE, len(alive))
        usual = inflow[alive].mean() if alive.any() else 0.0
        self.now = PERSISTENCE * self.now + noise + inflow - usual
        self.shock = 0.9 * self.shock + self.rng.normal(0, 0.08, 7) + self._trade_shock(m)
        risk = self.world.trait + LOAD * self.now[:, None] + SHOCK * self.shock[self.world.industry][:, None]
        risk = risk + self._schemed(m)
        hazard = np.minimum(np.exp(BASE + SLOPE * risk), CEILING)
        hazard[:, TRADE] *= self.exposed
        return risk, hazard, inflow

    def _remember(self, alive: Bools, struck: Bools) -> None:
        self.past.append((struck, np.clip(self.now, 0, 3) * alive))

    def result(self) -> Hidden:
        return Hidden(
            tuple(self.risks), self.stress, tuple(self.hazard), self.event,
            self.pressed, self.after, self.alive, self.exit_month,
        )  # fmt: skip

    def _inflow(self, m: int) -> Floats:
        """Return the distress that arrives this month from events and stress two months ago and before."""
        if len(self.past) < 2:
            return np.zeros(len(self.now))
        struck, seep = self.past[0]
        self.press = FADE * self.press + struck
        flows = self.flows
        is_open = (flows.opens <= m) & (flows.closes > m)
        sent = PRESSURE * self.press[flows.src] + SEEP * seep[flows.src]
        arrived = np.bincount(flows.dst[is_open], (flows.strength * sent)[is_open], minlength=len(self.now))
        return np.minimum(arrived, PRESSURE_LIMIT)

    def _trade_shock(self, m: int) -> Floats:
        """A bad spring for trade, logistics and e-commerce, a third of the way in."""
        third = self.months // 3 + 4
        exposed = np.array([1.0, 1.0, 0.4, 0.0, 0.2, 1.0, 0.0])
        return exposed * (0.15 if third <= m < third + 3 else 0.0)

    # ---- what was planted --------------------------------------------------------------------------

    def _schemed(self, m: int) -> Floats:
        added = np.zeros((len(self.now), 4))
        s = self.world.schemes
        at_it = (s.start <= m) & (m <= s.end)
        for kind, head, push in (
            (SHELL, VANISHING, 1.5), (OLD_HAND, VANISHING, 1.5), (CAROUSEL, TRADE, 1.2), (REGIME, TRADE, 1.6),
            (DOUBLE_PLEDGE, INSOLVENCY, 0.8),
        ):  # fmt: skip
            added[s.enterprise[at_it & (s.kind == kind)], head] = push
        return added

    def _striking(self, m: int) -> Floats:
        s = self.world.schemes
        flags = np.zeros(len(self.now))
        flags[s.enterprise[s.struck & (s.start <= m) & (m < s.end)]] = 1
        return flags

    def _planned(self, m: int, ready: Bools) -> Bools:
        """Strike those whose scheme ends now: shells vanish or sold invoices, rings are caught, burners fail."""
        s, struck = self.world.schemes, np.zeros(len(self.now), dtype=bool)
        due = s.struck & (s.end == m) & ready[s.enterprise] & (self.event[s.enterprise, m] < 0)
        kinds = {
            SHELL: (["tax_abnormal", "tax_major_case", "revoked"], [0.6, 0.25, 0.15]),
            CAROUSEL: (["tax_major_case", "fx_penalty"], [0.5, 0.5]),
            BURNER: (["dishonest_enforced", "bankruptcy"], [0.65, 0.35]),
            REGIME: (["smuggling", "tax_major_case"], [0.7, 0.3]),
            DOUBLE_PLEDGE: (["dishonest_enforced", "bankruptcy"], [0.8, 0.2]),
            OLD_HAND: (["tax_abnormal", "revoked"], [0.8, 0.2]),
        }
        for kind, (names, chances) in kinds.items():
            who = s.enterprise[due & (s.kind == kind)]
            drawn = self.rng.choice([KINDS.index(name) for name in names], len(who), p=chances)
            self.event[who, m] = drawn
            struck[who] = True
        return struck

    # ---- events and exits --------------------------------------------------------------------------

    def _kinds(self, hazard: Floats, trader: Bools) -> Ints:
        """Draw the head by its hazard, then the kind; only traders smuggle."""
        chance = hazard[:, HEAD_OF] * SHARE
        chance[:, KINDS.index("smuggling")] *= trader
        steps = np.cumsum(chance, axis=1)
        draw = self.rng.random(len(hazard)) * steps[:, -1]
        return np.asarray((draw[:, None] >= steps[:, :-1]).sum(axis=1))

    def _exits(self, m: int, alive: Bools, struck: Bools) -> None:
        """Close some enterprises: calmly, after an event, nearly all that went bankrupt, and all that were revoked."""
        rate = 0.0011 + 0.02 * (self.trace > 0.2) * (self.last_event < m)
        rate = rate + 0.003 * (self.now > 1.5)
        leaving = alive & ~struck & (self.rng.random(len(alive)) < rate) & (m - self.founded > 5)
        self.exit_month[leaving] = np.minimum(self.exit_month[leaving], m)
        for kind, low, high in (("bankruptcy", 6, 19), ("revoked", 0, 1), ("tax_abnormal", 8, 24)):
            gone = struck & (self.event[:, m] == KINDS.index(kind))
            self.exit_month[gone] = m + self.rng.integers(low, high, int(gone.sum()))
