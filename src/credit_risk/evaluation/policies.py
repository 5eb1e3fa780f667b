"""Policies of warning under one capacity: the engine's, and the simpler ones it must beat.

signals      warnings of the engine, by the value of a review, a share kept for each lane of the book
rules        only those with a signal by rule, the worst level first, in the order of the code
score        nobody but the highest PD
last_grade   the worst grade of the month before
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from credit_risk.book.settings import Alerts
from credit_risk.evaluation.history import History
from credit_risk.evaluation.warned import WarningFigures, judge_warnings, standing
from credit_risk.warnings.budget import lanes_of

__all__ = ["STAY", "candidates", "chosen_by", "judge_policies", "plain", "segments"]

STAY = 2.0


def candidates(history: History, alerts: Alerts) -> dict[str, pd.DataFrame]:
    """Return per policy ``subject``, ``at``, ``priority`` and, for the engine's, ``heads`` and ``fresh``."""
    people = history.population
    columns = ["subject", "at", "level", "value", "heads", "signals"]
    warned = people[["subject", "at"]].merge(history.warnings[columns], on=["subject", "at"])
    kinds = warned["signals"].map(lambda s: {signal["kind"] for signal in json.loads(s)})
    by_rule = warned[kinds.map(lambda k: "rule" in k)]
    ordered = people.sort_values(["subject", "at"])
    last = ordered.groupby("subject")["grade_rank"].shift().fillna(-1)
    return {
        "signals": _fresh(warned).assign(
            priority=warned["value"] + 10.0 * (warned["level"] == "red"),
            lanes=warned["signals"].map(lambda s: lanes_of(alerts.lanes, _codes(s))),
        ),
        "rules": by_rule.assign(priority=by_rule["level"].map(alerts.weight).astype(float)),
        "score": people.assign(priority=people["pd"]),
        "last_grade": ordered.assign(priority=last.astype(float))[ordered["at"] > ordered["at"].min()],
    }


def chosen_by(table: pd.DataFrame, people: pd.DataFrame, alerts: Alerts, stay: float = STAY) -> pd.DataFrame:
    """Return whom a policy has under an open warning at every month end, with what stands beside it."""
    sizes: Mapping[pd.Timestamp, int] = people.groupby("at").size().to_dict()
    lanes = {name: lane.share for name, lane in alerts.lanes.items()} if "lanes" in table else None
    kept = [c for c in ("subject", "at", "heads", "fresh") if c in table]
    return standing(table, sizes, alerts.open_share, stay, lanes).merge(table[kept], on=["subject", "at"])


def judge_policies(
    tables: Mapping[str, pd.DataFrame],
    history: History,
    alerts: Alerts,
    until: pd.Timestamp,
    stay: float = STAY,
) -> dict[str, WarningFigures]:
    """Judge each policy within the same share of the population; only the engine's own has lanes in it."""
    people = history.population
    return {
        name: judge_warnings(
            chosen_by(table, people, alerts, stay), people, history.events, known_until=until
        )
        for name, table in tables.items()
    }


def segments(
    chosen: pd.DataFrame, history: History, by: str, until: pd.Timestamp, fewest: int = 200
) -> dict[str, WarningFigures]:
    """Judge one policy's list within each ``by`` (``industry``, ``zone``, ``size``); small ones fall out."""
    found = {}
    for name, people in history.population.groupby(by):
        if people["subject"].nunique() >= fewest:
            own = chosen[chosen["subject"].isin(people["subject"])]
            found[str(name)] = judge_warnings(own, people, history.events, known_until=until)
    return found


def plain(figures: WarningFigures) -> dict[str, Any]:
    """Return figures as plain JSON types."""
    told = asdict(figures) | {
        n: getattr(figures, n).to_json() for n in ("precision", "warned", "lead_months")
    }
    return {k: None if isinstance(v, float) and v != v else v for k, v in told.items()}


def _codes(signals: str) -> set[str]:
    return {signal["signal"] for signal in json.loads(signals)}


def _fresh(warned: pd.DataFrame) -> pd.DataFrame:
    """Add whether a warning rests on a record that no earlier warning of the enterprise named."""
    seen: dict[str, set[str]] = {}
    fresh = pd.Series(False, index=warned.index)
    for row in warned.sort_values("at").itertuples():
        ids = {r["record_id"] for signal in json.loads(str(row.signals)) for r in signal["evidence"]}
        known = seen.setdefault(str(row.subject), set())
        fresh[row.Index] = bool(ids - known)
        known |= ids
    return warned.assign(fresh=fresh)
