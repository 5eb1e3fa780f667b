"""The inspection planner: which enterprises to visit, within a capacity, and how each was chosen.

A random floor is drawn first, from everybody, so that what inspections find can be learnt from without bias; each
enterprise's chance of being drawn is known and kept (Horvitz and Thompson 1952 weights are its inverse). The rest goes
by risk. The rate of a tier (differential supervision) bounds the burden on class A and AEO: it weighs their chance in
the random part, and by risk they are visited only if something prompts it.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.errors import InputError

__all__ = ["PLAN_COLUMNS", "Burden", "burden", "hits", "plan_inspections"]

PLAN_COLUMNS = ["order", "subject", "method", "chance", "why", "tier", "pd"]
LEAST_RANDOM = 0.10
SPARED = ("A_aeo", "A")


def plan_inspections(
    population: pd.DataFrame, number: int, *, random_share: float = LEAST_RANDOM, seed: str = ""
) -> pd.DataFrame:
    """Return ``number`` enterprises of ``population`` to inspect, in order of work, each with how it was chosen.

    Parameters
    ----------
    population
        One row an enterprise: ``subject``, ``pd`` (NaN where not scorable), ``tier``, ``rate`` (of its treatment) and
        ``prompted`` (an open warning with evidence or a fact that calls for a visit).
    number
        How many inspections there are staff for.
    random_share
        Share drawn at random, 0.10 at least.
    seed
        Makes the draw; the same seed and population give the same plan in any row order.

    Returns
    -------
    DataFrame
        ``PLAN_COLUMNS``: ``method`` random or targeted; ``chance`` that the random part draws the enterprise, for all
        rows; ``why`` in both languages.

    Raises
    ------
    InputError
        The number is none of 1 to the population, or the random share is below 0.10 or above 1.

    """
    if not 1 <= number <= len(population):
        raise InputError(f"inspections: expected 1 to {len(population)}, came {number}")
    if not LEAST_RANDOM <= random_share <= 1:
        raise InputError(f"random share: expected {LEAST_RANDOM} to 1, came {random_share}")
    rows = population.sort_values("subject").reset_index(drop=True)
    drawn_number = math.ceil(round(number * random_share, 9))
    chance = inclusion(np.minimum(rows["rate"].to_numpy(float), 1.0), drawn_number)
    drawn = _systematic(chance, rows["subject"].tolist(), seed)
    open_to_risk = rows["prompted"].to_numpy(bool) | ~rows["tier"].isin(SPARED).to_numpy(bool)
    risk = rows["pd"].fillna(-1.0).to_numpy(float)
    order = sorted(
        (i for i in range(len(rows)) if open_to_risk[i] and not drawn[i]),
        key=lambda i: (-risk[i], _hash(seed, rows["subject"][i])),
    )
    targeted = order[: number - int(drawn.sum())]
    chosen = [*targeted, *np.flatnonzero(drawn).tolist()]
    plan = rows.loc[chosen, ["subject", "tier", "pd"]].reset_index(drop=True)
    plan["method"] = ["targeted"] * len(targeted) + ["random"] * int(drawn.sum())
    plan["chance"] = chance[chosen]
    plan["why"] = [_why(*row) for row in zip(plan["method"], plan["pd"], plan["chance"], strict=True)]
    plan["order"] = np.arange(1, len(plan) + 1)
    return plan[PLAN_COLUMNS]


def inclusion(weight: npt.NDArray[np.float64], number: int) -> npt.NDArray[np.float64]:
    """Return chances proportional to ``weight``, none above 1, that sum to ``number``."""
    chance = np.zeros(len(weight))
    certain = np.zeros(len(weight), dtype=bool)
    while True:
        rest = ~certain
        chance[rest] = (number - certain.sum()) * weight[rest] / weight[rest].sum()
        over = rest & (chance > 1)
        chance[certain | over] = 1.0
        if not over.any():
            return chance
        certain |= over


def _systematic(chance: npt.NDArray[np.float64], subjects: list[str], seed: str) -> npt.NDArray[np.bool_]:
    """Draw exactly ``sum(chance)`` rows: systematic sampling in a random order (Madow 1949)."""
    order = sorted(range(len(subjects)), key=lambda i: _hash(seed, subjects[i]))
    ends = np.cumsum(chance[order])
    start = _unit(seed + "/start")
    points = start + np.arange(round(float(ends[-1])))
    drawn = np.zeros(len(subjects), dtype=bool)
    places = np.minimum(np.searchsorted(ends, points, side="right"), len(subjects) - 1)
    drawn[np.array(order)[places]] = True
    return drawn


def _why(method: str, pd_: float, chance: float) -> str:
    if method == "random":
        return f"随机抽取（抽中概率 {chance:.2%}） · drawn at random, chance {chance:.2%}"
    return f"按风险（违约概率 {pd_:.1%}） · by risk, PD {pd_:.1%}"


@dataclass(frozen=True, slots=True)
class Burden:
    """Who is visited: share of the plan and of the population that is of class A or AEO."""

    planned: int
    of_plan: float
    of_population: float

    @property
    def relative(self) -> float:
        """Visits to a class A or AEO enterprise against those to anybody: 1 is no difference."""
        return self.of_plan / self.of_population if self.of_population else math.nan


def burden(plan: pd.DataFrame, population: pd.DataFrame) -> Burden:
    """Return how much of a plan falls on class A and AEO."""
    spared = plan["tier"].isin(SPARED)
    return Burden(int(spared.sum()), float(spared.mean()), float(population["tier"].isin(SPARED).mean()))


def hits(plan: pd.DataFrame, bad: pd.Series, population: pd.DataFrame) -> dict[str, Any]:
    """Return found per inspection against a plan at random, by what became known after t (``bad`` by subject).

    ``lift`` is the plan's rate over the population's, which a purely random plan of any size has on average.
    """
    rate = plan["subject"].map(bad).mean()
    base = population["subject"].map(bad).mean()
    return {
        "inspections": len(plan),
        "hits": int(plan["subject"].map(bad).sum()),
        "per_inspection": float(rate),
        "at_random": float(base),
        "lift": float(rate / base) if base else math.nan,
    }


def _hash(*words: str) -> str:
    return hashlib.sha256("/".join(words).encode()).hexdigest()


def _unit(seed: str) -> float:
    return int(_hash(seed)[:13], 16) / 16**13
