"""A stored model is taken as it was written or refused: no file may change, alone or together with its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from credit_risk.errors import TamperedError
from credit_risk.models.artefact import load_model, save_model
from credit_risk.models.calibration import Calibrator
from credit_risk.models.encode import Encoder
from credit_risk.models.model import CreditModel
from credit_risk.models.scale import MasterScale

FILES = [
    "booster_0.txt",
    "calibrator.json",
    "catalogue.json",
    "definitions.json",
    "encoder.json",
    "scale.json",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    x = np.random.default_rng(0).normal(size=(300, 2))
    data = lightgbm.Dataset(x, (x[:, 0] > 0).astype(int))
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 3)
    model = CreditModel(
        "credit-12m",
        Encoder(("a", "b"), {}),
        [booster],
        Calibrator("logistic", (-1.0, 1.0), (-1.0, 1.0)),
        MasterScale(("A", "D"), (0.5, 1.0), ("A", "D")),
        0.5,
        {},
    )
    return tmp_path / save_model(model, tmp_path, {"a": 1}).model_id


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_refused_alone_and_together_with_its_hash(folder: Path, name: str) -> None:
    load_model(folder)
    path, manifest = folder / name, folder / "manifest.json"
    before = _hash(path)
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(TamperedError, match=name):
        load_model(folder)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(before, _hash(path)), encoding="utf-8")
    with pytest.raises(TamperedError, match="does not match the model's id"):
        load_model(folder)


def test_a_folder_of_another_name_carries_no_id_and_is_loaded(folder: Path) -> None:
    moved = folder.rename(folder.parent / "data")
    assert load_model(moved).model_id == folder.name
