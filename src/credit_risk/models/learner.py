"""LightGBM behind a small interface: fit gives boosters, several seeds are averaged on the log-odds.

Under ``FIXED`` a model is the same to the byte however many threads fit it, so several fits at once, one thread each,
make the same models as one after the other and take about half as long. The number of threads is one for the whole
process in LightGBM: a call that asks for more while a fit runs makes that fit write past its buffers. So every call
asks for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
import numpy.typing as npt
from joblib import delayed

from credit_risk.book.recipe import LearnerRule
from credit_risk.features.at_once import at_once

__all__ = ["fit_boosters", "raw_scores"]


FIXED = {
    "objective": "binary",
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


def fit_boosters(
    rule: LearnerRule,
    matrix: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    names: Sequence[str],
    categories: Sequence[str],
    monotone: Sequence[int],
    weights: npt.NDArray[np.float64] | None = None,
) -> list[lightgbm.Booster]:
    """Fit one booster per seed on shape (rows, names); ``monotone`` holds -1, 0 or 1 per name.

    ``weights`` are how much each row counts, shape (rows,); None counts all alike.
    """

    def fit(seed: int) -> lightgbm.Booster:
        params: dict[str, Any] = {**rule.params, **FIXED, "seed": seed}
        if rule.monotone and any(monotone):
            params["monotone_constraints"] = list(monotone)
        data = lightgbm.Dataset(
            matrix,
            labels,
            weight=weights,
            feature_name=list(names),
            categorical_feature=list(categories),
            params={"verbosity": -1, "feature_pre_filter": False},
            free_raw_data=False,
        )
        return lightgbm.train(params, data, num_boost_round=rule.rounds)

    return list(at_once(delayed(fit)(seed) for seed in rule.seeds))


def raw_scores(
    boosters: Sequence[lightgbm.Booster], matrix: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Return the mean log-odds over the boosters, shape (rows,)."""
    total = np.zeros(len(matrix))
    for booster in boosters if len(matrix) else ():
        total += booster.predict(matrix, raw_score=True, num_threads=FIXED["num_threads"])
    return total / len(boosters)
