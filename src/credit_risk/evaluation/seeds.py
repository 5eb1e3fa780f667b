"""How each seed of a model ranks by itself: a model that averages seeds must not hide how they scatter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from credit_risk.evaluation.bootstrap import Interval, auc_draws
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.models.model import CreditModel

__all__ = ["by_seed"]

SEVERAL = 10


def by_seed(model: CreditModel, rows: pd.DataFrame, draws: int) -> dict[str, Interval]:
    """Return ``roc_auc_mean_of_seeds`` with its interval over enterprises, and ``roc_auc_seed_N`` of every seed.

    Nothing for a model of fewer than ten seeds, or a part with one class.
    """
    y = rows["label"].to_numpy(np.int64)
    if y.min() == y.max():
        return {}
    raws, who = model.raw_by_seed(rows), rows["subject"].to_numpy(object)
    if len(raws) < SEVERAL:
        return {}
    each = [roc_auc(y, raw) for raw in raws]
    drawn = np.mean([auc_draws(y, raw, who, draws) for raw in raws], axis=0)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    nan = float("nan")
    found = {"roc_auc_mean_of_seeds": Interval(float(np.mean(each)), float(low), float(high))}
    return found | {f"roc_auc_seed_{n}": Interval(value, nan, nan) for n, value in enumerate(each, 1)}
