"""Judge a trained recipe, and the same recipe with indicators left out, on the parts it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from credit_risk.book.recipe import Recipe
from credit_risk.errors import InputError
from credit_risk.evaluation.bootstrap import judge
from credit_risk.evaluation.capacity import within_capacity
from credit_risk.evaluation.challengers import challenge
from credit_risk.evaluation.examine import Examined
from credit_risk.evaluation.report.content import Part, Variant, Words
from credit_risk.evaluation.seeds import by_seed
from credit_risk.evaluation.walk import walked
from credit_risk.features import Catalogue
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.model import CreditModel
from credit_risk.models.train import train_recipe

__all__ = ["Backtest", "backtest", "judged_parts"]

Progress = Callable[[str, int, int], None]
Groups = npt.NDArray[np.object_]
DRAWS = 2000
RANKING = ("roc_auc", "pr_auc", "ks")
NEW_FAMILIES: Words = {"zh": "训练中未见过的企业家族", "en": "families that training never saw"}


@dataclass(frozen=True)
class Backtest:
    """A model's parts as judged, and the variants of its recipe on the same rows."""

    recipe: Recipe
    model: CreditModel
    parts: list[Part]
    variants: list[Variant]
    examined: Examined = field(default_factory=Examined)

    def metric(self, name: str, part: str) -> float:
        """Return the value of one metric on one part; raises InputError when there is none."""
        for judged in self.parts:
            if judged.name == part and name in judged.metrics:
                return judged.metrics[name].value
        known = sorted({f"{p.name}/{m}" for p in self.parts for m in p.metrics})
        raise InputError(f"recipe {self.recipe.recipe}: no {name} on {part}; known: {', '.join(known)}")


def judged_parts(recipe: Recipe, training: TrainingSet) -> list[str]:
    """Return the parts of the training set that judge a model and that it was not fitted on."""
    wanted = recipe.split.judge or ["test"]
    present = set(training.rows["part"].unique())
    return [p for p in wanted if p in present and p not in recipe.split.train]


def backtest(
    catalogue: Catalogue,
    recipe: Recipe,
    training: TrainingSet,
    model: CreditModel,
    groups: Groups | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Judge ``model`` and train and judge every variant of its recipe.

    A variant is fitted anew without some indicators on the same training rows and judged on the same rows; on part
    ``test`` the variant ``without_age`` stands as the part ``test_without_age``. ``groups`` are those that the model
    was trained with.

    Raises
    ------
    InputError
        No part is left to judge on.

    """
    names = judged_parts(recipe, training)
    if not names:
        raise InputError(
            f"recipe {recipe.recipe}: no rows in the parts {', '.join(recipe.split.judge or ['test'])}",
            hint="a part by time needs observations whose horizon has matured at the training date",
        )
    if recipe.split.walk_months:
        walk = walked(catalogue, recipe, training, progress)
        baselines = [v for part in walk for v in _baselines(recipe, part.name, part.rows)]
        return Backtest(recipe, model, [_part(recipe, p.name, p.rows, p.pd, model) for p in walk], baselines)
    parts = _judged(model, recipe, training, names)
    variants = []
    for done, variant in enumerate(recipe.variants):
        if progress:
            progress(variant.name, done, len(recipe.variants))
        inputs = catalogue.inputs(recipe.indicators, [*recipe.without, *variant.without])
        other = replace(training, inputs=inputs)
        fitted, _ = train_recipe(catalogue.rules, catalogue, recipe, other, groups)
        for part in _judged(fitted, recipe, training, names):
            variants.append(Variant(variant.name, part.name, part.n, part.bad_rate, part.metrics))
    variants += [v for name in names for v in _baselines(recipe, name, training.part(name))]
    variants += _new_families(model, recipe, training, names)
    variants += challenge(recipe, training, model, names, groups, DRAWS)
    if progress:
        progress("", len(recipe.variants), len(recipe.variants))
    return Backtest(recipe, model, parts, variants)


def _new_families(
    model: CreditModel, recipe: Recipe, training: TrainingSet, names: list[str]
) -> list[Variant]:
    """Judge the same model on the rows of families that were kept out of its training."""
    if recipe.split.families is None or not training.rows["new_family"].any():
        return []
    apart = replace(training, rows=training.rows[training.rows["new_family"]])
    return [
        Variant("new_families", p.name, p.n, p.bad_rate, p.metrics, NEW_FAMILIES)
        for p in _judged(model, recipe, apart, [n for n in names if (apart.rows["part"] == n).any()])
    ]


def _judged(model: CreditModel, recipe: Recipe, training: TrainingSet, names: list[str]) -> list[Part]:
    parts = []
    for name in names:
        rows = training.part(name)
        part = _part(recipe, name, rows, model.pd(rows), model)
        parts.append(replace(part, metrics={**part.metrics, **by_seed(model, rows, DRAWS)}))
    return parts


def _part(
    recipe: Recipe, name: str, rows: DataFrame, pd: npt.NDArray[np.float64], model: CreditModel
) -> Part:
    y = rows["label"].to_numpy(np.int64)
    metrics = judge(
        y,
        pd,
        clusters=rows["subject"].to_numpy(object),
        threshold=model.threshold,
        population_rate=recipe.calibration.population_rate,
        draws=DRAWS,
    )
    metrics |= within_capacity(rows, pd, recipe.capacity, DRAWS)
    return Part(name, len(rows), float(y.mean()), metrics, y, pd)


def _baselines(recipe: Recipe, part: str, rows: DataFrame) -> list[Variant]:
    """Judge each baseline by how it ranks the rows of a part; an enterprise without the indicator stands last."""
    found = []
    y = rows["label"].to_numpy(np.int64)
    for baseline in recipe.baselines:
        rank = rows[baseline.score].rank(na_option="top").to_numpy(np.float64) / (len(rows) + 1)
        clusters = rows["subject"].to_numpy(object)
        metrics = judge(y, rank, clusters=clusters, threshold=0.5, draws=DRAWS)
        kept = {name: metrics[name] for name in RANKING} | within_capacity(rows, rank, recipe.capacity, DRAWS)
        title: Words = {"zh": baseline.title.zh, "en": baseline.title.en}
        found.append(Variant(baseline.name, part, len(rows), float(y.mean()), kept, title))
    return found
