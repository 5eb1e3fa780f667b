"""What is planted on purpose: shell clusters, carousels, slow burners, changes of regime, old hands, double pledges.

Each scheme has members, a first and a last month; ``struck`` ones meet an adverse event at the end. Three honest kinds
are planned like schemes because they resemble them: rings that trade with each other for good reasons, starters that
invoice much at once and go on working, and shrinkers that lose activity in one or two things (``fading.py``). All are
written to the truth, so that what finds schemes can be counted, and what alarms about their honest look-alikes too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import WARM_UP, Bools, Calendar, Floats, Ints

__all__ = ["HONEST", "SCHEMES", "Schemes", "plan_schemes"]

SCHEMES = ("shell_cluster", "carousel", "slow_burner", "regime_change", "old_hand", "double_pledge")
HONEST = ("honest_ring", "fast_starter", "honest_shrinker")
SHELL, CAROUSEL, BURNER, REGIME, OLD_HAND, DOUBLE_PLEDGE, HONEST_RING, FAST_STARTER, HONEST_SHRINKER = range(
    9
)
BURN_MONTHS = 11


@dataclass(frozen=True)
class Schemes:
    """Columns over memberships. ``kind`` is an index of ``SCHEMES + HONEST``; ``group`` numbers what belongs together.

    ``before`` is the failed enterprise whose hands an ``old_hand`` took over, else -1. No enterprise is in two.
    """

    enterprise: Ints
    kind: Ints
    group: Ints
    start: Ints
    end: Ints
    struck: Bools
    before: Ints

    def of(self, kind: int) -> Ints:
        """Return the rows of one kind."""
        return np.flatnonzero(self.kind == kind)

    def mark(self, kind: int, count: int) -> Floats:
        """Return a vector over enterprises: 1 for members of a kind."""
        flags = np.zeros(count)
        flags[self.enterprise[self.kind == kind]] = 1
        return flags

    def active(self, kind: int, count: int, months: int) -> Bools:
        """Return the matrix (enterprise, month) in which members of a kind are at it."""
        matrix = np.zeros((count, months), dtype=bool)
        rows = self.of(kind)
        month = np.arange(months)[None, :]
        matrix[self.enterprise[rows]] = (month >= self.start[rows, None]) & (month <= self.end[rows, None])
        return matrix


def plan_schemes(rng: np.random.Generator, calendar: Calendar, insiders: Ints, traders: Bools) -> Schemes:
    """Choose members among the enterprises of the zone, none twice, and their months."""
    return _Planner(rng, calendar, insiders, traders).plan()


class _Planner:
    def __init__(self, rng: np.random.Generator, calendar: Calendar, insiders: Ints, traders: Bools) -> None:
        self.rng, self.months = rng, calendar.months
        self.free = rng.permutation(insiders)
        self.traders = traders
        self.rows: list[tuple[Ints, int, int, Ints, Ints, Bools, Ints]] = []
        self.groups = 0
        self.count = len(insiders)

    def plan(self) -> Schemes:
        rng, n = self.rng, self.count
        for _ in range(max(2, n // 500)):
            size = int(rng.integers(6, 13))
            start = int(rng.integers(WARM_UP - 4, self.months - 8))
            born = start + rng.integers(0, 3, size)
            self._add(SHELL, self._take(size), born, born + rng.integers(7, 16, size), rng.random(size) < 0.8)
        for _ in range(max(2, n // 500)):
            size = int(rng.integers(3, 6))
            start = int(rng.integers(WARM_UP, self.months - 6))
            end = start + int(rng.integers(7, 15))
            struck = np.full(size, rng.random() < 0.65)
            self._add(CAROUSEL, self._take(size, True), np.full(size, start), np.full(size, end), struck)
        self._slow(rng)
        for _ in range(max(2, n // 400)):
            begun = rng.integers(WARM_UP, self.months - 3, 1)
            self._add(
                DOUBLE_PLEDGE, self._take(1), begun, begun + rng.integers(6, 15, 1), rng.random(1) < 0.6
            )
        self._old_hands()
        self._honest()
        self._slow(more := rng.spawn(1)[0])
        self._shrinkers(more)
        columns = [np.concatenate(c) for c in zip(*(self._wide(r) for r in self.rows), strict=True)]
        return Schemes(*columns)

    def _slow(self, rng: np.random.Generator) -> None:
        """Burners and changes of regime; drawn twice, so that shares of those that end within a year mean something."""
        for _ in range(max(3, self.count // 100)):
            begun = rng.integers(WARM_UP, self.months - 3, 1)
            failed = begun + BURN_MONTHS + rng.integers(0, 4, 1)
            self._add(BURNER, self._take(1), begun, failed, rng.random(1) < 0.85)
        for _ in range(max(3, self.count // 150)):
            begun = rng.integers(WARM_UP + 6, self.months - 3, 1)
            self._add(REGIME, self._take(1, True), begun, begun + 18, rng.random(1) < 0.35)

    def _shrinkers(self, rng: np.random.Generator) -> None:
        """As many that shrink for an honest reason as there are slow burners; they stay small to the end."""
        for _ in range(2 * max(3, self.count // 100)):
            begun = rng.integers(WARM_UP, self.months - 3, 1)
            self._add(HONEST_SHRINKER, self._take(1), begun, np.array([self.months]), np.zeros(1, dtype=bool))

    def _old_hands(self) -> None:
        """A third of the failed shells and slow burners come back under another name within half a year."""
        for members, kind, _, _, end, struck, _ in list(self.rows):
            if kind not in (SHELL, BURNER) or not struck[0] or self.rng.random() > 0.4:
                continue
            start = np.array([end[0] + self.rng.integers(1, 7)])
            if start[0] < self.months - 3:
                again = start + self.rng.integers(6, 15)
                hit = self.rng.random(1) < 0.5
                self._add(OLD_HAND, self._take(1), start, again, hit, members[:1])

    def _honest(self) -> None:
        """Rings that exchange different goods for years, and new firms that begin with a large contract."""
        rng, n = self.rng, self.count
        for _ in range(max(2, n // 500)):
            size = int(rng.integers(3, 5))
            first, last = np.full(size, WARM_UP), np.full(size, self.months)
            self._add(HONEST_RING, self._take(size, True), first, last, np.zeros(size, dtype=bool))
        for _ in range(max(2, n // 250)):
            born = rng.integers(WARM_UP - 4, self.months - 8, 1)
            self._add(FAST_STARTER, self._take(1), born, born + 6, np.zeros(1, dtype=bool))

    def _take(self, size: int, trader: bool = False) -> Ints:
        """Return enterprises that are in no scheme yet."""
        pool = self.free[self.traders[self.free]] if trader else self.free
        chosen = pool[:size]
        self.free = self.free[~np.isin(self.free, chosen)]
        return chosen

    def _add(
        self, kind: int, members: Ints, start: Ints, end: Ints, struck: Bools, before: Ints | None = None
    ) -> None:
        self.groups += 1
        gone = np.full(len(members), -1) if before is None else before
        self.rows.append((members, kind, self.groups, start, end, struck, gone))

    @staticmethod
    def _wide(row: tuple[Ints, int, int, Ints, Ints, Bools, Ints]) -> tuple[Ints | Bools, ...]:
        members, kind, group, start, end, struck, before = row
        size = len(members)
        return members, np.full(size, kind), np.full(size, group), start, end, struck, before
