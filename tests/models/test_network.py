"""A recipe's network: as bytes, over the relations known at t, and refused by name where PyTorch is not installed.

What fits a network needs the optional extra ``graph``; without it these tests are skipped by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tests.graph.pools import graph_of

from credit_risk.book.recipe import LearnerRule, Recipe
from credit_risk.errors import CheckFailed, InputError
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.training_set import TrainingSet
from credit_risk.models import network
from credit_risk.models.artefact import load_model, save_model
from credit_risk.models.encode import Encoder
from credit_risk.models.neighbourhood import Neighbourhood, Scales
from credit_risk.models.network import check_extra, train_network
from credit_risk.registry.register import Registered, _tells_reasons

NAMES = ["capital_log", "industry"]
DAY, LATER = date(2025, 6, 30), date(2025, 9, 30)
FIRMS = 240


class _Told(Matrix):
    """A matrix whose indicators are given: whoever is not among the rows is asked for by name."""

    def build(self, subjects: list[str], t: object, names: list[str]) -> pa.Table:
        return pa.table(
            {"subject": subjects, NAMES[0]: [1e9] * len(subjects), NAMES[1]: ["a"] * len(subjects)}
        )


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    rng = np.random.default_rng(2)
    pairs = [(i, (i + 1 + int(rng.integers(0, 5))) % FIRMS) for i in range(FIRMS)]
    ties = [("supplies", _firm(a), _firm(b)) for a, b in pairs] + [("supplies", _firm(0), "outsider")]
    with pytest.MonkeyPatch.context() as patch:
        graph = graph_of(tmp_path_factory.mktemp("network"), patch, ties, {})
        yield _Told(Catalogue.of(graph.pool.rules), graph.records, graph)


@pytest.fixture(scope="module")
def training(matrix: Matrix) -> TrainingSet:
    """A firm is bad where those that supply it are large: its own capital tells nothing."""
    rng = np.random.default_rng(3)
    capital = np.exp(rng.normal(size=FIRMS) * 2)
    edges = matrix.graph.as_of("supplies", DAY).to_pandas()
    size = dict(zip(map(_firm, range(FIRMS)), np.log1p(capital), strict=True))
    sent = edges["src"].map(size).groupby(edges["dst"]).mean()
    firms = [_firm(i) for i in range(FIRMS)]
    bad = pd.Series(firms).map(sent).fillna(0).to_numpy() > np.median(sent)
    columns = {"subject": firms, "as_of": DAY, "part": np.where(np.arange(FIRMS) % 4, "train", "test")}
    told = {"label": bad.astype(int), NAMES[0]: capital, NAMES[1]: rng.choice(["a", "b", None], FIRMS)}
    return TrainingSet(pd.DataFrame({**columns, **told}), NAMES, {})


def _firm(number: int) -> str:
    return f"e{number:03}"


def _recipe(matrix: Matrix) -> Recipe:
    first = next(iter(matrix.catalogue.rules.recipes.values()))
    rule = LearnerRule(
        kind="graph-network", relations=["supplies"], rounds=60, seeds=[1, 2],
        params={"steps": 1, "dropout": 0.0, "rate": 0.02},
    )  # fmt: skip
    return first.model_copy(update={"learner": rule})


@pytest.fixture(scope="module")
def trained(matrix: Matrix, training: TrainingSet) -> tuple[network.CreditModel, network.OutOfFold]:
    pytest.importorskip("torch", reason="PyTorch comes with the extra 'graph'")
    return train_network(matrix, _recipe(matrix), training)


def test_it_foresees_out_of_fold_and_in_a_part_never_fitted_what_only_neighbours_tell(
    trained, training
) -> None:
    model, own = trained
    assert roc_auc(own.labels, own.raw) > 0.75
    test = training.part("test")
    assert roc_auc(test["label"].to_numpy(), model.pd(test)) > 0.75
    assert [len(raw) for raw in model.raw_by_seed(test)] == [len(test)] * 2


def test_the_same_seed_makes_the_same_artefact_byte_for_byte(
    trained, matrix, training, tmp_path: Path
) -> None:
    again, _ = train_network(matrix, _recipe(matrix), training)
    assert save_model(again, tmp_path, {}).model_id == save_model(trained[0], tmp_path, {}).model_id
    other = _recipe(matrix).learner.model_copy(update={"seeds": [2, 3]})
    third, _ = train_network(matrix, _recipe(matrix).model_copy(update={"learner": other}), training)
    assert third.network and third.network.texts()[0] == again.network.texts()[1] != third.network.texts()[1]


def test_labels_of_the_test_part_reach_no_fit(trained, matrix, training) -> None:
    rows = training.rows.copy()
    rows.loc[rows["part"] == "test", "label"] ^= 1
    again, own = train_network(matrix, _recipe(matrix), replace(training, rows=rows))
    assert np.array_equal(own.raw, trained[1].raw)
    assert again.network.texts() == trained[0].network.texts()


def test_it_tells_no_reasons_so_it_is_neither_loaded_nor_promoted(trained, tmp_path: Path) -> None:
    saved = save_model(trained[0], tmp_path, {})
    assert not saved.tells_reasons
    with pytest.raises(InputError, match="tells no reasons"):
        load_model(tmp_path / saved.model_id)
    version = Registered("n", 1, "run", saved.model_id)
    with pytest.raises(CheckFailed, match="tells no reasons"):
        _tells_reasons(version, {"tells_reasons": "no"})
    _tells_reasons(version, {})


def test_without_pytorch_the_recipe_says_what_to_install(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="PyTorch") as told:
        check_extra(_recipe(matrix))
    assert "lock/graph.txt" in str(told.value.hint)
    check_extra(next(iter(matrix.catalogue.rules.recipes.values())))  # trees need nothing


def test_dates_stand_side_by_side_and_a_firm_without_relations_has_only_itself(
    matrix: Matrix, training
) -> None:
    train = training.part("train")
    scales = Scales.learn(Encoder.learn(train, NAMES, NAMES[1:]), train)
    near = Neighbourhood(matrix, ["supplies"], 1, scales)
    rows = pd.concat([train.head(3), train.head(2).assign(as_of=LATER)], ignore_index=True)
    rows.loc[4, "subject"] = "nobody"
    around, nodes = near.around(rows)
    start, beside = around.beside["supplies"]
    size = len(around.known) // 2
    assert (nodes[:3] < size).all() and (nodes[3:] >= size).all()
    assert all((beside[start[n] : start[n + 1]] < size).all() for n in nodes[:3])
    assert start[nodes[4]] == start[nodes[4] + 1]
    np.testing.assert_array_equal(around.known[nodes[0]], around.known[nodes[3]])


def test_nulls_and_unseen_values_are_flags_and_finite(training: TrainingSet) -> None:
    train = training.part("train")
    scales = Scales.learn(Encoder.learn(train, NAMES, NAMES[1:]), train)
    odd = pd.DataFrame({NAMES[0]: [np.nan, 1e30], NAMES[1]: ["never", "b"]}).astype({NAMES[0]: float})
    told = scales.columns(odd)
    assert np.isfinite(told).all()
    assert told[0].tolist() == [0, 0, 1, 1, 0, 0]
    assert told[1].tolist() == [5, 0, 0, 0, 0, 1]
