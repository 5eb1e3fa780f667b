"""Families kept out of training, so that a model is judged on whom it cannot know.

A family is what the recipe's relations tie together as known at the end of training; an enterprise without any is its
own. Which families are kept out is drawn from the hash of a family's first name, so it is the same in every run and
for every recipe with the same relations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.graph import Graph, components

__all__ = ["kept_out", "mark_families"]

SCALE = 10_000


def kept_out(subjects: pd.Series, component: Mapping[str, int], share: float) -> pd.Series:
    """Tell for each subject whether its family is among the ``share`` that is kept out."""
    first: dict[int, str] = {}
    for name in sorted(component):
        first.setdefault(component[name], name)
    families = {s: first[component[s]] if s in component else s for s in subjects.unique()}
    drawn = {family: _draw(family) < share * SCALE for family in set(families.values())}
    return subjects.map(lambda subject: drawn[families[subject]]).astype(bool)


def mark_families(rows: pd.DataFrame, recipe: Recipe, graph: Graph) -> pd.DataFrame:
    """Return the rows with ``new_family``, and those of training that are kept out in a part ``kept_out``."""
    rule, until = recipe.split.families, recipe.split.train_until
    if rule is None or until is None:
        return rows
    out = kept_out(rows["subject"], components(graph, until, rule.relations), rule.share)
    part = rows["part"].mask(out & rows["part"].isin(recipe.split.train), "kept_out")
    return rows.assign(part=part, new_family=out)


def _draw(family: str) -> int:
    return int(hashlib.sha256(family.encode()).hexdigest()[:8], 16) % SCALE
