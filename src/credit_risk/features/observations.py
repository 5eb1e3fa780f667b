"""Observations: which (enterprise, t) a recipe looks at, and to which part each belongs."""

from __future__ import annotations

from datetime import date

import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.errors import InputError
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records import Records
from credit_risk.records.clock import Moment

__all__ = ["month_ends", "observe", "part_of_time"]


def month_ends(first: date, last: date, every: int) -> list[date]:
    """Return the ends of every ``every``-th month from the month of ``first`` to ``last``."""
    ends = pd.date_range(first, last, freq="ME")[::every]
    return [stamp.date() for stamp in ends]


def part_of_time(recipe: Recipe, t: date) -> str:
    """Return ``train``, ``gap`` or ``test`` for an as-of date under a split by time."""
    split = recipe.split
    if split.train_until is None or split.test_from is None:
        raise InputError(f"recipe {recipe.recipe}: split by time needs train_until and test_from")
    if t <= split.train_until:
        return "train"
    return "test" if t >= split.test_from else "gap"


def observe(records: Records, recipe: Recipe, known_at: Moment) -> pd.DataFrame:
    """Return ``subject``, ``as_of`` and ``part`` of all candidates, before eligibility and maturity.

    With ``observations.from`` each usable record of that type is an observation at its ``event_date``. Otherwise a
    grid of month ends over all enterprises that had a record of type ``observations.subjects`` by then;
    observations in the gap between training and test are left out, unless the model walks through the test part.
    """
    plan = recipe.observations
    if plan.from_:
        return _listed(records, recipe, known_at)
    grid = month_ends(plan.first or date.min, plan.last or date.max, plan.every_months)
    frames = []
    for t in grid:
        part = part_of_time(recipe, t)
        if part == "gap" and recipe.split.walk_months is None:
            continue
        known = records.known(plan.subjects or "registration", t)
        subjects = known.select("subject").distinct().order_by("subject").to_pandas()
        frames.append(subjects.assign(as_of=t, part=part))
    if not frames:
        raise InputError(f"recipe {recipe.recipe}: no as-of date between first and last")
    observed = pd.concat(frames, ignore_index=True)
    if observed.empty:
        raise InputError(
            f"recipe {recipe.recipe}: the pool knows no {plan.subjects or 'registration'} received by {grid[-1]}",
            hint="put the departments' files into the inbox and run: credit-risk ingest",
        )
    return observed


def _listed(records: Records, recipe: Recipe, known_at: Moment) -> pd.DataFrame:
    plan = recipe.observations
    rows = records.known(str(plan.from_), known_at)
    if plan.where:
        names = {c: rows[c] for c in rows.columns}
        rows = rows.filter(compile_expression(parse(plan.where), names, known_at))
    listed = rows.select(subject=rows.subject, as_of=rows.event_date, part=rows[plan.part_field])
    frame = listed.distinct().order_by(["part", "as_of", "subject"]).to_pandas()
    frame["as_of"] = pd.to_datetime(frame["as_of"]).dt.date
    return frame
