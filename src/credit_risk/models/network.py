"""A recipe's graph network: fitted for several seeds, scored out of fold as the trees are, on the same folds.

Its seeds are fitted one after the other: the random numbers of PyTorch belong to the whole process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.errors import InputError
from credit_risk.features import Matrix
from credit_risk.features.training_set import TrainingSet
from credit_risk.graph.ties import Ints
from credit_risk.models.encode import Encoder
from credit_risk.models.graph_sage import GraphSage, Surroundings
from credit_risk.models.model import CreditModel
from credit_risk.models.neighbourhood import Neighbourhood, Scales
from credit_risk.models.train import SEEDS_OUT_OF_FOLD, OutOfFold, columns_of, finished, folds_of

__all__ = ["Network", "check_extra", "is_missing", "train_network"]

Progress = Callable[[str, int, int], None]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Fitted networks, one a seed, and how they see the surroundings of a row."""

    nets: Sequence[GraphSage]
    near: Neighbourhood

    def by_seed(self, rows: pd.DataFrame) -> list[Vector]:
        """Return the log-odds of every seed, each of shape (rows,); rows name ``subject`` and ``as_of``."""
        around, nodes = self.near.around(rows)
        return [net.decision_function(around, nodes) for net in self.nets]

    def texts(self) -> list[str]:
        """Return the weights of every seed as JSON."""
        return [net.weights() for net in self.nets]


def is_missing(recipe: Recipe) -> bool:
    """Tell whether a recipe's learner needs the extra ``graph`` and it is not installed."""
    return recipe.learner.kind == "graph-network" and find_spec("torch") is None


def check_extra(recipe: Recipe) -> None:
    """Raise InputError where a recipe's learner needs the extra ``graph`` and it is not installed."""
    if is_missing(recipe):
        raise InputError(
            f"recipe {recipe.recipe}: a graph-network needs PyTorch, which is not installed here",
            hint="install the extra graph: .venv/bin/python -m pip install -r lock/graph.txt",
        )


def train_network(
    matrix: Matrix,
    recipe: Recipe,
    training: TrainingSet,
    groups: npt.NDArray[np.object_] | None = None,
    progress: Progress | None = None,
    deal: int = 0,
) -> tuple[CreditModel, OutOfFold]:
    """Return the fitted model and its out-of-fold scores, as ``train_recipe`` does for trees.

    A fold's networks learn from the labels of the other folds; what is known of its enterprises they may see around
    others. Parts that share no relation with training are scored from their own relations alone.
    """
    train = training.part(*recipe.split.train)
    labels = train["label"].to_numpy(np.int64)
    names, _, categories = columns_of(matrix.catalogue, recipe, training)
    encoder = Encoder.learn(train, names, categories)
    kinds = recipe.learner.relations or list(matrix.catalogue.rules.relations)
    steps = int(recipe.learner.params.get("steps", GraphSage().steps))
    near = Neighbourhood(matrix, kinds, steps, Scales.learn(encoder, train))
    around, nodes = near.around(train)
    parts = folds_of(recipe, labels, train["subject"].to_numpy(object) if groups is None else groups, deal)
    raw = np.full(len(train), np.nan)
    few = recipe.learner.seeds[:SEEDS_OUT_OF_FOLD]
    for done, (fit, held) in enumerate(parts):
        nets = _fitted(recipe, few, around, nodes[fit], labels[fit])
        raw[held] = np.mean([net.decision_function(around, nodes[held]) for net in nets], axis=0)
        if progress:
            progress("fold", done + 1, len(parts) + 1)
    network = Network(_fitted(recipe, recipe.learner.seeds, around, nodes, labels), near)
    if progress:
        progress("fold", len(parts) + 1, len(parts) + 1)
    model = finished(matrix.catalogue, recipe, training, encoder, labels, raw, network=network)
    return model, OutOfFold(labels, raw)


def _fitted(
    recipe: Recipe, seeds: Sequence[int], around: Surroundings, nodes: Ints, labels: npt.NDArray[np.int64]
) -> list[GraphSage]:
    rule = recipe.learner
    return [
        GraphSage(epochs=rule.rounds, **rule.params, seed=seed).fit(around, nodes, labels) for seed in seeds
    ]
