"""The registered model in a fresh process, by plain MLflow: the same PD, grade and reasons, or a refusal."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from tests.conftest import ROOT

from credit_risk.zone import Book

COLUMNS = ["pd", "grade", "reasons"]


@pytest.fixture(scope="module")
def stored(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the registered model's folder, as anybody downloads it."""
    made = book.registry.versions(book.recipe().recipe)[0]
    mlflow.set_tracking_uri(book.registry.uri)
    folder = tmp_path_factory.mktemp("model")
    return Path(
        mlflow.artifacts.download_artifacts(f"models:/{made.name}/{made.version}", dst_path=str(folder))
    )


@pytest.fixture(scope="module")
def rows(book: Book) -> dict[str, Any]:
    """Twenty enterprises as plain JSON."""
    table = book.snapshots.read(str(book.snapshots.current()), "indicators").head(20)
    names = list(book.champion()[1].credit.names)
    return {
        "dataframe_split": json.loads(table[names].to_json(orient="split", index=False, double_precision=15))
    }


@pytest.fixture(scope="module")
def expected(stored: Path, rows: dict[str, Any]) -> pd.DataFrame:
    split = rows["dataframe_split"]
    table = pd.DataFrame(split["data"], columns=split["columns"])
    model = mlflow.pyfunc.load_model(str(stored))
    for column in model.metadata.get_input_schema():
        if str(column.type) == "DataType.double":
            table[column.name] = table[column.name].astype(float)
    return model.predict(table)[COLUMNS]


def surroundings() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


def answers(text: str) -> pd.DataFrame:
    told = json.loads(text)
    return pd.DataFrame(told["predictions"])[COLUMNS]


def test_mlflow_models_predict_gives_the_same_in_a_fresh_process(
    stored: Path, rows: dict[str, Any], expected: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "in.json").write_text(json.dumps(rows), encoding="utf-8")
    done = subprocess.run(
        ["mlflow", "models", "predict", "-m", str(stored), "-i", str(tmp_path / "in.json"), "-o",
         str(tmp_path / "out.json"), "-t", "json", "--env-manager", "local"],
        env=surroundings(), capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    pd.testing.assert_frame_equal(
        answers((tmp_path / "out.json").read_text(encoding="utf-8")), expected, check_exact=True
    )


def test_the_invocations_server_gives_the_same(
    stored: Path, rows: dict[str, Any], expected: pd.DataFrame
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        ["mlflow", "models", "serve", "-m", str(stored), "-p", str(port), "--env-manager", "local", "-w", "1"],
        env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        told = _asked(f"http://127.0.0.1:{port}/invocations", rows)
    finally:
        os.killpg(server.pid, 15)
        server.wait(20)
    pd.testing.assert_frame_equal(answers(told), expected, check_exact=True)


def _asked(url: str, rows: dict[str, Any]) -> str:
    for _ in range(240):
        try:
            request = urllib.request.Request(
                url, json.dumps(rows).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as problem:
            raise AssertionError(problem.read().decode()[-2000:]) from None
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the server did not answer")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("catalogue.json", '"', "'"),
        ("encoder.json", "categories", "categorie2"),
        ("manifest.json", '"threshold"', '"treshold"'),
    ],
)
def test_a_changed_catalogue_category_table_or_hash_is_refused(
    stored: Path, tmp_path: Path, name: str, old: str, new: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(stored, copy)
    path = next(copy.rglob(name))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Exception, match=r"does not match|threshold|manifest"):
        mlflow.pyfunc.load_model(str(copy))
