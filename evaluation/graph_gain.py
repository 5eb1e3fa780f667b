"""What the graph adds in the practice zone, out of time, and that it is the relations that add it.

``python -m evaluation.graph_gain`` takes the zone in the book's ``var`` (simulated and ingested), and judges on the
test part of the champion recipe and of each head:

    own      the recipe without what rests on relations
    degree   and with those relational indicators that dealing anew leaves as they were: how many relations there are
    full     the recipe with all of them
    rewired  the same over relations whose ends were dealt anew, every node's number of relations of a kind kept

A gain is the difference of ROC-AUC on the same rows, with a bootstrap over enterprises drawn together for both. How
many relations an enterprise has tells of itself (a trader has many buyers), and stays when they are dealt anew; who
they are does not. If who they are tells something, ``full`` gains over ``degree`` and over ``rewired``, and ``rewired``
gains nothing over ``degree``. Written to ``evaluation/results/graph_gain.json``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.bootstrap import auc_draws
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features import Matrix
from credit_risk.features.training_set import TrainingSet, build_training_set
from credit_risk.graph import Graph
from credit_risk.models.train import train_recipe
from credit_risk.records import Pool, Records
from credit_risk.zone import Book
from evaluation.kept import keep

__all__ = ["dealt_anew", "gain_with_interval"]

ROOT = Path(__file__).resolve().parents[1]
END = "2026-06-30"
TREES = ["tree:relations"]
UNMOVED = 0.999
GAINS = (("degree", "own"), ("full", "own"), ("full", "degree"), ("rewired", "degree"), ("full", "rewired"))
PARTNERS = {"bonded_transfer": "buyer"}  # trades name their other end in a record


def main() -> int:
    """Train, judge, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipes", nargs="*", help="by default the champion recipe and its heads")
    parser.add_argument("--draws", type=int, default=2000)
    asked = parser.parse_args()
    book = Book.open(ROOT)
    names = asked.recipes or [book.recipe().recipe, *book.recipe().heads]
    with tempfile.TemporaryDirectory() as folder:
        rewired = _rewired(book, Path(folder))
        found = {name: _judged(book, rewired, book.recipe(name), asked.draws) for name in names}
    keep("graph_gain", {"enterprises": _count(book), "draws": asked.draws, "recipes": found})
    for name, result in found.items():
        print(name, result, file=sys.stderr)
    return 0


def dealt_anew(rows: pa.Table, column: str, by: str, rng: np.random.Generator) -> pa.Table:
    """Return rows whose ``column`` was permuted over the ids in ``by``: all versions of one stay together.

    Each end keeps how many rows it has; who stands at the other end is chance. Dates and weights stay where they are.
    """
    ids, first, place = np.unique(
        rows[by].to_numpy(zero_copy_only=False).astype(str), return_index=True, return_inverse=True
    )
    ends = rows[column].to_numpy(zero_copy_only=False)[first]
    dealt = ends[rng.permutation(len(ids))][place]
    return rows.set_column(
        rows.column_names.index(column), rows.schema.field(column), pa.array(dealt, pa.string())
    )


def gain_with_interval(
    labels: np.ndarray, better: np.ndarray, base: np.ndarray, clusters: np.ndarray, draws: int, seed: int = 0
) -> dict[str, float]:
    """Return the difference of ROC-AUC and its 95 % interval; enterprises are drawn for both at once."""
    drawn = auc_draws(labels, better, clusters, draws, seed) - auc_draws(labels, base, clusters, draws, seed)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    value = roc_auc(labels, better) - roc_auc(labels, base)
    return {"value": float(value), "low": float(low), "high": float(high)}


def _rewired(book: Book, folder: Path) -> Matrix:
    """Return a matrix over a copy of the pool with relations dealt anew; files of other types are shared."""
    base, rng = book.pool, np.random.default_rng(1)
    pool = Pool(book.rules)
    pool.folder = folder / "pool"
    for kind in [*book.rules.records, *book.rules.relations]:
        files = base.files(kind)
        if not files:
            continue
        pool.type_folder(kind).mkdir(parents=True)
        column = "dst" if kind in book.rules.relations else PARTNERS.get(kind)
        if column is None:
            for path in files:
                (pool.type_folder(kind) / path.name).symlink_to(path.resolve())
            continue
        rows = pa.concat_tables([pq.read_table(path) for path in files])
        pool.write(kind, "rewired", dealt_anew(rows, column, "record_id", rng))
    return Matrix(book.catalogue, Records(pool), Graph(pool))


def _judged(book: Book, rewired: Matrix, recipe: Recipe, draws: int) -> dict[str, Any]:
    names = book.catalogue.inputs(recipe.indicators, recipe.without)
    own = book.catalogue.inputs(recipe.indicators, [*recipe.without, *TREES])
    full = build_training_set(book.matrix, recipe, known_at=END, inputs=names)
    other = build_training_set(rewired, recipe, known_at=END, inputs=names)
    counts = _unmoved(full, other, [n for n in names if n not in own])
    scores = {
        "own": _scores(book, recipe, _only(full, own)),
        "degree": _scores(book, recipe, _only(full, [n for n in names if n in {*own, *counts}])),
        "full": _scores(book, recipe, full),
        "rewired": _scores(book, recipe, other),
    }
    keys = ["subject", "as_of"]
    rows = scores["own"][[*keys, "label"]]
    for name, told in scores.items():
        rows = rows.merge(told[[*keys, "pd"]].rename(columns={"pd": name}), on=keys)
    labels, clusters = rows["label"].to_numpy(np.int64), rows["subject"].to_numpy(object)
    gains = {
        f"{name} over {base}": gain_with_interval(
            labels, rows[name].to_numpy(float), rows[base].to_numpy(float), clusters, draws
        )
        for name, base in GAINS
    }
    aucs = {name: float(roc_auc(labels, rows[name].to_numpy(float))) for name in scores}
    return {"n": len(rows), "bad": int(labels.sum()), "degree": counts, "roc_auc": aucs, "gain": gains}


def _unmoved(full: TrainingSet, other: TrainingSet, names: list[str]) -> list[str]:
    """Return the indicators of which hardly a row has another value once relations are dealt anew."""
    keys = ["subject", "as_of"]
    one, two = (one.rows.set_index(keys).sort_index() for one in (full, other))
    same = {n: ((one[n] == two[n]) | (one[n].isna() & two[n].isna())).mean() for n in names}
    return [name for name, share in same.items() if share >= UNMOVED]


def _only(training: TrainingSet, names: list[str]) -> TrainingSet:
    return TrainingSet(training.rows, names, training.left_out, training.lineage)


def _scores(book: Book, recipe: Recipe, training: TrainingSet) -> pd.DataFrame:
    """Return label and PD on the test rows of a model fitted on the training rows."""
    model, _ = train_recipe(book.rules, book.catalogue, recipe, training)
    rows = training.part("test")
    return rows[["subject", "as_of", "label"]].assign(pd=model.score(rows)["pd"].to_numpy(float))


def _count(book: Book) -> int:
    table = book.records.known("registration", END)
    return int(table.select("subject").distinct().count().execute())


if __name__ == "__main__":
    sys.exit(main())
