"""What stands beside the PD of a score: the PD of shorter horizons, and of each kind of trouble."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.recipe import Recipe
from credit_risk.models.model import CreditModel

__all__ = ["Beside"]

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Beside:
    """The models of ``terms`` (by horizon in months) and ``heads`` (by outcome) that are in force with a champion."""

    terms: Mapping[int, CreditModel] = field(default_factory=dict)
    heads: Mapping[str, CreditModel] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Rules, recipe: Recipe, found: Mapping[str, CreditModel]) -> Beside:
        """Sort the models of a recipe's terms and heads, given by the names of their recipes."""
        recipes = rules.recipes
        terms = {recipes[n].horizon.months: found[n] for n in recipe.terms if n in found}
        return cls(terms, {recipes[n].outcome: found[n] for n in recipe.heads if n in found})

    @property
    def names(self) -> list[str]:
        """Names of the indicators that these models read."""
        models = [*self.terms.values(), *self.heads.values()]
        return list(dict.fromkeys(name for model in models for name in model.names))

    def told(self, rows: pd.DataFrame, pds: Vector) -> tuple[list[str | None], list[str | None]]:
        """Return per row the PDs of the terms and of the heads as JSON; None where there is no such model.

        The term structure never decreases: the PD of a shorter horizon is at most that of the next longer one, and
        the longest of them at most ``pds``, the PD of the champion's own horizon, on which the grade rests. Heads are
        models of their own; an enterprise may meet several, so they need not add up to the PD of any.
        """
        ceiling, terms = pds, dict[str, Vector]()
        for months in sorted(self.terms, reverse=True):
            ceiling = np.minimum(self.terms[months].pd(rows), ceiling)
            terms[f"{months}m"] = ceiling
        heads = {name: model.pd(rows) for name, model in self.heads.items()}
        return _as_json(terms, len(rows)), _as_json(heads, len(rows))


def _as_json(columns: Mapping[str, Any], rows: int) -> list[str | None]:
    if not columns:
        return [None] * rows
    rounded = {name: np.round(column, 6).tolist() for name, column in columns.items()}
    return [json.dumps({name: rounded[name][i] for name in rounded}) for i in range(rows)]
