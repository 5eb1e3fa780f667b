"""A late blend of two models on the log-odds, behind a gate: the second joins only if its gain is sure.

    blended = (1 - w) * champion + w * challenger

``w`` is chosen where neither was fitted (out of fold, or validation), and is 0 unless the paired interval of the gain
in ROC-AUC there lies above 0. A part named test is for judging what was chosen, never for choosing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.bootstrap import Interval, auc_draws
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features import Catalogue
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.model import CreditModel, Joined
from credit_risk.models.train import OutOfFold, finished

__all__ = ["Blend", "blended", "late_blend"]

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


def blended(
    catalogue: Catalogue,
    recipe: Recipe,
    training: TrainingSet,
    champion: tuple[CreditModel, OutOfFold],
    challenger: tuple[CreditModel, OutOfFold],
) -> tuple[CreditModel, OutOfFold]:
    """Return the model of a recipe that blends: the challenger joined if it passed out of fold, else only the champion.

    Both were fitted on the same rows and folds. Calibrator, interval and threshold are those of the blended scores,
    which are taken to be worth as much out of time as the champion's. The lineage says what the gate decided, by which
    gain.
    """
    (model, own), (other, second) = champion, challenger
    who = training.part(*recipe.split.train)["subject"].to_numpy(object)
    blend = late_blend(own.labels, own.raw, second.raw, who)
    gain = f"{blend.gain.value:+.4f} [{blend.gain.low:+.4f}, {blend.gain.high:+.4f}] out of fold"
    said = f"weight {blend.weight:.1f}" if blend.weight else "stays out"
    lineage = {**model.lineage, "blend": f"{other.recipe}: {said}, gain {gain}"}
    if not blend.weight:
        return replace(model, lineage=lineage), own
    raw = blend.raw(own.raw, second.raw)
    kept = model.calibrator.kept
    told = finished(
        catalogue, recipe, training, model.encoder, own.labels, raw, kept, boosters=model.boosters
    )
    joined = Joined(other, blend.weight)
    return replace(told, monotone=model.monotone, network=model.network, joined=joined, lineage=lineage), (
        OutOfFold(own.labels, raw)
    )
