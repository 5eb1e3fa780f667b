"""A million enterprises scored, explained, worded and written: seconds and memory of a process of its own.

The indicators are there already (they are what ``features`` measures): 150 indicators of the book with values drawn at
random, a tenth unknown, for a model of 300 trees of 31 leaves. Timed is the rest of a night: reading them, ranks
among peers, scores, exact contributions, reasons with the sentences of the first three, hashes, all tables on disk,
and the file that is served; the answers that are told ahead once all is published are timed apart. Records behind the
reasons cost a query an indicator and are not timed here.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from credit_risk.explain.beside import Beside
from credit_risk.explain.score import PART, Scoring
from credit_risk.models.calibration import Calibrator
from credit_risk.models.encode import Encoder
from credit_risk.models.model import CreditModel
from credit_risk.models.scale import MasterScale
from credit_risk.zone import Book

__all__ = ["explain_a_million"]

ENTERPRISES, INDICATORS, TREES, LEAVES, GROUPS = 1_000_000, 150, 300, 31, 400
ROOT = Path(__file__).resolve().parents[2]


def explain_a_million() -> dict[str, Any]:
    """Return ``million_seconds``, ``peak_gib`` and what it took by stage; the work is done in another process."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "evaluation.bench.million"]
        told = subprocess.run(
            words,
            env=os.environ | {"CREDIT_RISK_VAR": folder},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        result: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
        return result


def _main() -> None:
    run = _prepared(Book.open(ROOT))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cpu, began = time.process_time(), time.perf_counter()
    run.reasons()
    explained = time.perf_counter()
    snapshot = run.finish()
    hashed = time.perf_counter()
    from credit_risk.explain import Snapshots

    Snapshots(run.into).publish(snapshot.id)
    ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    before = time.perf_counter()
    Snapshots(run.into).tell_ahead(snapshot.id)
    ahead = time.perf_counter() - before
    told = run.into / snapshot.id / "told.arrow"
    figures = {
        "million_seconds": round(ended - began, 1),
        "million_cpu_seconds": round(time.process_time() - cpu, 1),
        "million_hash_seconds": round(hashed - explained, 1),
        "million_publish_seconds": round(ended - hashed, 1),
        "peak_gib": round(peak / 2**20, 2),
        "peak_gib_before": round(memory / 2**20, 2),
        "snapshot_gib": round(
            sum(p.stat().st_size for p in run.into.rglob("*") if p.is_file() and p != told) / 2**30, 2
        ),
        "told_ahead_seconds": round(ahead, 1),
        "told_ahead_gib": round(told.stat().st_size / 2**30, 2),
    }
    print(json.dumps(figures))


def _prepared(book: Book) -> Scoring:
    """Return a run whose first pass is done: indicators drawn, everybody scorable, peer groups dealt out."""
    entries = book.catalogue.entries
    names = [n for n in book.catalogue.inputs() if entries[n].rule.kind != "category"][:INDICATORS]
    subjects = [f"91310115MA{n:08}" for n in range(int(os.environ.get("ENTERPRISES", ENTERPRISES)))]
    recipe = book.recipe()
    run = Scoring(
        book.matrix, _model(names), recipe, "2026-06-30", subjects, Beside(), False, PART,
        book.snapshots.folder, lambda *_: None,
    )  # fmt: skip
    for number in run.numbers:
        part = subjects[number * PART : (number + 1) * PART]
        rng = np.random.default_rng(number)
        values = {n: _column(rng, i, len(part)) for i, n in enumerate(names)}
        groups = pa.array([f"g{g}" for g in rng.integers(0, GROUPS, len(part))], pa.string())
        who = {"subject": part, "scorable": np.ones(len(part), bool), "peer_group": groups}
        columns = {n: pa.array(v, pa.float64(), mask=np.isnan(v)) for n, v in values.items()}
        run.parts.write("indicators", number, pa.table({"subject": part, **columns}), PART)
        run.parts.write("population", number, pa.table(who), PART)
    return run


def _column(rng: np.random.Generator, place: int, rows: int) -> npt.NDArray[np.float64]:
    """Return counts, amounts and shares in turn, a tenth unknown."""
    drawn = [
        lambda: rng.poisson(0.4, rows).astype(float),
        lambda: np.round(rng.lognormal(10, 2, rows), 2),
        lambda: rng.random(rows),
    ][place % 3]()
    return np.where(rng.random(rows) < 0.1, np.nan, drawn)


def _model(names: list[str]) -> CreditModel:
    rng = np.random.default_rng(7)
    rows = pd.DataFrame({n: _column(rng, i, 20_000) for i, n in enumerate(names)})
    ranks = rows.rank(pct=True).fillna(0.5).to_numpy()
    risk = ranks[:, :12].sum(axis=1) + ranks[:, 0] * ranks[:, 1] + rng.normal(size=len(rows))
    label = (risk > np.quantile(risk, 0.9)).astype(int)
    encoder = Encoder(tuple(names), {})
    data = lightgbm.Dataset(encoder.matrix(rows), label, feature_name=names)
    words = {"objective": "binary", "num_leaves": LEAVES, "num_threads": 2, "verbosity": -1, "seed": 7}
    scale = MasterScale(("A", "B", "C", "D"), (0.01, 0.05, 0.2, 1.0), ("A", "B", "C", "D"))
    line = Calibrator("logistic", (-1.0, 1.0), (-1.0, 1.0))
    booster = lightgbm.train(words, data, TREES)
    return CreditModel("million", encoder, [booster], line, scale, 0.5, {}, {}, "million-000000000000")


if __name__ == "__main__":
    _main()
