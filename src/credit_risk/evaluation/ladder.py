"""Ordered classes foreseen by a ladder of recipes, judged against the forecast that nothing moves.

The recipes give P(class >= 2), P(class >= 3), ...; where one is above the one before it, it is lowered to it. The class
foreseen is the most probable, of a tie the lower. Accuracy and macro-F1 (mean over the classes that occur or are
foreseen) carry a bootstrap over enterprises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.scale import Ladder
from credit_risk.errors import InputError
from credit_risk.evaluation.backtest import Backtest
from credit_risk.evaluation.bootstrap import Interval

__all__ = ["classes", "judge_classes", "ladder_result"]

Codes = npt.NDArray[np.int64]
DRAWS = 2000


def ladder_result(
    case: str, ladder: Ladder, judged: Mapping[str, Backtest], rows: pd.DataFrame
) -> dict[str, Any]:
    """Return the figures of a ladder as the result of a recipe: the parts, ``PART_persistence``, ``PART_published``.

    Parameters
    ----------
    judged
        The recipes of the book as judged, the ladder's steps among them.
    rows
        Rows of the judged parts (``part``, ``as_of``, ``subject``, the indicator ``now``), in stored order.

    """
    steps = [judged[name] for name in ladder.steps]
    parts: dict[str, Any] = {}
    for position, part in enumerate(steps[0].parts):
        same = [step.parts[position] for step in steps]
        if any(p.y is None or p.pd is None or p.name != part.name or p.n != part.n for p in same):
            raise InputError(
                f"ladder {ladder.ladder}: its steps were not judged on the same rows of {part.name}"
            )
        truth = 1 + np.sum([p.y for p in same if p.y is not None], axis=0).astype(np.int64)
        foreseen = classes([p.pd for p in same if p.pd is not None])
        chosen = _rows_of(rows, part.name)
        who = chosen["subject"].to_numpy(object)
        now = chosen[ladder.now].to_numpy(np.float64)
        known = ~np.isnan(now)
        parts[part.name] = _part(truth, foreseen, who)
        parts[f"{part.name}_persistence"] = _part(truth[known], now[known].astype(np.int64), who[known])
        if part.name in ladder.published:
            nan = float("nan")
            told = {k: Interval(v, nan, nan).to_json() for k, v in ladder.published[part.name].items()}
            parts[f"{part.name}_published"] = {"n": part.n, "bad_rate": None, "metrics": told}
    lineage = {
        name: {**judged[name].model.lineage, "model_id": judged[name].model.model_id} for name in ladder.steps
    }
    return {"case": case, "recipe": ladder.ladder, "parts": parts, "lineage": lineage}


def classes(steps: Sequence[npt.NDArray[np.float64]]) -> Codes:
    """Return the most probable class of each row, from P(class >= 2), P(class >= 3), ..."""
    above = np.minimum.accumulate(np.column_stack(steps), axis=1)
    edges = np.column_stack([np.ones(len(above)), above, np.zeros(len(above))])
    return np.asarray(1 + np.argmax(edges[:, :-1] - edges[:, 1:], axis=1), dtype=np.int64)


def judge_classes(
    truth: Codes, foreseen: Codes, clusters: npt.ArrayLike, draws: int = DRAWS
) -> dict[str, Interval]:
    """Return ``accuracy`` and ``macro_f1`` with their 95 % intervals (bootstrap over clusters)."""
    names, t = np.unique(truth, return_inverse=True)
    names = np.unique(np.concatenate([names, foreseen]))
    t, f = np.searchsorted(names, truth), np.searchsorted(names, foreseen)
    who = np.unique(np.asarray(clusters), return_inverse=True)[1]
    k, size = len(names), int(who.max()) + 1
    cells = np.zeros((size, k * k))
    np.add.at(cells, (who, t * k + f), 1.0)
    times = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), size=draws)
    whole, drawn = _scores(cells.sum(0)[None], k), _scores(times @ cells, k)
    return {
        name: Interval(float(whole[name][0]), *map(float, np.quantile(drawn[name], [0.025, 0.975])))
        for name in whole
    }


def _scores(tables: npt.NDArray[np.float64], k: int) -> dict[str, npt.NDArray[np.float64]]:
    """Return both scores of confusion tables, shape (tables, k * k)."""
    square = tables.reshape(-1, k, k)
    hits = np.einsum("nii->ni", square)
    f1 = 2 * hits / np.maximum(square.sum(1) + square.sum(2), 1)
    return {"accuracy": hits.sum(1) / square.sum((1, 2)), "macro_f1": f1.mean(1)}


def _rows_of(rows: pd.DataFrame, part: str) -> pd.DataFrame:
    inside = rows["part"] == part
    if not inside.any():  # a calendar year of the test part
        inside = (rows["part"] == "test") & (rows["as_of"].map(lambda t: str(t.year)) == part)
    return rows[inside]


def _part(truth: Codes, foreseen: Codes, who: npt.NDArray[np.object_]) -> dict[str, Any]:
    metrics = judge_classes(truth, foreseen, who)
    return {"n": len(truth), "bad_rate": None, "metrics": {k: v.to_json() for k, v in metrics.items()}}
