"""Training sets: observations x indicators + outcome, one partition per as-of date, resumable.

A partition is a Parquet file named after its as-of date in a folder named after all that determines it, so a
killed build continues where it stopped and a finished one is never computed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from joblib import delayed

from credit_risk.book.recipe import Recipe
from credit_risk.book.schema import Outcome, OutcomeRule
from credit_risk.errors import BookError, InputError
from credit_risk.features.at_once import at_once
from credit_risk.features.eligible import kept_by
from credit_risk.features.families import mark_families
from credit_risk.features.hashes import text_hash
from credit_risk.features.language import parse
from credit_risk.features.lineage import lineage_of
from credit_risk.features.matrix import Matrix
from credit_risk.features.observations import observe
from credit_risk.features.outcomes import Outcomes
from credit_risk.records import Records
from credit_risk.records.clock import Moment
from credit_risk.records.store import atomic_path

__all__ = ["TrainingSet", "build_training_set"]

Progress = Callable[[str, int, int], None]
KEYS = ("subject", "as_of", "part", "label")


@dataclass(frozen=True)
class TrainingSet:
    """Rows (subject, as_of, part, label, indicators...), what was left out and why, and the lineage."""

    rows: pd.DataFrame
    inputs: list[str]
    left_out: dict[str, int]
    lineage: dict[str, str] = field(default_factory=dict)

    def part(self, *names: str) -> pd.DataFrame:
        """Return the rows of some parts, in stored order."""
        return self.rows[self.rows["part"].isin(names)].reset_index(drop=True)


def build_training_set(
    matrix: Matrix,
    recipe: Recipe,
    *,
    known_at: Moment,
    inputs: list[str] | None = None,
    progress: Progress | None = None,
) -> TrainingSet:
    """Build the training set of a recipe with all that is known at ``known_at``.

    Parameters
    ----------
    known_at
        The training date. Labels of the training part of a split by time are taken as known at
        ``test_from``, so that no later event reaches them.
    inputs
        Indicators; by default those the recipe chooses.

    Raises
    ------
    InputError
        No observation is left, or the training part has one class only.

    """
    catalogue, records = matrix.catalogue, matrix.records
    rules = catalogue.rules
    outcomes = Outcomes(records, rules.outcomes[recipe.outcome])
    inputs = inputs or catalogue.inputs(recipe.indicators, recipe.without)
    beside = [b.score for b in recipe.baselines] + recipe.beside
    computed = list(dict.fromkeys([*inputs, *beside]))
    lineage = lineage_of(records.pool, catalogue, recipe)
    observed = observe(records, recipe, known_at)
    left_out: dict[str, int] = {}
    observed = _matured_only(observed, outcomes, recipe, known_at, left_out)
    folder = rules.var / "training" / _partition_key(lineage, recipe, computed)
    dates = sorted(observed["as_of"].unique())

    def kept(t: date) -> pd.DataFrame:
        path = folder / f"{t}.parquet"
        if not path.exists():
            subjects = observed.loc[observed["as_of"] == t, "subject"]
            table = _eligible(matrix, recipe, list(subjects), t, computed)
            with atomic_path(path) as draft:
                pq.write_table(table, draft, compression="zstd")
        return pq.read_table(path).to_pandas().assign(as_of=t)

    frames: list[pd.DataFrame] = []
    for frame in at_once(delayed(kept)(t) for t in dates):
        frames.append(frame)
        if progress:
            progress(str(dates[len(frames) - 1]), len(frames), len(dates))
    rows = observed.merge(pd.concat(frames, ignore_index=True), on=["subject", "as_of"])
    left_out["not_eligible"] = len(observed) - len(rows)
    rows.insert(3, "label", _labels(outcomes, recipe, rows, known_at))
    rows = mark_families(rows, recipe, matrix.graph)
    left_out["kept_out"] = int((rows["part"] == "kept_out").sum())
    if recipe.weights:
        rows["inspected"] = _inspected(records, recipe, rows, known_at)
    rows = rows.sort_values(["part", "as_of", "subject"], ignore_index=True)
    _check(rows, recipe)
    return TrainingSet(rows, inputs, left_out, lineage)


def _partition_key(lineage: dict[str, str], recipe: Recipe, inputs: list[str]) -> str:
    """Return the key of stored indicators: recipes that ask the same of the same pool share them."""
    asked = {name: part for name, part in lineage.items() if name != "recipe"}
    return text_hash([asked, recipe.observations.model_dump_json(by_alias=True), inputs])[:24]


def _matured_only(
    observed: pd.DataFrame,
    outcomes: Outcomes,
    recipe: Recipe,
    known_at: Moment,
    left_out: dict[str, int],
) -> pd.DataFrame:
    dates = {t: outcomes.matured(t, recipe.horizon, known_at) for t in observed["as_of"].unique()}
    matured = observed["as_of"].map(dates)
    left_out["not_matured"] = int((~matured).sum())
    if not matured.any():
        raise InputError(
            f"recipe {recipe.recipe}: nobody's horizon of {recipe.horizon} has passed and been reported by {known_at}",
            hint="train later, or let observations begin earlier (observations.first)",
        )
    return observed[matured].reset_index(drop=True)


def _eligible(matrix: Matrix, recipe: Recipe, subjects: list[str], t: date, inputs: list[str]) -> pa.Table:
    """Compute the indicators at t and keep the rows that the recipe's ``eligible`` accepts."""
    condition = recipe.observations.eligible
    if condition is None:
        return matrix.build(subjects, t, inputs)
    place = matrix.catalogue.rules.places[("recipes", recipe.recipe)]
    try:
        expression = parse(condition)
        extra = sorted(expression.names - set(inputs))
        unknown = [n for n in extra if n not in matrix.catalogue.entries]
        if unknown:
            raise InputError(f"unknown indicator {unknown[0]!r}")
    except InputError as problem:
        raise BookError(
            file=place.file,
            line=place.line,
            key="observations.eligible",
            expected="a condition over indicators",
            came=problem.message,
        ) from None
    return kept_by(expression, matrix.build(subjects, t, [*inputs, *extra]), t).select(["subject", *inputs])


def _labels(outcomes: Outcomes, recipe: Recipe, rows: pd.DataFrame, known_at: Moment) -> pd.Series:
    labels = outcomes.labels(rows, recipe.horizon, known_at)
    if recipe.split.kind == "time" and recipe.split.test_from is not None:
        early = rows["part"] == "train"
        labels[early] = outcomes.labels(rows[early], recipe.horizon, recipe.split.test_from)
    return labels


def _inspected(records: Records, recipe: Recipe, rows: pd.DataFrame, known_at: Moment) -> pd.Series:
    """Return 1 where a record that tells of attention fell within the horizon; it weighs rows and is no input."""
    assert recipe.weights is not None
    rule = OutcomeRule.model_validate({"from": recipe.weights.from_, "where": recipe.weights.where})
    aimed = Outcome(outcome=recipe.outcome, title=recipe.title, any=[rule])
    until = recipe.split.test_from if recipe.split.kind == "time" else None
    return Outcomes(records, aimed).labels(rows, recipe.horizon, until or known_at)


def _check(rows: pd.DataFrame, recipe: Recipe) -> None:
    train = rows[rows["part"].isin(recipe.split.train)]
    if train.empty or train["label"].nunique() < 2:
        raise InputError(
            f"recipe {recipe.recipe}: the training part has {len(train)} rows and"
            f" {int(train['label'].sum()) if len(train) else 0} adverse events; both classes are needed",
            hint="widen observations.first/last, or check that the outcome's sources were ingested",
        )
