"""Warnings judged as warnings: how many were right, how many events they foresaw, how early, within one capacity.

At every month end a policy has at most ``share`` of the population under an open warning: a stock. Months in a row on
the list are one *episode* that began at w, and so are months with at most one month between them (merged). An episode
is a hit when an adverse event of one of its heads falls into (w, w + 12 months]; an event is warned when an episode of
its enterprise and head began before it, at most 12 months.

    judged               counted
    precision, alarms    episodes with w + 12 months known
    events warned        events after the first list, up to one month after the last: while the lists were kept
    base rate            (enterprise, month end) of the population with an event within 12 months, where that is known

All policies have the same capacity and the same rules, so they can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.errors import InputError
from credit_risk.evaluation.bootstrap import Interval
from credit_risk.warnings.budget import placed

__all__ = ["WarningFigures", "episodes_of", "judge_warnings", "listed", "standing"]

HORIZON = pd.DateOffset(months=12)
DRAWS = 1000
MONTH_DAYS = 30.44
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WarningFigures:
    """Figures of one policy with 95 % intervals (bootstrap over enterprises).

    ``precision`` is hits per matured episode, ``warned`` the share of events that were warned, ``lead_months`` the
    median lead of those (``lead_quantiles`` its 10, 25, 50, 75, 90 %), ``lift`` precision over the 12-month rate of the
    population; ``repeats`` the share of episodes that came back without a record not seen before; ``false_alarms``
    episodes without a hit per 1,000 enterprise-months; ``stability`` the mean share of a list that is still on the
    next one, of those that could be; ``stock`` the largest share of the population on a list.
    """

    episodes: int
    events: int
    base_rate: float
    precision: Interval
    warned: Interval
    lead_months: Interval
    lift: float
    lead_quantiles: tuple[float, ...] = ()
    repeats: float = float("nan")
    false_alarms: float = float("nan")
    stability: float = float("nan")
    stock: float = float("nan")
    by_head: dict[str, dict[str, float]] = field(default_factory=dict)


def listed(candidates: pd.DataFrame, population: Mapping[pd.Timestamp, int], share: float) -> pd.DataFrame:
    """Return ``subject`` and ``at`` of what a policy lists: the first ``share`` of the population at every month end.

    ``candidates`` has ``subject``, ``at`` and ``priority`` (higher first; ties by subject).
    """
    return standing(candidates, population, share, stay=1.0)


def standing(
    candidates: pd.DataFrame,
    population: Mapping[pd.Timestamp, int],
    share: float,
    stay: float,
    lanes: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return ``subject`` and ``at`` of the stock of open warnings at every month end, at most ``share`` of the people.

    Who is on the list stays while among the first ``stay`` x room candidates (1: no longer than a new one would be
    listed); the rest of the room is filled with the best of the others. Of each of ``lanes`` at least its share of the
    room is listed, where ``candidates`` names enough in it (``lanes``: a collection of names per row).
    """
    if not 0 < share <= 1:
        raise InputError(f"share: expected a number in (0, 1], came {share}")
    ordered = candidates.sort_values(["at", "priority", "subject"], ascending=[True, False, True])
    kept: set[str] = set()
    parts = []
    for at, month in ordered.groupby("at", sort=True):
        room = int(population[pd.Timestamp(str(at))] * share)
        names = month["subject"].to_numpy(object)
        within = dict(zip(names, month["lanes"], strict=True)) if lanes else {}
        floors = {lane: int(room * part) for lane, part in (lanes or {}).items()}
        chosen = placed(names, within, room, floors, kept, stay)
        parts.append(month.loc[month["subject"].isin(chosen), ["subject", "at"]])
        kept = chosen
    return pd.concat(parts, ignore_index=True) if parts else ordered[["subject", "at"]]


def judge_warnings(
    chosen: pd.DataFrame,
    population: pd.DataFrame,
    events: pd.DataFrame,
    seed: int = 0,
    known_until: pd.Timestamp | None = None,
) -> WarningFigures:
    """Judge what a policy listed.

    Parameters
    ----------
    chosen
        ``subject`` and ``at`` (month ends): who was listed; optionally ``heads`` (comma-joined outcomes that the
        warning foresees, all where it lacks or is empty) and ``fresh`` (whether it rests on a record not seen before).
    population
        ``subject`` and ``at``: who could have been listed.
    events
        ``subject``, ``day`` and optionally ``head`` of adverse events; the first after the first month end counts for
        each enterprise.
    known_until
        Up to when events are known; by default 12 months after the last month end, and then every event up to there
        counts as one that could have been warned.

    """
    months = sorted(pd.to_datetime(population["at"]).unique())
    until = known_until or months[-1] + HORIZON
    event = _first_events(events, population, months[0], until)
    counted = (
        event[event["day"] <= min(until, months[-1] + pd.DateOffset(months=1))] if known_until else event
    )
    episodes = episodes_of(chosen, months)
    matched = episodes.merge(event, left_on="subject", right_index=True, how="left")
    matured = (matched["at"] + HORIZON) <= until
    hit = (matched["day"] > matched["at"]) & (matched["day"] <= matched["at"] + HORIZON) & _foreseen(matched)
    leads = (
        ((matched["day"] - matched["at"]).dt.days / MONTH_DAYS)[hit].groupby(matched["subject"][hit]).max()
    )
    people = population["subject"].drop_duplicates().sort_values().to_numpy()
    table = pd.DataFrame(index=people)
    table["episodes"] = matched[matured].groupby("subject").size()
    table["hits"] = hit[matured].groupby(matched["subject"][matured]).sum()
    table["events"] = pd.Series(1, index=counted.index)
    table["warned"] = (leads.index.to_series().isin(counted.index)).astype(int)
    table["lead"] = leads[leads.index.isin(counted.index)]
    full = table.fillna({"episodes": 0, "hits": 0, "events": 0, "warned": 0})
    base, exposure = _base_rate(population, event["day"], until)
    precision, warned, lead = _intervals(full, seed)
    known = full["lead"].dropna()
    return WarningFigures(
        episodes=int(full["episodes"].sum()), events=len(counted), base_rate=base, precision=precision, warned=warned,
        lead_months=lead, lift=precision.value / base if base else float("nan"),
        lead_quantiles=tuple(np.quantile(known, [0.1, 0.25, 0.5, 0.75, 0.9]).round(2)) if len(known) else (),
        repeats=_repeats(episodes), stability=_stability(chosen, population, months),
        false_alarms=1000 * float((~hit[matured]).sum()) / exposure if exposure else float("nan"),
        stock=float((chosen.groupby("at").size() / population.groupby("at").size()).max()) if len(chosen) else 0.0,
        by_head=_by_head(counted, leads),
    )  # fmt: skip


