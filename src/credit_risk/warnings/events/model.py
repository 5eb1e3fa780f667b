"""Event-risk models: cause-specific hazards a period by LightGBM, put together to cumulative incidence.

    survives(k) = product over periods j <= k of (1 - any(j) - exit(j))
    risk(k)     = sum over j <= k of any(j) survives(j - 1)        and a head's likewise with its own hazard

An exit competes: who leaves can meet no event any more, so exits lower the risk instead of being mistaken for safety.
Heads are scaled to the hazard of any event, so that they add up to its risk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import delayed

from credit_risk.book.warning_rules import EventModel
from credit_risk.errors import InputError
from credit_risk.explain.population import warned_by
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.at_once import at_once
from credit_risk.features.observations import month_ends
from credit_risk.features.outcomes import Outcomes
from credit_risk.models.encode import Encoder
from credit_risk.models.learner import fit_boosters
from credit_risk.records.clock import Moment, day_of
from credit_risk.warnings.events.hazards import Hazards
from credit_risk.warnings.events.panel import Panel, build_panel, first_exits
from credit_risk.warnings.events.periods import EXIT, PersonPeriods, person_periods

__all__ = ["DIRECTION", "EventRisk", "event_inputs", "train_events"]

Progress = Callable[[str, int, int], None]
Floats = npt.NDArray[np.float64]
DIRECTION = {"increases": 1, "decreases": -1, "none": 0}
CHUNK = 50_000


@dataclass(frozen=True)
class EventRisk:
    """A fitted event-risk model: per cause (``any``, heads, ``exit``) the boosters of its monthly hazard.

    ``known_at`` is the day up to which it has seen anything: it may warn from that day on.
    """

    name: str
    heads: tuple[str, ...]
    cuts: tuple[int, ...]
    encoder: Encoder
    boosters: dict[str, list[lightgbm.Booster]]
    known_at: date
    lineage: dict[str, str]
    person_periods: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the indicators it reads."""
        return self.encoder.names

    @property
    def facts(self) -> list[str]:
        """Names of the columns that ``risk`` returns."""
        return [f"event_{m}m" for m in self.cuts] + [f"event_{h}" for h in self.heads]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Places of each cause's boosters among all."""
        places = iter(range(sum(map(len, self.boosters.values()))))
        return {cause: [next(places) for _ in own] for cause, own in self.boosters.items()}

    @cached_property
    def _walk(self) -> Hazards:
        return Hazards.of([one for own in self.boosters.values() for one in own], len(self.names))

    def risk(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return per row the risk of any event within each cut, and of each head within the longest; same index."""
        self._walk  # noqa: B018 - read once, before the threads ask for it
        chunks = (rows.iloc[i : i + CHUNK] for i in range(0, len(rows), CHUNK))
        parts = list(at_once(delayed(self._risk)(chunk) for chunk in chunks))
        return pd.concat(parts) if parts else pd.DataFrame(columns=self.facts, dtype=float)

    def _risk(self, rows: pd.DataFrame) -> pd.DataFrame:
        raw = self._walk.raw(self.encoder.matrix(rows), len(self.cuts))
        alive = np.ones(len(rows))
        total, by_head, told = np.zeros(len(rows)), np.zeros((len(self.heads), len(rows))), {}
        for period, months in enumerate(self.cuts):
            hazard = {cause: _sigmoid(_mean(raw[own, period])) for cause, own in self.places.items()}
            shares = np.array([hazard[h] for h in self.heads])
            shares = shares / np.maximum(shares.sum(axis=0), 1e-12)
            total = total + hazard["any"] * alive
            by_head += shares * hazard["any"] * alive
            alive = alive * np.clip(1 - hazard["any"] - hazard["exit"], 0, 1)
            told[f"event_{months}m"] = total
        told |= {f"event_{h}": by_head[i] for i, h in enumerate(self.heads)}
        return pd.DataFrame(told, index=rows.index)


def event_inputs(catalogue: Catalogue, rule: EventModel) -> list[str]:
    """Return the indicators that an event-risk model reads."""
    return list(dict.fromkeys([*catalogue.inputs(rule.indicators, rule.without), *rule.also]))


def train_events(
    matrix: Matrix, rule: EventModel, known_at: Moment, progress: Progress | None = None, every: int = 1
) -> EventRisk:
    """Fit an event-risk model with what is known at ``known_at``; observations end a period before.

    ``every`` thins the panel to every so many month ends, where time matters more than the last digit.

    Raises
    ------
    InputError
        The panel has no event: the outcome's records are missing, or it begins too late.

    """
    catalogue = matrix.catalogue
    recipe = catalogue.rules.recipes[rule.population]
    end = day_of(known_at)
    days = [d for d in month_ends(rule.first, end, every) if d <= end - timedelta(days=28 * rule.cuts[0])]
    if not days:
        raise InputError(f"event model {rule.event_model}: no month end from {rule.first} to {end}")
    panel = build_panel(matrix, recipe, days, warned_by(catalogue), progress)
    outcomes = catalogue.rules.outcomes
    events = [Outcomes(matrix.records, outcomes[h]).events(known_at) for h in rule.heads]
    exits = first_exits(matrix, rule.exits, known_at)
    periods = person_periods(panel.rows, events, exits, rule.cuts, end)
    if not (periods.cause > 0).any():
        raise InputError(f"event model {rule.event_model}: no event in {len(periods):,} person-periods")
    kept = _thinned(periods, rule.keep_one_in)
    lineage = {
        "pool": matrix.records.pool.state_hash(), "catalogue": catalogue.hash, "book": catalogue.rules.hash
    }  # fmt: skip
    return _fit(catalogue, rule, panel, periods, kept, end, lineage, progress)


def _thinned(periods: PersonPeriods, keep_one_in: int) -> npt.NDArray[np.int64]:
    """Return the places of all person-periods with a cause and every ``keep_one_in``-th of the others."""
    quiet = np.flatnonzero(periods.cause == 0)
    return np.sort(np.concatenate([np.flatnonzero(periods.cause != 0), quiet[::keep_one_in]]))


def _fit(
    catalogue: Catalogue, rule: EventModel, panel: Panel, periods: PersonPeriods,
    kept: npt.NDArray[np.int64], end: date, lineage: dict[str, str], progress: Progress | None,
) -> EventRisk:  # fmt: skip
    names = event_inputs(catalogue, rule)
    kinds = catalogue.entries
    categories = [n for n in names if kinds[n].rule.kind == "category"]
    rows = panel.rows.iloc[periods.row[kept]]
    encoder = Encoder.learn(rows, names, categories)
    table = np.column_stack([encoder.matrix(rows), periods.period[kept].astype(np.float32)])
    cause = periods.cause[kept]
    weight = np.where(cause == 0, float(rule.keep_one_in), 1.0)
    # a constraint of direction holds for the risk; what it does to exits or to one head is not known beforehand
    towards = [
        0 if n in categories or not rule.learner.monotone else DIRECTION[kinds[n].rule.risk] for n in names
    ]
    wanted = {"any": cause > 0, "exit": cause == EXIT} | {h: cause == i + 1 for i, h in enumerate(rule.heads)}

    def fitted(name: str, hits: npt.NDArray[np.bool_]) -> list[lightgbm.Booster]:
        monotone = [*(towards if name == "any" else [0] * len(names)), 0]
        return fit_boosters(
            rule.learner, table, hits.astype(np.int64), [*names, "period"], categories, monotone, weight
        )

    boosters: dict[str, list[lightgbm.Booster]] = {}
    made = at_once(delayed(fitted)(name, hits) for name, hits in wanted.items())
    for done, (name, one) in enumerate(zip(wanted, made, strict=True)):
        boosters[name] = one
        if progress:
            progress(f"hazard {name}", done + 1, len(wanted))
    if progress:
        progress("", len(wanted), len(wanted))
    return EventRisk(
        rule.event_model, tuple(rule.heads), tuple(rule.cuts), encoder, boosters, end, lineage, len(periods)
    )


def _mean(raw: Floats) -> Floats:
    """Return the mean of several boosters, added up one after another."""
    total = np.zeros(raw.shape[1])
    for one in raw:
        total += one
    return total / len(raw)


def _sigmoid(x: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-x))
    return result
