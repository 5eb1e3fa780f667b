"""Relations between enterprises, and the channels along which risk flows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import Calendar, Days, Floats, Ints
from credit_risk.simulation.population import World
from credit_risk.simulation.schemes import DOUBLE_PLEDGE, OLD_HAND, SHELL

__all__ = ["NEVER", "PERSONAL", "SHARED", "Channels", "Tie", "channels", "incubators", "tie_up"]

NEVER = np.datetime64("NaT", "D")
# Share of a neighbour's distress that arrives, per unit of weight: (src to dst, dst to src).
FLOW = {
    "shareholder": (0.55, 0.35),
    "guarantees": (0.0, 0.9),
    "supplies": (0.9, 0.6),
    "declares_for": (0.2, 0.0),
    "legal_rep": (0.5, 0.5),
    "executive": (0.2, 0.2),
    "same_address": (0.25, 0.25),
    "branch": (0.5, 0.5),
    "stores_at": (0.15, 0.05),
    "carries": (0.1, 0.05),
    "pledges": (0.1, 0.2),
    "litigates": (0.15, 0.0),
}
UNWEIGHED = ["guarantees", "declares_for", "branch", "stores_at", "carries", "pledges", "litigates"]
PERSONAL = {"legal_rep", "executive"}
SHARED = {"same_address", "same_phone", "same_agent"}
CLUB_LIMIT = 10


@dataclass(frozen=True)
class Tie:
    """Relations of one kind. ``src`` and ``dst`` number enterprises, or persons and addresses for those kinds."""

    kind: str
    src: Ints
    dst: Ints
    weight: Floats
    valid_from: Days
    valid_to: Days


@dataclass(frozen=True)
class Channels:
    """Directed flows of distress between enterprises, with the months in which they are open."""

    src: Ints
    dst: Ints
    strength: Floats
    opens: Ints
    closes: Ints


def incubators(count: int) -> Ints:
    """Return the numbers of the three crowded addresses of a world of ``count`` enterprises."""
    return np.arange(3 * count, 3 * count + 3)


def tie_up(rng: np.random.Generator, calendar: Calendar, world: World) -> dict[str, Tie]:
    """Draw all relations of the zone."""
    order = np.argsort(world.family, kind="stable")
    order = order[world.family[order] >= 0]
    families = world.family[order]
    starts = np.searchsorted(families, families)
    position = np.arange(len(order)) - starts
    child = position > 0
    parent = order[starts + np.maximum(position - 1, 0) // 2]
    made = _Maker(rng, calendar, world)
    return {
        "shareholder": made.shareholders(parent[child], order[child]),
        "guarantees": made.guarantees(parent[child], order[child]),
        "supplies": made.supplies(),
        "declares_for": made.declares_for(),
        "legal_rep": made.persons("legal_rep", 0.55),
        "executive": made.persons("executive", 0.45),
        "same_address": made.addresses(),
        "same_phone": made.phones(),
        "same_agent": made.agents(),
        "branch": made.branches(parent[child], order[child]),
        "stores_at": made.services("stores_at", 0.55),
        "carries": made.services("carries", 0.35),
        "pledges": made.pledges(),
        "litigates": made.pairs("litigates", 0.06, (0.2, 3.0)),
        "pays": made.pairs("pays", 0.25, (0.5, 4.0)),
        "bids_with": made.pairs("bids_with", 0.05, None),
    }


def channels(ties: dict[str, Tie], calendar: Calendar) -> Channels:
    """Return the flows of distress that the relations open, person and address ties as pairs."""
    parts = []
    for kind, tie in ties.items():
        if kind not in FLOW:
            continue
        forth, back = FLOW[kind]
        if kind in PERSONAL | SHARED:
            tie = _pairs(tie, own_is_src=kind in SHARED)
            back = 0.0
        weight = np.ones(len(tie.src)) if kind in UNWEIGHED else tie.weight
        opens = calendar.month_of(tie.valid_from)
        closes = np.where(np.isnat(tie.valid_to), 10**6, calendar.month_of(tie.valid_to))
        parts += [(tie.src, tie.dst, forth * weight, opens, closes)] if forth else []
        parts += [(tie.dst, tie.src, back * weight, opens, closes)] if back else []
    return Channels(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _pairs(tie: Tie, own_is_src: bool) -> Tie:
    """Join all members of each small club (person or address) with each other, both ways."""
    member, club = (tie.src, tie.dst) if own_is_src else (tie.dst, tie.src)
    order = np.argsort(club, kind="stable")
    left, right = [], []
    for rows in np.split(order, np.flatnonzero(np.diff(club[order])) + 1):
        if 2 <= len(rows) <= CLUB_LIMIT:
            a, b = np.nonzero(~np.eye(len(rows), dtype=bool))
            left.append(rows[a])
            right.append(rows[b])
    i, j = np.concatenate(left), np.concatenate(right)
    start = np.maximum(tie.valid_from[i], tie.valid_from[j])
    end = np.fmin(tie.valid_to[i], tie.valid_to[j])
    return Tie(tie.kind, member[i], member[j], np.ones(len(i)), start, end)


class _Maker:
    """Draws each kind of relation with its dates."""

    def __init__(self, rng: np.random.Generator, calendar: Calendar, world: World) -> None:
        self.rng, self.calendar, self.world = rng, calendar, world
        self.insiders = np.flatnonzero(world.inside)

    def shareholders(self, parent: Ints, child: Ints) -> Tie:
        extra = len(self.insiders) // 12
        src = np.concatenate([parent, self.rng.integers(0, self.world.count, extra)])
        dst = np.concatenate([child, self.rng.choice(self.insiders, extra)])
        share = np.concatenate([self.rng.uniform(0.3, 1.0, len(parent)), self.rng.uniform(0.05, 0.3, extra)])
        return self._dated("shareholder", src, dst, share.round(4), late=0.1, ended=0.06)

    def guarantees(self, parent: Ints, child: Ints) -> Tie:
        chosen = self.rng.random(len(parent)) < 0.35
        ring = np.argsort(self.world.circle, kind="stable")
        ring = ring[self.world.circle[ring] >= 0]
        following = np.roll(ring.reshape(-1, 4), -1, axis=1).ravel()
        src, dst = np.concatenate([parent[chosen], ring]), np.concatenate([child[chosen], following])
        amount = self.world.revenue[dst] * self.rng.uniform(0.5, 6.0, len(dst))
        return self._dated("guarantees", src, dst, amount.round(-3), late=0.5, ended=0.25)

    def supplies(self) -> Tie:
        dst = np.repeat(self.insiders, self.rng.poisson(1.3, len(self.insiders)))
        popular = self.world.revenue**0.3
        src = self.rng.choice(self.world.count, len(dst), p=popular / popular.sum())
        share = self.rng.beta(1.6, 3.0, len(dst)).round(4)
        return self._dated("supplies", src, dst, share, late=0.4, ended=0.2)

    def declares_for(self) -> Tie:
        brokers, clients = np.flatnonzero(self.world.broker), np.flatnonzero(self.world.trader)
        fame = 1.0 / np.arange(1, len(brokers) + 1)
        src = self.rng.choice(brokers, len(clients), p=fame / fame.sum())
        count = self.rng.uniform(0.3, 1.0, len(clients)).round(4)
        return self._dated("declares_for", src, clients, count, late=0.2, ended=0.1)

    def persons(self, kind: str, shared: float) -> Tie:
        """Each enterprise has its own person or its family's; a registration agent serves many."""
        n = self.world.count
        offset = 0 if kind == "legal_rep" else 2 * n
        in_family = (self.world.family >= 0) & (self.rng.random(n) < shared)
        person = np.where(in_family, n + self.world.family, np.arange(n)) + offset
        if kind == "executive":
            person[(self.world.family < 0) & (self.rng.random(n) < 0.04)] = 4 * n
        rows = self._in_schemes()
        nominee = 4 * n + 1 + 2 * self.world.schemes.group[rows]
        person[self.world.schemes.enterprise[rows]] = nominee + self.rng.integers(0, 2, len(rows))
        self._follow_hands(person)
        return self._dated(kind, person, np.arange(n), np.ones(n), late=0.05, ended=0.08)

    def phones(self) -> Tie:
        """A cluster of shells has one telephone, a family often."""
        n, rng = self.world.count, self.rng
        group = np.arange(n)
        together = (self.world.family >= 0) & (rng.random(n) < 0.5)
        group = np.where(together, n + self.world.family, group)
        rows = self._in_schemes()
        group[self.world.schemes.enterprise[rows]] = 3 * n + self.world.schemes.group[rows]
        self._follow_hands(group)
        return self._dated("same_phone", np.arange(n), group, np.ones(n), late=0.05, ended=0.05)

    def agents(self) -> Tie:
        """Half of the small enterprises leave their papers to one of many filing agents, shells to one for all."""
        n, rng = self.world.count, self.rng
        agent = rng.integers(0, max(4, n // 25), n)
        uses = (self.world.size <= 1) & (rng.random(n) < 0.5)
        rows = self._in_schemes()
        agent[self.world.schemes.enterprise[rows]] = self.world.schemes.group[rows] % max(4, n // 25)
        uses[self.world.schemes.enterprise[rows]] = True
        who = np.flatnonzero(uses)
        return self._dated("same_agent", who, agent[who], np.ones(len(who)), late=0.1, ended=0.1)

    def branches(self, parent: Ints, child: Ints) -> Tie:
        chosen = self.rng.random(len(parent)) < 0.15
        weight = np.ones(int(chosen.sum()))
        return self._dated("branch", parent[chosen], child[chosen], weight, late=0.2, ended=0.05)

    def services(self, kind: str, share: float) -> Tie:
        """Traders keep or send their goods with a logistics firm of the zone; a few are famous."""
        firms = np.flatnonzero(self.world.inside & (self.world.industry == 1))
        fame = 1.0 / np.arange(1, len(firms) + 1) ** 0.7
        clients = np.flatnonzero(self.world.trader & (self.rng.random(self.world.count) < share))
        src = self.rng.choice(firms, len(clients), p=fame / fame.sum())
        value = self.world.revenue[clients] * self.rng.uniform(0.1, 0.9, len(clients))
        return self._dated(kind, src, clients, value.round(-2), late=0.3, ended=0.2)

    def pairs(self, kind: str, share: float, amount: tuple[float, float] | None) -> Tie:
        """Strangers who meet once: pledges, suits, payments, tenders."""
        src = self.insiders[self.rng.random(len(self.insiders)) < share]
        dst = self.rng.integers(0, self.world.count, len(src))
        weight = np.ones(len(src))
        if amount:
            weight = (self.world.revenue[src] * self.rng.uniform(*amount, len(src))).round(-2)
        return self._dated(kind, src, dst, weight, late=0.8, ended=0.3)

    def pledges(self) -> Tie:
        """Honest pledges, and those of the same goods to two or three lenders within three weeks."""
        honest, rng, s = self.pairs("pledges", 0.05, (1.0, 8.0)), self.rng, self.world.schemes
        rows = s.of(DOUBLE_PLEDGE)
        times = rng.integers(2, 4, len(rows))
        src, first = np.repeat(s.enterprise[rows], times), np.repeat(s.start[rows], times)
        value = np.repeat(self.world.revenue[s.enterprise[rows]] * rng.uniform(3, 8, len(rows)), times)
        lender = rng.choice(np.flatnonzero(self.world.industry == 3), len(src))
        day = self.calendar.starts[first] + rng.integers(0, 21, len(src)).astype("timedelta64[D]")
        day = np.maximum(day, self.world.founded[src])
        keep = (src != lender) & (day < self.calendar.last_day)
        again = (src, lender, value.round(-2), day, np.full(len(src), NEVER))
        plain = (honest.src, honest.dst, honest.weight, honest.valid_from, honest.valid_to)
        return Tie("pledges", *(np.concatenate([a, b[keep]]) for a, b in zip(plain, again, strict=True)))

    def _in_schemes(self) -> Ints:
        return self.world.schemes.of(SHELL)

    def _follow_hands(self, ids: Ints) -> None:
        """Give a new firm of old hands what its predecessor had."""
        s = self.world.schemes
        rows = s.of(OLD_HAND)
        ids[s.enterprise[rows]] = ids[s.before[rows]]

    def addresses(self) -> Tie:
        """Families share premises, three incubators are crowded, a few strangers share a desk."""
        n, rng = self.world.count, self.rng
        group = np.arange(n)
        together = (self.world.family >= 0) & (rng.random(n) < 0.4)
        group = np.where(together, n + self.world.family, group)
        desk = rng.random(n) < 0.08
        group = np.where(desk, 2 * n + rng.integers(0, max(1, n // 35), n), group)
        group = np.where(rng.random(n) < 0.06, rng.choice(incubators(n), n), group)
        rows = self._in_schemes()
        group[self.world.schemes.enterprise[rows]] = 3 * n + 3 + self.world.schemes.group[rows]
        self._follow_hands(group)
        return self._dated("same_address", np.arange(n), group, np.ones(n), late=0.03, ended=0.0)

    def _dated(self, kind: str, src: Ints, dst: Ints, weight: Floats, late: float, ended: float) -> Tie:
        """Give each relation its dates; self-loops and relations that start too late fall away."""
        rng, calendar, m = self.rng, self.calendar, len(src)
        founded = self.world.founded
        since = np.full(m, np.datetime64("1970-01-01"))
        for end, is_enterprise in ((src, kind not in PERSONAL), (dst, kind not in SHARED)):
            since = np.maximum(since, founded[end]) if is_enterprise else since
        window = int((calendar.last_day - calendar.starts[0]).astype(int))
        fresh = calendar.starts[0] + rng.integers(0, window, m).astype("timedelta64[D]")
        start = np.where(rng.random(m) < late, np.maximum(since, fresh), since)
        stop = np.maximum(start, calendar.starts[0]) + rng.integers(200, 1200, m).astype("timedelta64[D]")
        stop = np.where(rng.random(m) < ended, stop, NEVER)
        mixed = kind in PERSONAL | SHARED
        keep = (start < calendar.last_day) & ((src != dst) | mixed)
        return Tie(kind, src[keep], dst[keep], weight[keep], start[keep], stop[keep])
