"""Train a recipe: encode, score out of fold, calibrate, fit, choose the threshold.

No fit sees a row outside the training part: folds, calibrator, threshold and categories come from it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from joblib import delayed
from sklearn.model_selection import StratifiedGroupKFold

from credit_risk.book import Rules
from credit_risk.book.recipe import LearnerRule, Recipe
from credit_risk.errors import InputError
from credit_risk.features import Catalogue
from credit_risk.features.at_once import at_once
from credit_risk.features.definitions import definitions_of
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.ahead import Ahead
from credit_risk.models.attention import attention_weights
from credit_risk.models.calibration import fit_calibrator, newest_rows
from credit_risk.models.encode import Encoder
from credit_risk.models.interval import fit_interval
from credit_risk.models.learner import fit_boosters, raw_scores
from credit_risk.models.model import CreditModel
from credit_risk.models.scale import MasterScale
from credit_risk.models.tune import Tuned, time_folds, tune

if TYPE_CHECKING:
    from credit_risk.models.network import Network

__all__ = ["OutOfFold", "check_learner", "columns_of", "finished", "folds_of", "train_recipe", "tune_recipe"]

Progress = Callable[[str, int, int], None]
Rows = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float64]
SEEDS_OUT_OF_FOLD = 3
DIRECTION = {"increases": 1, "decreases": -1, "none": 0}


class OutOfFold:
    """Training rows, their labels and the log-odds that a model of the other folds gave them."""

    def __init__(self, labels: npt.NDArray[np.int64], raw: Vector) -> None:
        self.labels, self.raw = labels, raw


def train_recipe(
    rules: Rules,
    catalogue: Catalogue,
    recipe: Recipe,
    training: TrainingSet,
    groups: npt.NDArray[np.object_] | None = None,
    progress: Progress | None = None,
    deal: int = 0,
) -> tuple[CreditModel, OutOfFold]:
    """Return the fitted trees and their out-of-fold scores.

    Parameters
    ----------
    groups
        Of each row of the training part, what must never stand on both sides of a fold: the enterprise by
        default, its component of the relation graph where given.
    deal
        Seed by which the groups are dealt to the folds.

    """
    train = training.part(*recipe.split.train)
    labels = train["label"].to_numpy(np.int64)
    names, monotone, categories = columns_of(catalogue, recipe, training)
    if groups is None:
        groups = train["subject"].to_numpy(object)
    encoder = Encoder.learn(train, names, categories)
    matrix = encoder.matrix(train)
    weights = _weights(recipe, train, matrix, groups, names, categories)
    raw = np.full(len(train), np.nan)
    rule = recipe.learner
    few = rule.model_copy(update={"seeds": rule.seeds[:SEEDS_OUT_OF_FOLD]})

    def dealt(rows: Rows) -> list[tuple[Rows, Rows]]:
        return folds_of(recipe, labels[rows], groups[rows], deal)

    folds = dealt(np.arange(len(train)))
    ahead = (
        Ahead.of(train["as_of"], labels, recipe.horizon, dealt) if recipe.calibration.out_of_time else None
    )

    def fitted(one: LearnerRule, rows: Rows | slice) -> list[lightgbm.Booster]:
        weighed = None if weights is None else weights[rows]
        return fit_boosters(one, matrix[rows], labels[rows], names, categories, monotone, weighed)

    def scored(fit: Rows, held: Rows) -> Vector:
        return raw_scores(fitted(few, fit), matrix[held])

    calls = [delayed(scored)(*part) for part in [*folds, *(ahead.parts if ahead else [])]]
    calls.append(delayed(fitted)(rule, slice(None)))
    found: list[Any] = []
    for one in at_once(calls):
        found.append(one)
        if progress:
            progress("fold", len(found), len(calls))
    for (_, held), one in zip(folds, found, strict=False):
        raw[held] = one
    kept = ahead.kept(labels, found[len(folds) : -1]) if ahead else 1.0
    model = finished(catalogue, recipe, training, encoder, labels, raw, kept, boosters=found[-1])
    return replace(model, monotone=dict(zip(names, monotone, strict=True))), OutOfFold(labels, raw)


def folds_of(
    recipe: Recipe, labels: npt.NDArray[np.int64], groups: npt.NDArray[np.object_], deal: int = 0
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Return (fit, held) positions of every fold: learners of the same rows get the same."""
    folds = StratifiedGroupKFold(recipe.split.folds, shuffle=True, random_state=deal)
    return list(folds.split(labels, labels, groups))


