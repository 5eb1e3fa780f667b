"""What a condition of the book may speak of: indicators, the score, event risks, anomalies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.explain import Snapshot
from credit_risk.features.language import parse
from credit_risk.warnings.anomaly import anomalies
from credit_risk.warnings.events import EventRisk

__all__ = ["SCORE_FACTS", "conditions", "fact_names", "facts", "warning_inputs"]

SCORE_FACTS = ("pd", "pd_before", "grade_rank", "grade_drop")


def conditions(rules: Rules) -> dict[str, str]:
    """Return every condition of signals and good news by its code."""
    return {s.signal: s.when for s in rules.signals.values()} | {
        g.good_news: g.when for g in rules.good_news.values()
    }


def fact_names(rules: Rules) -> list[str]:
    """Return every name that a condition may use."""
    events = [f"event_{m}m" for e in rules.event_models.values() for m in e.cuts]
    events += [f"event_{h}" for e in rules.event_models.values() for h in e.heads]
    return [*rules.indicators, *SCORE_FACTS, *events, *(f"anomaly_{a}" for a in rules.anomalies)]


def warning_inputs(rules: Rules) -> list[str]:
    """Return the indicators that conditions and anomalies need, event-risk models left out."""
    used = {name for text in conditions(rules).values() for name in _names(text)}
    used |= {name for a in rules.anomalies.values() for name in a.over}
    return [n for n in rules.indicators if n in used]


def _names(text: str) -> frozenset[str]:
    try:
        return parse(text).names
    except InputError:
        return frozenset()  # told with its place by check_signals


def facts(
    rules: Rules, snapshot: Snapshot, before: pd.DataFrame | None, model: EventRisk | None = None
) -> pd.DataFrame:
    """Return ``subject``, what conditions need and the score facts of every enterprise, sorted by subject.

    One that is not scorable has its indicators, so that signals by rule reach it, and null score facts and event
    risks. ``before`` is the score table of the previous snapshot, None when there is none; without an event-risk
    ``model`` its risks are null.
    """
    given = [n for n in warning_inputs(rules) if n in snapshot.indicators.columns]
    scores = snapshot.scores.set_index("subject").reindex(snapshot.indicators["subject"])
    table = snapshot.indicators[["subject", *given]].reset_index(drop=True)
    table["pd"] = scores["pd"].to_numpy(float)
    table["grade_rank"] = scores["grade_rank"].astype(float).to_numpy()
    table = table.assign(**_before(table, before))
    table = pd.concat([table, _event_facts(rules, snapshot, model, scores)], axis=1)
    able = [a for a in rules.anomalies.values() if set(a.over) <= set(table.columns)]
    if able and "peer_group" in scores:
        groups = scores["peer_group"].fillna("all").astype(str).reset_index(drop=True)
        unusual = anomalies(able, table, groups)
        table = pd.concat([table, unusual], axis=1)
    return table.sort_values("subject", ignore_index=True)


def _before(table: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, np.ndarray]:
    if before is None:
        empty = np.full(len(table), np.nan)
        return {"pd_before": empty, "grade_drop": empty}
    earlier = before.set_index("subject").reindex(table["subject"])
    drop = table["grade_rank"].to_numpy(float) - earlier["grade_rank"].astype(float).to_numpy()
    return {"pd_before": earlier["pd"].to_numpy(float), "grade_drop": drop}


def _event_facts(
    rules: Rules, snapshot: Snapshot, model: EventRisk | None, scores: pd.DataFrame
) -> pd.DataFrame:
    names = [f"event_{m}m" for e in rules.event_models.values() for m in e.cuts]
    names += [f"event_{h}" for e in rules.event_models.values() for h in e.heads]
    values = pd.DataFrame(np.nan, index=range(len(scores)), columns=names)
    if model is None or not set(model.names) <= set(snapshot.indicators.columns):
        return values
    live = np.flatnonzero(scores["pd"].notna().to_numpy())
    risk = model.risk(snapshot.indicators.iloc[live])
    for name in risk.columns:
        values.iloc[live, values.columns.get_loc(name)] = risk[name].to_numpy()
    return values
