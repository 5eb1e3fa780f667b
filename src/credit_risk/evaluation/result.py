"""An evaluation as one JSON object: the same figures for machines, MLflow and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from credit_risk.evaluation.backtest import Backtest
from credit_risk.evaluation.bootstrap import Interval

__all__ = ["result_of", "results_together"]


def result_of(case: str, judged: Backtest) -> dict[str, Any]:
    """Return case, recipe, parts with their metrics and intervals, and the lineage of one judged model.

    A part is named ``prefix + part`` (the recipe's ``part_prefix``), a variant's ``prefix + part + _ + variant``.
    """
    prefix = judged.recipe.part_prefix
    parts = {prefix + p.name: _part(p.n, p.bad_rate, p.metrics) for p in judged.parts}
    for v in judged.variants:
        parts[f"{prefix}{v.part}_{v.name}"] = _part(v.n, v.bad_rate, v.metrics)
    model = judged.model
    return {
        "case": case,
        "recipe": judged.recipe.recipe,
        "parts": parts,
        "lineage": {**model.lineage, "model_id": model.model_id},
    }


def results_together(case: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the one result, or one object over all with the parts of all in it.

    Where two recipes name a part alike, the first keeps the name and the other stands under its recipe's.
    """
    if len(results) == 1:
        return dict(results[0])
    parts: dict[str, Any] = {}
    for result in results:
        for name, part in result["parts"].items():
            parts[name if name not in parts else f"{result['recipe']}/{name}"] = part
    return {
        "case": case,
        "recipe": ", ".join(r["recipe"] for r in results),
        "parts": parts,
        "lineage": {r["recipe"]: r["lineage"] for r in results},
        "results": list(results),
    }


def _part(n: int, bad_rate: float, metrics: Mapping[str, Interval]) -> dict[str, Any]:
    return {
        "n": n,
        "bad_rate": bad_rate,
        "metrics": {name: interval.to_json() for name, interval in metrics.items()},
    }
