"""The enterprises: who they are, before anything happens to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from credit_risk.simulation.calendar import Bools, Calendar, Days, Floats, Ints, Words
from credit_risk.simulation.codes import social_credit_codes
from credit_risk.simulation.schemes import FAST_STARTER, OLD_HAND, SHELL, Schemes, plan_schemes

__all__ = ["INDUSTRIES", "SIZES", "ZONES", "World", "populate"]

ZONES = ("外高桥保税区", "外高桥港综合保税区", "浦东机场综合保税区", "区外")
INDUSTRIES = (
    "贸易转口", "仓储物流", "加工制造", "融资租赁", "保税维修检测", "跨境电商", "专业服务",
)  # fmt: skip
SIZES = ("微型", "小型", "中型", "大型")
STAFF = np.array([4, 22, 90, 420])
REVENUE = np.array([180_000, 1_600_000, 9_000_000, 60_000_000])
TRADE_SHARE = np.array([0.9, 0.7, 0.85, 0.3, 0.6, 0.95, 0.1])
BOOK_SHARE = np.array([0.25, 0.6, 0.85, 0.1, 0.6, 0.5, 0.0])


@dataclass(frozen=True)
class World:
    """Columns over enterprises; ``family`` and ``circle`` (of mutual guarantees) are -1 for those that belong to none.

    ``careless`` brokers err for all their clients; in ``leaky`` warehouses goods of all owners go missing.

    ``trait`` is the lasting part of the hidden risk, by head. ``seasonal`` traders, ``discloser`` enterprises (who
    report their own errors) and ``incubated`` newcomers look odd and are honest.
    """

    uscc: Words
    name: Words
    inside: Bools
    zone: Ints
    industry: Ints
    size: Ints
    founded: Days
    family: Ints
    circle: Ints
    trait: Floats
    revenue: Floats
    staff: Floats
    trader: Bools
    book: Bools
    broker: Bools
    careless: Bools
    leaky: Bools
    metered: Bools
    seasonal: Bools
    discloser: Bools
    schemes: Schemes

    @property
    def count(self) -> int:
        """Number of enterprises."""
        return len(self.uscc)


def populate(rng: np.random.Generator, calendar: Calendar, enterprises: int, outside: float) -> World:
    """Draw ``enterprises`` of the zone and ``outside`` times as many neighbours outside."""
    n = enterprises + int(enterprises * outside)
    inside = np.arange(n) < enterprises
    industry = rng.choice(7, n, p=[0.42, 0.2, 0.11, 0.07, 0.06, 0.06, 0.08])
    size = rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])
    trader = inside & (rng.random(n) < TRADE_SHARE[industry])
    schemes = plan_schemes(rng, calendar, np.flatnonzero(inside), trader)
    hollow = schemes.mark(SHELL, n) > 0
    size, industry = np.where(hollow, 0, size), np.where(hollow, 0, industry)
    trader &= ~hollow
    family = np.where(hollow, -1, _families(rng, n))
    broker = inside & (industry == 1) & (rng.random(n) < 0.12)
    stores = inside & (industry == 1) & ~broker & ~hollow
    zone = np.where(inside, rng.choice(3, n, p=[0.7, 0.12, 0.18]), 3)
    return World(
        uscc=social_credit_codes(rng, inside),
        name=_names(rng, industry, inside),
        inside=inside,
        zone=zone,
        industry=industry,
        size=size,
        founded=_founded(rng, calendar, n, schemes),
        family=family,
        circle=_circles(rng, np.flatnonzero(inside & ~hollow), n),
        trait=_traits(rng, family, size),
        revenue=REVENUE[size] * np.exp(rng.normal(0, 0.6, n)),
        staff=np.where(hollow, 1.0, STAFF[size] * np.exp(rng.normal(0, 0.4, n))),
        trader=trader,
        book=inside & ~hollow & (rng.random(n) < BOOK_SHARE[industry]),
        broker=broker,
        careless=_every(broker, 12, 3),
        leaky=_every(stores, 40, 4),
        metered=inside & ~hollow & (rng.random(n) < 0.7),
        seasonal=trader & (rng.random(n) < 0.08),
        discloser=trader & (rng.random(n) < 0.06),
        schemes=schemes,
    )


def _founded(rng: np.random.Generator, calendar: Calendar, n: int, schemes: Schemes) -> Days:
    """Four in five stood before the warm-up; the others enter during the simulated time.

    Shells, old hands and fast starters are founded with their scheme; all others of a scheme stood before the warm-up.
    """
    span = int((calendar.last_day - calendar.starts[0]).astype(int))
    age = np.minimum(30 + rng.exponential(2300, n), 30 * 365).astype(np.int64)
    entry = rng.integers(0, span - 20, n)
    young = np.isin(schemes.kind, [SHELL, OLD_HAND, FAST_STARTER])
    stood = rng.random(n) < 0.8
    stood[schemes.enterprise[~young]] = True
    founded: Days = calendar.starts[0] + np.where(stood, -age, entry).astype("timedelta64[D]")
    born = calendar.starts[schemes.start[young]] + rng.integers(0, 27, int(young.sum())).astype(
        "timedelta64[D]"
    )
    founded[schemes.enterprise[young]] = born
    return founded


def _families(rng: np.random.Generator, n: int) -> Ints:
    """Put about half of the enterprises in groups of two to seven under the same hands."""
    sizes = rng.choice(np.arange(2, 8), n // 3, p=[0.34, 0.26, 0.17, 0.11, 0.07, 0.05])
    sizes = sizes[: int(np.searchsorted(sizes.cumsum(), n * 0.5))]
    family = np.full(n, -1)
    members = rng.permutation(n)[: int(sizes.sum())]
    family[members] = np.repeat(np.arange(len(sizes)), sizes)
    return family


def _circles(rng: np.random.Generator, insiders: Ints, n: int) -> Ints:
    """Put about one enterprise in seven of the zone in circles of four that guarantee each other's debts."""
    circle = np.full(n, -1)
    members = rng.choice(insiders, len(insiders) * 15 // 100 // 4 * 4, replace=False)
    circle[members] = np.arange(len(members)) // 4
    return circle


def _every(flags: Bools, step: int, first: int) -> Bools:
    """Return every ``step``-th of the flagged from the ``first`` on: neither the most nor the least famous."""
    chosen = np.zeros(len(flags), dtype=bool)
    chosen[np.flatnonzero(flags)[first::step]] = True
    return chosen


def _traits(rng: np.random.Generator, family: Ints, size: Ints) -> Floats:
    """Return (enterprise, head): three parts of four are common to all heads, families share a part of that."""
    n = len(family)
    own = rng.normal(0, 1.0, n)
    shared = rng.normal(0, 1.0, family.max() + 2)[family]
    common = np.where(family >= 0, 0.55 * own + 0.8 * shared, own) - 0.15 * (size - 0.75)
    return np.asarray(0.75 * common[:, None] + rng.normal(0, 0.66, (n, 4)))


def _names(rng: np.random.Generator, industry: Ints, inside: Bools) -> Words:
    """Return made-up names; they are not unique, as in life."""
    first = np.array(list("恒汇鼎信瑞和泰盛隆祥源博锦宏远达通嘉华"))
    second = np.array(list("诚丰康润运联创启航海洋洲桥港捷凯安德"))
    trades = np.array(["国际贸易", "国际物流", "精密制造", "融资租赁", "检测技术", "电子商务", "企业服务"])
    n = len(industry)
    place = np.where(inside, "上海", np.array(["上海", "苏州", "杭州", "深圳"])[rng.integers(0, 4, n)])
    name = np.char.add(place, first[rng.integers(0, len(first), n)])
    name = np.char.add(name, second[rng.integers(0, len(second), n)])
    return np.char.add(np.char.add(name, trades[industry]), "有限公司")
