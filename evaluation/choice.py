"""How the recipe of smesd was chosen: each candidate out of fold and on validation, and the gate of each blend.

``python -m evaluation.choice`` measures what is missing and keeps the figures; the rule stands in the case's README.
The test part is taken away before anything is fitted.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from credit_risk.book.recipe import LearnerRule, Recipe
from credit_risk.evaluation.blend import late_blend
from credit_risk.evaluation.challengers import estimator
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features.training_set import TrainingSet, build_training_set
from credit_risk.graph import components
from credit_risk.models.encode import Encoder
from credit_risk.models.train import fold_groups, folds_of
from credit_risk.zone import Book
from evaluation.kept import keep

CASE = Path(__file__).parent / "cases" / "smesd"
DEALS = (0, 1)
SEEDS = [1, 2, 3]
STRONGER = {"num_leaves": 7, "min_data_in_leaf": 60, "lambda_l2": 20, "feature_fraction": 1 / 7}
TREES = [
    ("counts", "", True), ("counts", "", False), ("counts", "-stronger", True),
    ("champion", "", True), ("champion", "", False), ("champion", "-stronger", True), ("content", "", True),
]  # fmt: skip
PASSES, NET = 80, {"hidden": 32, "steps": 2, "dropout": 0.5, "batch": 4096, "rate": 0.01}
TIE = 0.002


@dataclass(frozen=True)
class Candidate:
    """A learner with its inputs."""

    name: str
    learner: LearnerRule
    inputs: list[str]


def main() -> int:
    """Measure what is asked for and has not been measured, then tell the gates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="beginnings of candidates' names; all by default")
    asked = tuple(parser.parse_args().names)
    book = Book.open(CASE)
    recipe = book.recipe("bankruptcy-12m")
    found = candidates(book)
    everything = list(dict.fromkeys(name for c in found for name in c.inputs))
    built = build_training_set(book.matrix, recipe, known_at=date.today(), inputs=everything)
    training = replace(built, rows=built.rows[built.rows["part"] != "test"].reset_index(drop=True))
    folder = book.rules.var / "choice"
    folder.mkdir(exist_ok=True)
    for c in found:
        path = folder / f"{c.name}.npz"
        if c.name.startswith(asked or ("",)) and not path.exists():
            np.savez(path, **measured(book, recipe, c, training))
            print(c.name, file=sys.stderr, flush=True)
    scores = {c.name: dict(np.load(p)) for c in found if (p := folder / f"{c.name}.npz").exists()}
    keep("smesd_choice", told(found, scores, training))
    return 0


def candidates(book: Book) -> list[Candidate]:
    """Return the candidates of the rule, simpler ones first."""
    recipes = book.rules.recipes
    champion, content = recipes["bankruptcy-12m"], recipes["bankruptcy-12m-content"]
    without = {v.name: [*champion.without, *v.without] for v in champion.variants}
    sets = {
        "counts": book.catalogue.inputs(champion.indicators, without["own_and_counts"]),
        "champion": book.catalogue.inputs(champion.indicators, champion.without),
        "content": book.catalogue.inputs(content.indicators, content.without),
    }
    found = []
    for inputs, strength, monotone in TREES:
        params = {**champion.learner.params, **(STRONGER if strength else {})}
        rule = champion.learner.model_copy(update={"params": params, "monotone": monotone, "seeds": SEEDS})
        name = f"trees-{inputs}{strength}{'' if monotone else '-free'}"
        found.append(Candidate(name, rule, sets[inputs]))
    for inputs in ("counts", "champion"):
        found.append(Candidate(f"logistic-{inputs}", champion.learner, sets[inputs]))
    for inputs in ("counts", "champion"):
        rule = LearnerRule(kind="graph-network", rounds=PASSES, params=NET, seeds=SEEDS)
        found.append(Candidate(f"network-{inputs}", rule, sets[inputs]))
    return found


def measured(book: Book, recipe: Recipe, c: Candidate, training: TrainingSet) -> dict[str, Any]:
    """Return log-odds out of fold, one array a dealing of the folds, and of the validation part."""
    one = recipe.model_copy(update={"learner": c.learner, "variants": []})
    rows = replace(training, inputs=c.inputs)
    groups = fold_groups(rows.part("train"), components(book.graph, date.today()))
    if c.name.startswith("logistic"):
        return _logistic(one, rows, groups)
    scores = {}
    for deal in DEALS:
        model, own = book.fit(one, rows, groups, deal=deal)
        scores[f"fold{deal}"] = own.raw
    return {**scores, "validation": model.raw(rows.part("validation"))}


def _logistic(recipe: Recipe, rows: TrainingSet, groups: Any) -> dict[str, Any]:
    train, scores = rows.part("train"), {}
    encoder, labels = Encoder.learn(train, rows.inputs, []), train["label"].to_numpy(np.int64)
    matrix, usual = encoder.matrix(train), estimator("logistic", encoder, {})
    for deal in DEALS:
        raw = scores[f"fold{deal}"] = np.zeros(len(train))
        for fit, held in folds_of(recipe, labels, groups, deal):
            raw[held] = usual.fit(matrix[fit], labels[fit]).decision_function(matrix[held])
    later = encoder.matrix(rows.part("validation"))
    return {**scores, "validation": usual.fit(matrix, labels).decision_function(later)}


def told(found: list[Candidate], scores: dict[str, dict[str, Any]], training: TrainingSet) -> dict[str, Any]:
    """Return figures by candidate, the base by the rule, and every blend with what its gates say."""
    train, later = training.part("train"), training.part("validation")
    y, y_later = (part["label"].to_numpy(np.int64) for part in (train, later))
    who = train["subject"].to_numpy(object)

    def figures(one: dict[str, Any]) -> dict[str, float]:
        folds = float(np.mean([roc_auc(y, one[f"fold{deal}"]) for deal in DEALS]))
        last = float(roc_auc(y_later, one["validation"]))
        return {"out_of_fold": folds, "validation": last, "value": (folds + last) / 2}

    inputs = {c.name: len(c.inputs) for c in found}
    each = {name: {"indicators": inputs[name], **figures(one)} for name, one in scores.items()}
    trees = [name for name in each if name.startswith("trees")]
    best = max(each[name]["value"] for name in trees)
    base = next(name for name in trees if each[name]["value"] >= best - TIE)
    blends = {}
    for name, other in scores.items():
        if name == base or (name.startswith("trees") and inputs[name] == inputs[base]):
            continue
        gates = [late_blend(y, scores[base][f"fold{d}"], other[f"fold{d}"], who) for d in DEALS]
        weight = float(np.mean([g.weight for g in gates])) if all(g.weight for g in gates) else 0.0
        both = {key: (1 - weight) * scores[base][key] + weight * other[key] for key in other}
        gains = [[g.gain.value, g.gain.low, g.gain.high] for g in gates]
        blends[name] = {"weight": weight, "gains": gains, **figures(both)}
    return {"base": base, "candidates": each, "blends": blends}


if __name__ == "__main__":
    sys.exit(main())