def finished(
    catalogue: Catalogue,
    recipe: Recipe,
    training: TrainingSet,
    encoder: Encoder,
    labels: npt.NDArray[np.int64],
    raw: Vector,
    kept: float = 1.0,
    boosters: Sequence[lightgbm.Booster] = (),
    network: Network | None = None,
) -> CreditModel:
    """Return a fitted learner as a model: calibrator, interval and threshold from its out-of-fold log-odds ``raw``.

    ``kept`` is what they are worth out of time, as a part of what they are worth out of fold.
    """
    rules = catalogue.rules
    dates = training.part(*recipe.split.train)["as_of"]
    newest = newest_rows(dates, recipe.calibration.newest_months)
    calibrator = fit_calibrator(recipe.calibration, raw[newest], labels[newest], kept)
    return CreditModel(
        recipe=recipe.recipe,
        encoder=encoder,
        boosters=list(boosters),
        calibrator=calibrator,
        scale=MasterScale.of(list(rules.grades.values()), rules.settings.grading.margin),
        threshold=best_threshold(labels, calibrator.pd(raw)),
        lineage=training.lineage,
        interval=fit_interval(raw[newest], labels[newest], calibrator.shift, calibrator.kept),
        definitions=definitions_of(catalogue, encoder.names),
        network=network,
    )


def check_learner(catalogue: Catalogue, recipe: Recipe) -> None:
    """Raise InputError where a recipe of a relational learner has no input that rests on relations."""
    names = catalogue.inputs(recipe.indicators, recipe.without)
    if recipe.learner.kind == "relational-lightgbm" and not any(map(catalogue.rests_on_relations, names)):
        raise InputError(
            f"recipe {recipe.recipe}: relational-lightgbm needs indicators that rest on relations, came none",
            hint="take kind: lightgbm, or leave the tree of relations in",
        )


def tune_recipe(
    catalogue: Catalogue,
    recipe: Recipe,
    training: TrainingSet,
    trials: int,
    progress: Progress | None = None,
) -> tuple[Recipe, Tuned]:
    """Return the recipe with parameters searched for on time-ordered folds of its training part, and the search.

    Raises
    ------
    InputError
        The learner is a network, whose parameters are not searched for.

    """
    if recipe.learner.kind == "graph-network":
        raise InputError(f"recipe {recipe.recipe}: tuning searches the parameters of trees, not of a network")
    train = training.part(*recipe.split.train)
    labels = train["label"].to_numpy(np.int64)
    names, monotone, categories = columns_of(catalogue, recipe, training)
    matrix = Encoder.learn(train, names, categories).matrix(train)
    folds = time_folds(train["as_of"], labels, recipe.horizon)
    found = tune(
        recipe.learner, matrix, labels, folds, names, categories, monotone, trials=trials, progress=progress
    )
    return recipe.model_copy(update={"learner": found.rule}), found


def columns_of(
    catalogue: Catalogue, recipe: Recipe, training: TrainingSet
) -> tuple[list[str], list[int], list[str]]:
    """Return the names of the inputs, their directions, and which are categories."""
    names = training.inputs
    monotone = [_direction(catalogue, recipe, name) for name in names]
    return names, monotone, [n for n in names if catalogue.entries[n].rule.kind == "category"]


def _weights(
    recipe: Recipe,
    train: pd.DataFrame,
    matrix: npt.NDArray[np.float32],
    groups: npt.NDArray[np.object_],
    names: list[str],
    categories: list[str],
) -> Vector | None:
    if recipe.weights is None:
        return None
    inspected = train["inspected"].to_numpy(np.int64)
    return attention_weights(inspected, matrix, groups, names, categories, recipe.weights.cap)


def _direction(catalogue: Catalogue, recipe: Recipe, name: str) -> int:
    rule = catalogue.entries[name].rule
    if rule.kind == "category" or not recipe.learner.monotone:
        return 0
    return DIRECTION[rule.risk]


def best_threshold(labels: npt.NDArray[np.int64], pds: Vector) -> float:
    """Return the PD at which macro-F1 on the given (training, out-of-fold) rows is greatest.

    A row is called bad when its PD is greater than or equal to the threshold; ties stay together.
    """
    order = np.argsort(-pds, kind="stable")
    sorted_pd, hits = pds[order], labels[order].astype(np.float64)
    last_of_tie = np.append(sorted_pd[1:] != sorted_pd[:-1], True)
    true_bad = np.cumsum(hits)[last_of_tie]
    called = np.arange(1, len(pds) + 1, dtype=np.float64)[last_of_tie]
    bad, good = hits.sum(), len(hits) - hits.sum()
    f_bad = 2 * true_bad / (called + bad)
    true_good = good - (called - true_bad)
    f_good = 2 * true_good / np.maximum(len(hits) - called + good, 1)
    best = int(np.argmax(f_bad + f_good))
    return float(sorted_pd[last_of_tie][best])


def fold_groups(rows: pd.DataFrame, component: dict[str, int]) -> npt.NDArray[np.object_]:
    """Return the component of each row's enterprise; one that has no relation is its own group."""
    return np.array([str(component.get(s, s)) for s in rows["subject"]], dtype=object)
