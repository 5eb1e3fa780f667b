"""The graph network learns what only neighbours tell, and nothing of it where the relations are dealt anew.

These tests need PyTorch, which comes with the optional extra ``graph``; without it they are skipped by name.
"""

from __future__ import annotations

import numpy as np
import pytest

from credit_risk.graph.ties import MILLION, Ties
from credit_risk.models.graph_sage import GraphSage, Surroundings, surroundings_of

NODES, FITTED = 600, 400


@pytest.fixture(scope="module", autouse=True)
def torch_there() -> None:
    pytest.importorskip("torch", reason="PyTorch comes with the extra 'graph'")


def _ties(rng: np.random.Generator, dealt_anew: bool = False) -> Ties:
    src = np.repeat(np.arange(NODES), 2)
    dst = rng.integers(0, NODES, len(src))
    if dealt_anew:
        dst = rng.permutation(dst)
    noise = rng.integers(0, NODES, (2, NODES))
    one = np.full(len(src), MILLION)
    names = np.array([f"e{i:03}" for i in range(NODES)], object)
    return Ties(
        names, {"owes": (src, dst, one), "noise": (noise[0], noise[1], one[:NODES])}, np.zeros(NODES, bool)
    )


def _world() -> tuple[np.ndarray, np.ndarray, Surroundings, Surroundings]:
    """Whoever is owed by an enterprise with a great number, on average, is bad; its own number tells nothing."""
    rng = np.random.default_rng(5)
    known = rng.normal(size=(NODES, 3)).astype(np.float32)
    ties = _ties(rng)
    src, dst, _ = ties.edges["owes"]
    total = np.bincount(dst, known[src, 0], NODES) / np.maximum(np.bincount(dst, minlength=NODES), 1)
    other = _ties(np.random.default_rng(6), dealt_anew=True)
    kinds = ["owes", "noise"]
    return (
        known,
        (total > 0.1).astype(int),
        surroundings_of(ties, known, kinds),
        surroundings_of(other, known, kinds),
    )


def _auc(bad: np.ndarray, raw: np.ndarray) -> float:
    from credit_risk.evaluation.metrics import roc_auc

    return float(roc_auc(bad, raw))


def test_it_foresees_from_neighbours_alone_and_not_over_relations_dealt_anew() -> None:
    _, bad, around, rewired = _world()
    fitted, rest = np.arange(FITTED), np.arange(FITTED, NODES)
    model = GraphSage(epochs=40, dropout=0.0).fit(around, fitted, bad[fitted])
    assert _auc(bad[rest], model.decision_function(around, rest)) > 0.85
    lost = GraphSage(epochs=40, dropout=0.0).fit(rewired, fitted, bad[fitted])
    assert _auc(bad[rest], lost.decision_function(rewired, rest)) < 0.65


def test_the_same_seed_gives_the_same_scores_and_the_batch_does_not_matter() -> None:
    _, bad, around, _ = _world()
    nodes = np.arange(FITTED)
    one, two = (GraphSage(epochs=2).fit(around, nodes, bad[nodes]) for _ in range(2))
    scores = one.decision_function(around, nodes)
    assert np.array_equal(scores, two.decision_function(around, nodes))
    single = one.set_params(batch=7).decision_function(around, nodes)
    np.testing.assert_allclose(single, scores, atol=1e-5)


def test_labels_of_nodes_that_are_not_fitted_are_never_seen() -> None:
    _, bad, around, _ = _world()
    nodes = np.arange(FITTED)
    turned = bad.copy()
    turned[FITTED:] = 1 - turned[FITTED:]
    one, two = (GraphSage(epochs=2).fit(around, nodes, labels[nodes]) for labels in (bad, turned))
    assert np.array_equal(one.decision_function(around, nodes), two.decision_function(around, nodes))


def test_a_stopped_node_passes_nothing_on() -> None:
    rng = np.random.default_rng(5)
    ties = _ties(rng)
    stopped = Ties(ties.ids, ties.edges, np.arange(NODES) == 3)
    beside = surroundings_of(stopped, np.zeros((NODES, 1), np.float32), ["owes"]).beside
    assert all(3 not in neighbours for _, neighbours in beside.values())
