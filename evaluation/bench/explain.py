"""Exact Shapley values: the engine's kernel against LightGBM's own, ``shap`` and ``woodelf-explainer``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt

from credit_risk.explain.trees import TreeExplainer
from evaluation.bench.million import explain_a_million

__all__ = ["explain_against_peers"]

FEATURES, TREES, LEAVES = 150, 300, 31
ROWS, SLOW_ROWS, WOODELF_ROWS, REPEATS = 16_000, 500, 60_000, 3


def explain_against_peers() -> dict[str, Any]:
    """Explain rows of one model by every explainer (CPU of one thread, best of three in turn), then a million."""
    booster, rows = _model()
    single, double = TreeExplainer(booster, np.float32), TreeExplainer(booster, np.float64)
    began = time.perf_counter()
    for explainer in (single, double):
        explainer.shap_values(rows[:64])
        explainer.shap_values(rows[:1])
    warm_up = time.perf_counter() - began
    wide = rows.astype(np.float64)
    runs: dict[str, tuple[Callable[[], Any], int]] = {
        "float32": (lambda: single.shap_values(rows), len(rows)),
        "float64": (lambda: double.shap_values(wide), len(rows)),
        "predict": (lambda: booster.predict(rows, raw_score=True, num_threads=1), len(rows)),
        "lightgbm": (lambda: booster.predict(rows[:SLOW_ROWS], pred_contrib=True, num_threads=1), SLOW_ROWS),
        "shap": (_shap(booster, rows[:SLOW_ROWS]), SLOW_ROWS),
        "one row": (lambda: [double.shap_values(wide[i : i + 1]) for i in range(200)], 200),
    }
    per_row = {name: float("inf") for name in runs}
    for _ in range(REPEATS):
        for name, (run, n) in runs.items():
            per_row[name] = min(per_row[name], _cpu(run) / n)
    many = np.resize(rows, (WOODELF_ROWS, FEATURES))
    woodelf = _cpu(_woodelf(booster, many)) / WOODELF_ROWS
    reference = booster.predict(wide[:SLOW_ROWS], pred_contrib=True)[:, :-1]
    return {
        "ratio_to_lightgbm": round(per_row["lightgbm"] / per_row["float32"], 1),
        "ratio_to_lightgbm_float64": round(per_row["lightgbm"] / per_row["float64"], 1),
        "ratio_to_shap": round(per_row["shap"] / per_row["float32"], 1),
        "ratio_to_woodelf": round(woodelf / per_row["float32"], 2),
        "fraction_of_predict": round(per_row["predict"] / per_row["float32"], 2),
        "fraction_of_predict_float64": round(per_row["predict"] / per_row["float64"], 2),
        "single_row_ms": round(per_row["one row"] * 1000, 2),
        "largest_error_float32": float(np.abs(single.shap_values(rows[:SLOW_ROWS]) - reference).max()),
        "largest_error_float64": float(np.abs(double.shap_values(wide[:SLOW_ROWS]) - reference).max()),
        "first_use_seconds": round(warm_up, 1),
        **explain_a_million(),
        "rows": ROWS, "features": FEATURES, "trees": TREES, "leaves": LEAVES,
    }  # fmt: skip


def _model() -> tuple[lightgbm.Booster, npt.NDArray[np.float32]]:
    rng = np.random.default_rng(7)
    rows = rng.normal(size=(ROWS + 4000, FEATURES)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.1] = np.nan
    known = np.nan_to_num(rows)
    label = known[:, :10].sum(1) + known[:, 0] * known[:, 1] + rng.normal(size=len(rows)) > 0
    data = lightgbm.Dataset(rows, label.astype(int))
    words = {"objective": "binary", "num_leaves": LEAVES, "num_threads": 1, "verbosity": -1, "seed": 7}
    return lightgbm.train(words, data, TREES), rows[:ROWS]


def _shap(booster: lightgbm.Booster, rows: npt.NDArray[np.float32]) -> Callable[[], Any]:
    import shap  # slow to import

    explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
    return lambda: explainer.shap_values(rows)


def _woodelf(booster: lightgbm.Booster, rows: npt.NDArray[np.float32]) -> Callable[[], Any]:
    import pandas as pd
    from woodelf import WoodelfExplainer

    explainer = WoodelfExplainer(booster)
    table = pd.DataFrame(rows, columns=booster.feature_name())
    return lambda: explainer.shap_values(table)


def _cpu(run: Callable[[], Any]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began