def episodes_of(chosen: pd.DataFrame, months: list[pd.Timestamp]) -> pd.DataFrame:
    """Return the first month of every episode with what stands beside it; one month between runs merges them."""
    at = pd.to_datetime(chosen["at"])
    place = at.map({pd.Timestamp(m): i for i, m in enumerate(months)})
    ordered = chosen.assign(at=at, place=place).sort_values(["subject", "place"])
    before = ordered.groupby("subject")["place"].shift()
    first = before.isna() | (ordered["place"] - before > 2)
    return ordered.loc[first].drop(columns="place").reset_index(drop=True)


def _first_events(
    events: pd.DataFrame, population: pd.DataFrame, start: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    table = events.assign(day=pd.to_datetime(events["day"]))
    table = table[
        table["subject"].isin(population["subject"]) & (table["day"] > start) & (table["day"] <= until)
    ]
    if "head" not in table:
        table = table.assign(head="any")
    return table.sort_values(["day", "head"]).drop_duplicates("subject").set_index("subject")[["day", "head"]]


def _foreseen(matched: pd.DataFrame) -> pd.Series:
    """Tell which episodes foresee the head of the event; one without heads foresees any."""
    if "heads" not in matched:
        return pd.Series(True, index=matched.index)
    pairs = zip(matched["heads"].fillna(""), matched["head"].fillna("any"), strict=True)
    found = [not heads or head == "any" or head in heads.split(",") for heads, head in pairs]
    return pd.Series(found, index=matched.index, dtype=bool)


def _base_rate(population: pd.DataFrame, day: pd.Series, until: pd.Timestamp) -> tuple[float, int]:
    at = pd.to_datetime(population["at"])
    known = (at + HORIZON) <= until
    when = pd.to_datetime(population["subject"].map(day))
    bad = (when > at) & (when <= at + HORIZON)
    return float(bad[known].mean()) if known.any() else float("nan"), int(known.sum())


def _repeats(episodes: pd.DataFrame) -> float:
    """Return the share of episodes that came back without a record not seen before (any comeback where unknown)."""
    if episodes.empty:
        return 0.0
    again = episodes["subject"].duplicated()
    fresh = episodes["fresh"].astype(bool) if "fresh" in episodes else False
    return float((again & ~pd.Series(fresh, index=episodes.index)).mean())


def _stability(chosen: pd.DataFrame, population: pd.DataFrame, months: list[pd.Timestamp]) -> float:
    lists = {m: set(chosen.loc[pd.to_datetime(chosen["at"]) == m, "subject"]) for m in months}
    could = {m: set(population.loc[pd.to_datetime(population["at"]) == m, "subject"]) for m in months}
    shares = []
    for a, b in pairwise(months):
        able = lists[a] & could[b]
        if able:
            shares.append(len(able & lists[b]) / len(able))
    return float(np.mean(shares)) if shares else float("nan")


def _by_head(counted: pd.DataFrame, leads: pd.Series) -> dict[str, dict[str, float]]:
    found = counted.assign(warned=counted.index.isin(leads.index), lead=leads.reindex(counted.index))
    return {
        str(head): {
            "events": len(group),
            "warned": float(group["warned"].mean()),
            "lead_months": float(group["lead"].median()),
        }
        for head, group in found.groupby("head")
    }


def _intervals(table: pd.DataFrame, seed: int) -> tuple[Interval, Interval, Interval]:
    rng = np.random.default_rng(seed)
    busy = table[(table[["episodes", "events"]] > 0).any(axis=1)]
    sums = busy[["episodes", "hits", "events", "warned"]].to_numpy(float)
    lead = busy["lead"].to_numpy(float)
    drawn = np.empty((DRAWS, 3))
    for i in range(DRAWS):
        # of n enterprises drawn, those that take part in no figure need not be looked at
        size = rng.binomial(len(table), len(busy) / len(table)) if len(table) else 0
        rows = rng.integers(0, len(busy), size) if len(busy) else np.zeros(0, int)
        drawn[i] = _figures(sums[rows], lead[rows])
    value = _figures(sums, lead)
    with np.errstate(all="ignore"):
        known = ~np.isnan(drawn).all(axis=0)
        low, high = np.full(3, np.nan), np.full(3, np.nan)
        low[known], high[known] = np.nanquantile(drawn[:, known], [0.025, 0.975], axis=0)
    return tuple(Interval(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True))  # type: ignore[return-value]


def _figures(sums: Floats, lead: Floats) -> tuple[float, float, float]:
    episodes, hits, events, warned = sums.sum(axis=0)
    known = lead[~np.isnan(lead)]
    return (
        hits / episodes if episodes else float("nan"),
        warned / events if events else float("nan"),
        float(np.median(known)) if len(known) else float("nan"),
    )
