"""Trades round a ring: carousels, and partners who sell each other what each of them needs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from credit_risk.simulation.calendar import Bools, Days, Floats, Ints, Words
from credit_risk.simulation.draws import Draws, Scene
from credit_risk.simulation.schemes import CAROUSEL, HONEST_RING

__all__ = ["Trades", "carousel_trades", "commodity_codes", "honest_ring_trades"]


class Trades(NamedTuple):
    """Columns over sales of bonded goods. ``group`` numbers the ring."""

    seller: Ints
    buyer: Ints
    day: Days
    goods: Words
    quantity: Floats
    amount: Floats
    group: Ints


def carousel_trades(scene: Scene, seed: int) -> Trades:
    """Draw two rounds a month: each member sells the same lot to the next within ten days, at nearly the same price."""
    draws = Draws(scene, seed, "carousel")
    rng, parts = draws.rng, []
    for group, ring, first, last in _rings(scene, CAROUSEL):
        for month in np.repeat(np.arange(first, min(last, scene.calendar.months)), 2):
            start = scene.calendar.starts[month] + np.timedelta64(int(rng.integers(0, 18)), "D")
            lot, price = round(float(rng.lognormal(6, 0.3)), 1), float(rng.lognormal(14, 0.3))
            steps = np.sort(rng.integers(0, 10, len(ring))).astype("timedelta64[D]")
            goods = commodity_codes(np.full(len(ring), 400 + group % 50))
            amount = np.round(price * (1 + 0.002 * np.arange(len(ring))), -1)
            parts.append(_round(ring, start + steps, goods, np.full(len(ring), lot), amount, group))
    return _joined(parts)


def honest_ring_trades(scene: Scene, seed: int) -> Trades:
    """Draw a sale a month or so: each partner sells its own goods, in its own lots, weeks apart."""
    draws = Draws(scene, seed, "honest_ring")
    rng, parts = draws.rng, []
    for group, ring, first, last in _rings(scene, HONEST_RING):
        own = rng.integers(0, 400, len(ring))
        for month in range(first, min(last, scene.calendar.months)):
            days = draws.days(ring, np.full(len(ring), month))
            lots, amounts = np.round(rng.lognormal(5, 1, len(ring)), 1), draws.money(ring, 0.5)
            sold = rng.random(len(ring)) < 0.5
            parts.append(_round(ring, days, commodity_codes(own), lots, amounts, group, sold))
    return _joined(parts)


def commodity_codes(numbers: Ints) -> Words:
    """Return eight-digit commodity codes."""
    return np.char.zfill((27_000_000 + numbers * 13_091).astype(np.str_), 8)


def _rings(scene: Scene, kind: int) -> list[tuple[int, Ints, int, int]]:
    s = scene.world.schemes
    rows = s.of(kind)
    found = []
    for group in np.unique(s.group[rows]):
        own = rows[s.group[rows] == group]
        found.append((int(group), s.enterprise[own], int(s.start[own][0]), int(s.end[own][0])))
    return found


def _round(
    ring: Ints, days: Days, goods: Words, lots: Floats, amounts: Floats, group: int, sold: Bools | None = None
) -> Trades:
    kept = np.arange(len(ring)) if sold is None else np.flatnonzero(sold)
    sellers, buyers, groups = ring[kept], np.roll(ring, -1)[kept], np.full(len(kept), group)
    return Trades(sellers, buyers, days[kept], goods[kept], lots[kept], amounts[kept], groups)


def _joined(parts: list[Trades]) -> Trades:
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Trades(*columns)
