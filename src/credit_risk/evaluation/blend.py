"""A late blend of two models on the log-odds, behind a gate: the second joins only if its gain is sure.

    blended = (1 - w) * champion + w * challenger

``w`` is chosen where neither was fitted (out of fold, or validation), and is 0 unless the paired interval of the gain
in ROC-AUC there lies above 0. A part named test is for judging what was chosen, never for choosing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from credit_risk.evaluation.bootstrap import Interval, auc_draws
from credit_risk.evaluation.metrics import roc_auc

__all__ = ["Blend", "late_blend"]

Vector = npt.NDArray[np.float64]
WEIGHTS = np.arange(1, 10) / 10


@dataclass(frozen=True)
class Blend:
    """How much the challenger counts, and the gain in ROC-AUC where that was chosen; ``weight`` 0: it did not pass."""

    weight: float
    gain: Interval

    def raw(self, champion: Vector, challenger: Vector) -> Vector:
        """Return the blended log-odds, shape (rows,)."""
        return (1 - self.weight) * champion + self.weight * challenger


def late_blend(
    labels: npt.NDArray[np.int64],
    champion: Vector,
    challenger: Vector,
    clusters: npt.NDArray[np.object_],
    draws: int = 2000,
) -> Blend:
    """Choose the weight of the challenger by ROC-AUC and let it pass only if the interval of the gain is above 0.

    Parameters
    ----------
    labels
        0 or 1 of rows that neither model was fitted on.
    champion, challenger
        Log-odds of the same rows, shape (rows,).
    clusters
        The enterprise of each row: enterprises are drawn, for both models at once.
    draws
        Of the bootstrap.

    Returns
    -------
    Blend
        Of equally good weights the least. The interval is of the chosen weight, and as that was chosen on the same
        rows it flatters a little: what the blend is worth is told by a part that had no say.

    """
    best = max(WEIGHTS, key=lambda w: (roc_auc(labels, (1 - w) * champion + w * challenger), -w))
    blended = (1 - best) * champion + best * challenger
    drawn = auc_draws(labels, blended, clusters, draws) - auc_draws(labels, champion, clusters, draws)
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    value = float(roc_auc(labels, blended) - roc_auc(labels, champion))
    return Blend(float(best) if low > 0 else 0.0, Interval(value, float(low), float(high)))
