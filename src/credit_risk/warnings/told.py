"""What the facts of everybody say: which signals and good news hold, and what fusion needs to know beside them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from joblib import delayed

from credit_risk.book import Rules
from credit_risk.features.at_once import at_once
from credit_risk.records.clock import Moment
from credit_risk.warnings.facts import Facts, Part
from credit_risk.warnings.signals import long, met

__all__ = ["Told", "told"]


@dataclass(frozen=True)
class Told:
    """``hits`` (``subject``, ``signal``, in the order of both); row by row of ``table``, whether ``good`` news holds.

    ``table`` has ``subject``, ``pd`` and the risk within the longest cut of each event-risk model.
    """

    hits: pd.DataFrame
    table: pd.DataFrame
    good: pd.DataFrame


def told(rules: Rules, facts: Facts, t: Moment) -> Told:
    """Return what holds of everybody, worked out part by part: of all other facts no more than a part is held."""
    parts = list(at_once(delayed(_part)(rules, facts, part, t) for part in facts.parts()))
    hits, table, good = (pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))
    return Told(hits.sort_values(["subject", "signal"], ignore_index=True), table, good)


def _part(
    rules: Rules, facts: Facts, part: Part, t: Moment
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    table = facts.told(part)
    holds = met(rules, table, t, [*rules.signals, *rules.good_news])
    risks = [f"event_{model.cuts[-1]}m" for model in rules.event_models.values()]
    return (
        long(table, holds[list(rules.signals)]),
        table[["subject", "pd", *risks]],
        holds[list(rules.good_news)],
    )
