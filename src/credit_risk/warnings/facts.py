"""What a condition of the book may speak of: indicators, the score, event risks, anomalies."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.explain import Snapshot
from credit_risk.features.language import parse
from credit_risk.warnings.anomaly import Usual, anomalies
from credit_risk.warnings.events import EventRisk

__all__ = ["SCORE_FACTS", "conditions", "fact_names", "facts", "usual_at", "warning_inputs"]

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


def usual_at(rules: Rules, snapshot: Snapshot) -> list[Usual]:
    """Return what is usual among everybody in a snapshot, by each anomaly of the book that it can tell."""
    scores = snapshot.scores
    if "peer_group" not in scores:
        return []
    values = snapshot.values(dict.fromkeys(n for a in rules.anomalies.values() for n in a.over))
    able = [a for a in rules.anomalies.values() if set(a.over) <= set(values.columns)]
    groups = _peer_groups(scores.set_index("subject").reindex(values["subject"]))
    learnt = [Usual.of(rule, values.reset_index(drop=True), groups) for rule in able]
    return [one for one in learnt if one is not None]


def facts(
    rules: Rules,
    snapshot: Snapshot,
    before: pd.DataFrame | None,
    model: EventRisk | None = None,
    usual: Sequence[Usual] | None = None,
    subjects: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return ``subject``, what conditions need and the score facts of every enterprise, sorted by subject.

    One that is not scorable has its indicators, so that signals by rule reach it, and null score facts and event
    risks. ``before`` is the score table of the previous snapshot, None when there is none; without an event-risk
    ``model`` its risks are null. Anomalies are told against ``usual``, against the snapshot itself by default. Only
    ``subjects`` are told where they are given.
    """
    needed = warning_inputs(rules)
    usual = usual_at(rules, snapshot) if usual is None else usual
    values = snapshot.values(dict.fromkeys([*needed, *(model.names if model else ())]))
    if subjects is not None:
        values = values[values["subject"].isin(set(subjects))]
    values = values.reset_index(drop=True)
    scores = snapshot.scores.set_index("subject").reindex(values["subject"])
    table = values[
        ["subject", *(n for n in needed if n in values)]
    ].copy()  # in few blocks: columns are added below
    table["pd"] = scores["pd"].to_numpy(float)
    table["grade_rank"] = scores["grade_rank"].astype(float).to_numpy()
    table = table.assign(**_before(table, before))
    table = pd.concat([table, _event_facts(rules, values, model, scores)], axis=1)
    if usual:
        table = pd.concat([table, anomalies(usual, table, _peer_groups(scores))], axis=1)
    told = {f"anomaly_{a}": np.nan for a in rules.anomalies if f"anomaly_{a}" not in table}
    return table.assign(**told).sort_values("subject", ignore_index=True)


def _peer_groups(scores: pd.DataFrame) -> pd.Series:
    if "peer_group" not in scores:
        return pd.Series("all", index=range(len(scores)))
    return scores["peer_group"].fillna("all").astype(str).reset_index(drop=True)


def _before(table: pd.DataFrame, before: pd.DataFrame | None) -> dict[str, np.ndarray]:
    if before is None:
        empty = np.full(len(table), np.nan)
        return {"pd_before": empty, "grade_drop": empty}
    earlier = before.set_index("subject").reindex(table["subject"])
    drop = table["grade_rank"].to_numpy(float) - earlier["grade_rank"].astype(float).to_numpy()
    return {"pd_before": earlier["pd"].to_numpy(float), "grade_drop": drop}


def _event_facts(
    rules: Rules, indicators: pd.DataFrame, model: EventRisk | None, scores: pd.DataFrame
) -> pd.DataFrame:
    names = [f"event_{m}m" for e in rules.event_models.values() for m in e.cuts]
    names += [f"event_{h}" for e in rules.event_models.values() for h in e.heads]
    values = np.full((len(scores), len(names)), np.nan)
    if model is not None and set(model.names) <= set(indicators.columns):
        live = scores["pd"].notna().to_numpy()
        risk = model.risk(indicators)
        for name in risk.columns:
            values[live, names.index(name)] = risk[name].to_numpy()[live]
    return pd.DataFrame(values, columns=names)
