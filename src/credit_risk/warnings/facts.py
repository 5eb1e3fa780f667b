"""What a condition of the book may speak of: indicators, the score, event risks, anomalies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from joblib import delayed

from credit_risk.book import Rules
from credit_risk.book.warning_rules import Anomaly
from credit_risk.errors import InputError
from credit_risk.explain import Snapshot
from credit_risk.features.at_once import at_once
from credit_risk.features.language import parse
from credit_risk.warnings.anomaly import Usual, anomalies
from credit_risk.warnings.events import EventRisk

__all__ = ["SCORE_FACTS", "Facts", "Part", "conditions", "fact_names", "facts", "usual_at", "warning_inputs"]

SCORE_FACTS = ("pd", "pd_before", "grade_rank", "grade_drop")
SCORED = ("pd", "grade_rank", "peer_group")
AT_ONCE = 25_000  # enterprises whose facts stand side by side
T = TypeVar("T")


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
    found = _compared(rules, snapshot, Usual.of)
    return [one for one in found.values() if one is not None]


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
    every = Facts(rules, snapshot, before, model, usual, subjects)
    return pd.concat([every.told(part) for part in every.parts()]).sort_values("subject", ignore_index=True)


@dataclass(frozen=True)
class Part:
    """Some enterprises: their indicators, their row of the score tables now and before, and their anomalies."""

    values: pd.DataFrame
    scores: pd.DataFrame
    before: pd.DataFrame | None
    odd: pd.DataFrame


class Facts:
    """Tells the facts of some enterprises at a time, so that those of a whole zone never stand side by side.

    The parameters are those of ``facts``. Anomalies compare everybody with everybody, so they are told first.
    """

    def __init__(
        self,
        rules: Rules,
        snapshot: Snapshot,
        before: pd.DataFrame | None,
        model: EventRisk | None = None,
        usual: Sequence[Usual] | None = None,
        subjects: Collection[str] | None = None,
    ) -> None:
        self.rules, self.snapshot, self.model = rules, snapshot, model
        self.needed = warning_inputs(rules)
        self.wanted = None if subjects is None else set(subjects)
        named = [n for n in SCORED if n in snapshot.scores]
        self.scores = snapshot.scores.set_index("subject")[named]
        self.before = None if before is None else before.set_index("subject")[["pd", "grade_rank"]]
        self.odd = self._anomalies(usual)

    def parts(self) -> Iterator[Part]:
        """Return everybody in parts, in the order of the snapshot."""
        names = dict.fromkeys([*self.needed, *(self.model.names if self.model else ())])
        start = 0
        for values in self.snapshot.parts(names, AT_ONCE):
            odd = self.odd.iloc[start : start + len(values)].reset_index(drop=True)
            start += len(values)
            if self.wanted is not None:
                chosen = values["subject"].isin(self.wanted)
                values, odd = values[chosen].reset_index(drop=True), odd[chosen].reset_index(drop=True)
            before = None if self.before is None else self.before.reindex(values["subject"])
            yield Part(values, self.scores.reindex(values["subject"]), before, odd)

    def told(self, part: Part) -> pd.DataFrame:
        """Return the facts of a part, in its order."""
        values, scores = part.values, part.scores
        table = values[
            ["subject", *(n for n in self.needed if n in values)]
        ].copy()  # in few blocks: columns are added below
        table["pd"] = scores["pd"].to_numpy(float)
        table["grade_rank"] = scores["grade_rank"].astype(float).to_numpy()
        table = table.assign(**_before(table, part.before))
        return pd.concat([table, _event_facts(self.rules, values, self.model, scores), part.odd], axis=1)

    def _anomalies(self, usual: Sequence[Usual] | None) -> pd.DataFrame:
        """Return a column ``anomaly_NAME`` a rule of the book, a row for each of the snapshot in its order."""
        if usual is None:
            told = _compared(self.rules, self.snapshot, Usual.among)
            columns = {f"anomaly_{name}": odd for name, odd in told.items() if odd is not None}
            rows = self.snapshot.values([])["subject"]
        else:
            values = self.snapshot.values(dict.fromkeys(n for one in usual for n in one.rule.over))
            rows = values["subject"]
            asked = np.ones(len(rows), bool) if self.wanted is None else rows.isin(self.wanted).to_numpy()
            chosen = values[asked].reset_index(drop=True)
            known = anomalies(usual, chosen, _peer_groups(self.scores.reindex(chosen["subject"])))
            columns = {name: np.full(len(rows), np.nan) for name in known.columns}
            for name, column in columns.items():
                column[asked] = known[name].to_numpy()
        names = [f"anomaly_{a}" for a in self.rules.anomalies]
        return pd.DataFrame(columns, index=range(len(rows))).reindex(columns=names)


def _compared(
    rules: Rules, snapshot: Snapshot, compare: Callable[[Anomaly, pd.DataFrame, pd.Series], T]
) -> dict[str, T]:
    """Return what a comparison of everybody with everybody gives by each anomaly that the snapshot can tell."""
    if "peer_group" not in snapshot.scores:
        return {}
    values = snapshot.values(dict.fromkeys(n for a in rules.anomalies.values() for n in a.over))
    able = [a for a in rules.anomalies.values() if set(a.over) <= set(values.columns)]
    scores = snapshot.scores.set_index("subject")[["peer_group"]].reindex(values["subject"])
    values, groups = values.reset_index(drop=True), _peer_groups(scores)
    found = at_once(delayed(compare)(rule, values, groups) for rule in able)
    return {rule.anomaly: one for rule, one in zip(able, found, strict=True)}


def _peer_groups(scores: pd.DataFrame) -> pd.Series:
    if "peer_group" not in scores:
        return pd.Series("all", index=range(len(scores)))
    return scores["peer_group"].fillna("all").astype(str).reset_index(drop=True)


def _before(table: pd.DataFrame, earlier: pd.DataFrame | None) -> dict[str, np.ndarray]:
    if earlier is None:
        empty = np.full(len(table), np.nan)
        return {"pd_before": empty, "grade_drop": empty}
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
