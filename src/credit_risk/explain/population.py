"""What scoring reads of everybody at t: the indicators with who may be scored, and the peer groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from credit_risk.book.recipe import Recipe
from credit_risk.explain.peers import peer_groups
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.conditions import holding
from credit_risk.features.language import parse
from credit_risk.models.model import CreditModel
from credit_risk.records.clock import Moment

__all__ = ["indicators_of", "peer_groups_of", "warned_by"]


def indicators_of(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    subjects: Sequence[str],
    more: Sequence[str],
) -> pa.Table:
    """Return the indicators of ``subjects`` that a model, its recipe and warnings read, sorted by subject.

    The column ``_eligible`` says who belongs to the recipe's population.
    """
    plan, catalogue = recipe.observations, matrix.catalogue
    eligible = parse(plan.eligible) if plan.eligible else None
    helpers = sorted(eligible.names) if eligible else []
    signals = warned_by(catalogue)
    names = list(dict.fromkeys([*model.names, *helpers, *signals, *more]))
    table = matrix.build(subjects, t, names)
    if eligible is None:
        return table.append_column("_eligible", pa.array(np.ones(len(table), bool)))
    marked = holding({"_eligible": str(plan.eligible)}, table, t)
    return table.append_column("_eligible", marked["_eligible"])


def warned_by(catalogue: Catalogue) -> list[str]:
    """Return the indicators that the book's warnings read, so that a snapshot holds them."""
    rules = catalogue.rules
    texts = [s.when for s in rules.signals.values()] + [g.when for g in rules.good_news.values()]
    used = {n for text in texts for n in parse(text).names}
    used |= {n for a in rules.anomalies.values() for n in a.over}
    for model in rules.event_models.values():
        used |= {*catalogue.inputs(model.indicators, model.without), *model.also}
    return sorted(used & set(catalogue.entries))


def peer_groups_of(matrix: Matrix, subjects: Sequence[str], t: Moment) -> pd.Series:
    """Return the name of the peer group of every subject, by subject."""
    rule = matrix.catalogue.rules.settings.peer_group
    if rule is None:
        return pd.Series("all", index=pd.Index(subjects), dtype=object)
    records = matrix.records.as_of(rule.record, t)
    order = ["subject", "event_date", "received_at", "record_id"]
    latest = records.select(*order, *rule.by).order_by(order).to_pandas()
    latest = latest.drop_duplicates("subject", keep="last").set_index("subject")
    return peer_groups(latest.reindex(subjects)[rule.by], rule).astype(object)
