"""Walk through the test part: before each window the model is fitted anew on what had matured by then.

A window is ``walk_months`` months of as-of dates, the first at ``test_from``. An observation at t trains the model of a
window that begins at w if ``t + horizon + lag <= w``: nothing that became known later moves a figure of the window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.book.schema import Outcome
from credit_risk.errors import InputError
from credit_risk.features import Catalogue
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.train import train_recipe

__all__ = ["Walked", "known_by", "walked", "windows"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Walked:
    """Rows of the test part, or of one calendar year of it, with the PD that each window's own model gave."""

    name: str
    rows: pd.DataFrame
    pd: npt.NDArray[np.float64]


def walked(
    catalogue: Catalogue, recipe: Recipe, training: TrainingSet, progress: Progress | None = None
) -> list[Walked]:
    """Return the whole test part and its years, scored window by window.

    Raises
    ------
    InputError
        Before some window nothing had matured.

    """
    rows, pds = training.rows, np.full(len(training.rows), np.nan)
    outcome = catalogue.rules.outcomes[recipe.outcome]
    dates = sorted(rows.loc[rows["part"] == "test", "as_of"].unique())
    steps = windows(dates, int(recipe.split.walk_months or 1))
    for done, window in enumerate(steps):
        if progress:
            progress(str(window[0]), done, len(steps))
        early = known_by(rows["as_of"], recipe, outcome, window[0])
        if not early.any():
            raise InputError(f"recipe {recipe.recipe}: nothing had matured by {window[0]}")
        past = replace(training, rows=rows[early].assign(part=recipe.split.train[0]))
        model, _ = train_recipe(catalogue.rules, catalogue, recipe, past)
        inside = rows["as_of"].isin(window).to_numpy()
        pds[inside] = model.pd(rows[inside])
    test = (rows["part"] == "test").to_numpy()
    years = np.array([t.year for t in rows["as_of"]])
    chosen = {"test": test} | {str(y): test & (years == y) for y in sorted(set(years[test]))}
    return [Walked(name, rows[rule].reset_index(drop=True), pds[rule]) for name, rule in chosen.items()]


def windows(dates: list[date], months: int) -> list[list[date]]:
    """Return the dates in runs of ``months`` calendar months, counted from the first."""
    found: dict[int, list[date]] = {}
    for t in dates:
        since = (t.year - dates[0].year) * 12 + t.month - dates[0].month
        found.setdefault(since // months, []).append(t)
    return list(found.values())


def known_by(dates: pd.Series, recipe: Recipe, outcome: Outcome, day: date) -> npt.NDArray[np.bool_]:
    """Tell which observations had an outcome that was matured at ``day``."""
    ready = {t: outcome.lag.after(recipe.horizon.after(t)) <= day for t in dates.unique()}
    return np.asarray(dates.map(ready), dtype=bool)
