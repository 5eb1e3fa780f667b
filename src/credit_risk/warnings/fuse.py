"""From signals to one warning an enterprise: what is feared, how likely, which level, what a review is worth.

    level    the worst of its signals; lowered one step when the chance is below what the level stands for, or when
             good news is in force; raised one step when signals of ``converge`` families stand together. The level of
             a fact (a rule of horizon 0) stays.
    chance   the mean of PD and event risk in log-odds; either alone where the other is null
    value    weight of the level x chance, less what good news takes off: the order of the queue and of the budget

Good news never raises a level or a value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.settings import Alerts

__all__ = ["LEVELS", "chance_of", "fused"]

LEVELS = ("red", "orange", "yellow", "blue")
Floats = npt.NDArray[np.float64]


def chance_of(pds: Floats, risk: Floats) -> Floats:
    """Return the mean of two probabilities in log-odds; where one is NaN the other, NaN where both are."""
    with np.errstate(invalid="ignore"):
        a, b = (np.log(np.clip(p, 1e-6, 1 - 1e-6) / (1 - np.clip(p, 1e-6, 1 - 1e-6))) for p in (pds, risk))
    both = np.where(np.isnan(a), b, np.where(np.isnan(b), a, (a + b) / 2))
    result: Floats = 1 / (1 + np.exp(-both))
    return result


def fused(rules: Rules, hits: pd.DataFrame, table: pd.DataFrame, good: pd.DataFrame) -> pd.DataFrame:
    """Return one row a warned subject: level, chance, value, sorted by level, then value.

    Parameters
    ----------
    hits
        ``subject`` and ``signal`` of signals that have evidence.
    table
        Facts by subject: ``pd`` and, where there is an event-risk model, its longest risk.
    good
        A column a good-news code that says per row of ``table`` whether it holds.

    """
    alerts = rules.settings.alerts
    ranks = {s.signal: LEVELS.index(s.level) for s in rules.signals.values()}
    hard = {s.signal for s in rules.signals.values() if s.horizon_months == 0 and s.kind == "rule"}
    marked = hits.assign(
        rank=hits["signal"].map(ranks), family=hits["signal"].str[0], hard=hits["signal"].isin(hard)
    )
    groups = marked.groupby("subject", sort=True)
    found = groups.agg(
        rank=("rank", "min"), families=("family", "nunique"), hard=("hard", "max")
    ).reset_index()
    rows = table.set_index("subject").reindex(found["subject"])
    found["pd"] = rows["pd"].to_numpy(float)
    found["chance"] = chance_of(found["pd"].to_numpy(float), _risk(rules, rows))
    news = good.set_axis(table["subject"], axis=0).reindex(found["subject"]).to_numpy(bool)
    lowered = _factor(rules, good, news)
    found["rank"] = _levels(alerts, found, news)
    found["level"] = np.array(LEVELS, object)[found["rank"]]
    found["good"] = list(map(tuple, news.tolist())) if news.shape[1] else [()] * len(found)
    chance = found["chance"].fillna(alerts.unscored_chance)
    found["value"] = found["level"].map(alerts.weight).astype(float) * chance * lowered
    return found.sort_values(["rank", "value", "subject"], ascending=[True, False, True], ignore_index=True)


def _levels(alerts: Alerts, found: pd.DataFrame, news: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    rank = found["rank"].to_numpy(np.int64)
    chance = found["chance"].to_numpy(float)
    raised = np.maximum(rank - 1, 1)  # no red but by a red signal
    rank = np.where((found["families"].to_numpy() >= alerts.converge) & (rank > 0), raised, rank)
    for level, least in alerts.floor.items():
        step = LEVELS.index(level)
        rank = np.where((rank == step) & (chance < least), step + 1, rank)
    rank = np.where(news.any(axis=1) & (rank > 0), rank + 1, rank)
    rank = np.where(found["hard"].to_numpy(bool), found["rank"].to_numpy(np.int64), rank)
    result: npt.NDArray[np.int64] = np.minimum(rank, len(LEVELS) - 1)
    return result


def _factor(rules: Rules, good: pd.DataFrame, news: npt.NDArray[np.bool_]) -> Floats:
    keep = np.array([1 - rules.good_news[c].lowers for c in good.columns], np.float64)
    result: Floats = np.where(news, keep, 1.0).prod(axis=1) if len(keep) else np.ones(len(news))
    return result


def _risk(rules: Rules, rows: pd.DataFrame) -> Floats:
    """Return the event risk within the longest cut of the book's first event-risk model, NaN without one."""
    for model in rules.event_models.values():
        name = f"event_{model.cuts[-1]}m"
        if name in rows:
            known: Floats = rows[name].to_numpy(np.float64)
            return known
    return np.full(len(rows), np.nan, np.float64)
