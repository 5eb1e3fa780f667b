"""The warnings of past month ends, made again as they were known then, for judging.

Every model is fitted with what was known at ``known_at``, and every month end after it sees what had been received by
then. Nothing is entered into the ledger and no snapshot is published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.errors import InputError
from credit_risk.explain.population import warned_by
from credit_risk.explain.snapshot import Snapshot
from credit_risk.features import Matrix
from credit_risk.features.outcomes import Outcomes
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.model import CreditModel
from credit_risk.models.train import train_recipe
from credit_risk.warnings.events import EventRisk, build_panel, train_events
from credit_risk.warnings.events.panel import Panel
from credit_risk.warnings.warn import warn_as_of

__all__ = ["History", "Stage", "grade_model_at", "replay"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class History:
    """What was known and warned at past month ends.

    ``population`` has ``subject``, ``at``, ``pd``, ``grade_rank``, ``risk`` (event risk within the longest cut) and the
    segments ``industry``, ``zone``, ``size``; ``warnings`` the warnings of every month end with ``at``; ``events`` has
    ``subject``, ``day`` and ``head`` of every adverse event known at the end.
    """

    population: pd.DataFrame
    warnings: pd.DataFrame
    events: pd.DataFrame


@dataclass(frozen=True)
class Stage:
    """Models trained with what was known at ``known_at``, in force at the month ends ``days`` after it.

    ``every`` thins the panel that the event-risk model is fitted on to every so many month ends; ``first`` begins it at
    another month end than the book says.
    """

    known_at: date
    days: Sequence[date]
    every: int = 1
    first: date | None = None


def replay(
    matrix: Matrix, recipe: Recipe, stages: Sequence[Stage], until: date, progress: Progress | None = None
) -> History:
    """Return what was warned at the month ends of every stage, and the events known at ``until``.

    Raises
    ------
    InputError
        A month end is not after what its models know.

    """
    rules = matrix.catalogue.rules
    rule = next(e for e in rules.event_models.values() if e.population == recipe.recipe)
    names = warned_by(matrix.catalogue)
    people, warned, before = [], [], None
    for stage in stages:
        if early := [d for d in stage.days if d <= stage.known_at]:
            raise InputError(
                f"month end {early[0]}: expected one after what the models know, {stage.known_at}"
            )
        first = stage.first or rule.first
        fitted = rule.model_copy(update={"first": first})
        risk = train_events(matrix, fitted, stage.known_at, progress, stage.every)
        grade = grade_model_at(matrix, recipe, first, stage.known_at, names, progress)
        panel = build_panel(matrix, recipe, stage.days, names, progress)
        for done, t in enumerate(stage.days):
            if progress:
                progress(f"warn {t}", done, len(stage.days))
            snapshot = _snapshot(panel, grade, t)
            found = warn_as_of(matrix, snapshot, before, t, risk).warnings
            people.append(_people(snapshot, risk, t))
            warned.append(found.assign(at=pd.Timestamp(t)))
            before = snapshot.scores
    events = [Outcomes(matrix.records, rules.outcomes[h]).events(until).assign(head=h) for h in rule.heads]
    return History(
        pd.concat(people, ignore_index=True),
        pd.concat(warned, ignore_index=True),
        pd.concat(events, ignore_index=True),
    )


def grade_model_at(
    matrix: Matrix,
    recipe: Recipe,
    first: date,
    known_at: date,
    names: Sequence[str],
    progress: Progress | None = None,
) -> CreditModel:
    """Fit the recipe's learner on quarter ends whose horizon was over at ``known_at``, from the monthly panel.

    It is the grade model that could have been in force then: same inputs and learner, less history; calibrated out of
    fold, as early quarters do not lie one horizon apart.
    """
    catalogue = matrix.catalogue
    early = recipe.calibration.model_copy(update={"out_of_time": False})
    recipe = recipe.model_copy(update={"calibration": early})
    days = [d.date() for d in pd.date_range(first, known_at, freq="ME")]
    days = [d for d in days[:: recipe.observations.every_months] if recipe.horizon.after(d) <= known_at]
    rows = build_panel(matrix, recipe, days, names, progress).rows
    outcome = Outcomes(matrix.records, catalogue.rules.outcomes[recipe.outcome])
    rows = rows.assign(
        part="train", label=outcome.labels(rows[["subject", "as_of"]], recipe.horizon, known_at)
    )
    inputs = catalogue.inputs(recipe.indicators, recipe.without)
    model, _ = train_recipe(catalogue.rules, catalogue, recipe, TrainingSet(rows, inputs, {}), None, progress)
    return model


def _snapshot(panel: Panel, model: CreditModel, t: date) -> Snapshot:
    rows = panel.month(t)
    scores = pd.concat([rows[["subject"]], model.score(rows)], axis=1)
    scores["peer_group"] = rows["industry"].astype(str) if "industry" in rows else "all"
    return Snapshot(f"{t}-replayed", model.model_id, scores, pd.DataFrame(), rows.drop(columns="as_of"))


def _people(snapshot: Snapshot, risk: EventRisk, t: date) -> pd.DataFrame:
    rows = snapshot.indicators
    told = snapshot.scores[["subject", "pd", "grade_rank"]].assign(at=pd.Timestamp(t))
    told["risk"] = risk.risk(rows)[f"event_{risk.cuts[-1]}m"].to_numpy(np.float64)
    for name in ("industry", "zone", "size"):
        told[name] = rows[name].astype(str).to_numpy() if name in rows else "-"
    return told
