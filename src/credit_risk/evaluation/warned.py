"""Warnings judged as warnings: how many were right, how many events they foresaw, how early, within one capacity.

At every month end a policy lists at most ``share`` of the population, worst first. Months in a row on the list are one
*episode* that began at w. An episode is a hit when the enterprise's adverse event falls into (w, w + 12 months]; an
event is warned when an episode of its enterprise began before it, at most 12 months. All policies have the same
capacity, so they can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_risk.errors import InputError
from credit_risk.evaluation.bootstrap import Interval

__all__ = ["WarningFigures", "judge_warnings", "listed"]

HORIZON = pd.DateOffset(months=12)
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class WarningFigures:
    """Figures of one policy with 95 % intervals (bootstrap over enterprises).

    ``precision`` is hits per episode, ``warned`` the share of events that were warned, ``lead_months`` the median lead
    of those, ``lift`` precision over the population's own 12-month rate.
    """

    episodes: int
    events: int
    base_rate: float
    precision: Interval
    warned: Interval
    lead_months: Interval
    lift: float


def listed(candidates: pd.DataFrame, population: Mapping[pd.Timestamp, int], share: float) -> pd.DataFrame:
    """Return ``subject`` and ``at`` of what a policy lists: the first ``share`` of the population at every month end.

    ``candidates`` has ``subject``, ``at`` and ``priority`` (higher first; ties by subject).
    """
    if not 0 < share <= 1:
        raise InputError(f"share: expected a number in (0, 1], came {share}")
    ordered = candidates.sort_values(["at", "priority", "subject"], ascending=[True, False, True])
    place = ordered.groupby("at").cumcount()
    room = ordered["at"].map({at: int(n * share) for at, n in population.items()})
    return ordered.loc[place < room, ["subject", "at"]].reset_index(drop=True)


def judge_warnings(
    chosen: pd.DataFrame, population: pd.DataFrame, events: pd.DataFrame, seed: int = 0
) -> WarningFigures:
    """Judge what a policy listed.

    Parameters
    ----------
    chosen, population
        ``subject`` and ``at`` (month ends): who was listed, and who could have been.
    events
        ``subject`` and ``day`` of adverse events, known to the end of the last horizon; the first after the first month
        end counts for each enterprise.

    """
    months = sorted(population["at"].unique())
    first = events[pd.to_datetime(events["day"]) > months[0]].copy()
    first["day"] = pd.to_datetime(first["day"])
    first = first[first["subject"].isin(population["subject"]) & (first["day"] <= months[-1] + HORIZON)]
    event = first.sort_values("day").drop_duplicates("subject").set_index("subject")["day"]
    episodes = _episodes(chosen, months)
    episodes["at"] = pd.to_datetime(episodes["at"])
    day = pd.to_datetime(episodes["subject"].map(event))
    hit = (day > episodes["at"]) & (day <= episodes["at"] + HORIZON)
    leads = ((day - episodes["at"]).dt.days[hit] / 30.44).groupby(episodes["subject"][hit]).max()
    people = population["subject"].drop_duplicates().sort_values().to_numpy()
    table = pd.DataFrame(index=people)
    table["episodes"] = episodes.groupby("subject").size()
    table["hits"] = hit.groupby(episodes["subject"]).sum()
    table["events"] = event.notna().astype(int)
    table["warned"] = leads.notna().astype(int)
    table["lead"] = leads
    counted = table.fillna({"episodes": 0, "hits": 0, "events": 0, "warned": 0})
    base = _base_rate(population, event)
    precision, warned, lead = _intervals(counted, seed)
    return WarningFigures(
        episodes=len(episodes), events=len(event), base_rate=base, precision=precision, warned=warned,
        lead_months=lead, lift=precision.value / base if base else float("nan"),
    )  # fmt: skip


def _episodes(chosen: pd.DataFrame, months: list[pd.Timestamp]) -> pd.DataFrame:
    """Return the first month of every run of months on the list."""
    place = chosen["at"].map({at: i for i, at in enumerate(months)})
    ordered = chosen.assign(place=place).sort_values(["subject", "place"])
    before = ordered.groupby("subject")["place"].shift()
    return ordered.loc[before.isna() | (ordered["place"] - before > 1), ["subject", "at"]].reset_index(
        drop=True
    )


def _base_rate(population: pd.DataFrame, event: pd.Series) -> float:
    day = population["subject"].map(event)
    return float(((day > population["at"]) & (day <= population["at"] + HORIZON)).mean())


def _intervals(table: pd.DataFrame, seed: int) -> tuple[Interval, Interval, Interval]:
    rng = np.random.default_rng(seed)
    sums = table[["episodes", "hits", "events", "warned"]].to_numpy(float)
    lead = table["lead"].to_numpy(float)
    drawn = np.empty((DRAWS, 3))
    for i in range(DRAWS):
        rows = rng.integers(0, len(table), len(table))
        drawn[i] = _figures(sums[rows], lead[rows])
    value = _figures(sums, lead)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    return tuple(Interval(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True))  # type: ignore[return-value]


def _figures(sums: np.ndarray, lead: np.ndarray) -> tuple[float, float, float]:
    episodes, hits, events, warned = sums.sum(axis=0)
    known = lead[~np.isnan(lead)]
    return (
        hits / episodes if episodes else float("nan"),
        warned / events if events else float("nan"),
        float(np.median(known)) if len(known) else float("nan"),
    )
