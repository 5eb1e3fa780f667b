"""What is asked of a judged model before it may be promoted, beyond its figures: against the champion, for what no one
could have known, and in every segment.

    PART/roc_auc.gain              ROC AUC minus that of the champion on the same rows; and .gain.low, the lower end
    PART/late_knowledge            largest change of a PD when everything received after t is taken away: 0 or a leak
    train/single_indicator_auc     what the best indicator alone reaches: near 1 it knows the answer
    PART/roc_auc.by.SEGMENT        the worst ROC AUC among the segments of a rule
    PART/calibration.by.SEGMENT    the largest gap of observed and foreseen, in standard errors

Each has a sentence that names the segment, indicator or champion concerned; gates tell it when they say no.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.bootstrap import auc_draws
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.evaluation.segments import Segment, judge_segments, segment_values
from credit_risk.features import Matrix
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.model import CreditModel
from credit_risk.records import Records, View, moment

__all__ = ["Examined", "examine"]

SAMPLE = 200  # enterprises whose past is computed again
DRAWS = 500
KINDS = ("single", ".gain", "late", ".by.")


@dataclass(frozen=True)
class Examined:
    """Figures by ``part/name``, what each is about, and the segments behind them."""

    figures: dict[str, float] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    segments: dict[str, list[Segment]] = field(default_factory=dict)


def examine(
    matrix: Matrix,
    recipe: Recipe,
    training: TrainingSet,
    model: CreditModel,
    parts: list[str],
    champion: CreditModel | None = None,
    everything: bool = False,
) -> Examined:
    """Examine a model on the parts that judge it, as far as a gate of the recipe asks (or ``everything``).

    A champion that lacks an input of these rows is not compared.
    """
    found = Examined()
    asked = {kind for kind in KINDS if everything or any(kind in gate.metric for gate in recipe.gates)}
    if "single" in asked:
        _single(found, training, recipe, model)
    for part in parts:
        rows = training.part(part)
        if champion is not None and ".gain" in asked and set(champion.names) <= set(rows.columns):
            _against(found, part, rows, model, champion)
        if recipe.split.kind == "time" and "late" in asked:
            _late(found, part, matrix, rows, model)
        rules = matrix.catalogue.rules.settings.segments
        if rules and ".by." in asked:
            values = segment_values(matrix.records, rules, rows)
            _segments(found, part, judge_segments(values, rows["label"].to_numpy(int), model.pd(rows)))
    return found


def _single(found: Examined, training: TrainingSet, recipe: Recipe, model: CreditModel) -> None:
    rows = training.part(*recipe.split.train)
    y = rows["label"].to_numpy(int)
    best, which = 0.5, "none"
    for name in model.names:
        if name in model.encoder.categories:
            continue
        values = rows[name].to_numpy(float)
        values = np.where(np.isnan(values), np.nanmin(values, initial=0.0) - 1.0, values)
        auc = roc_auc(y, values)
        if max(auc, 1 - auc) > best:
            best, which = max(auc, 1 - auc), name
    found.figures["train/single_indicator_auc"] = best
    found.about["train/single_indicator_auc"] = f"indicator {which}"


def _against(
    found: Examined, part: str, rows: pd.DataFrame, model: CreditModel, champion: CreditModel
) -> None:
    y, ours, theirs = rows["label"].to_numpy(int), model.pd(rows), champion.pd(rows)
    gain = roc_auc(y, ours) - roc_auc(y, theirs)
    draws = _paired(y, ours, theirs, rows["subject"].to_numpy(object))
    key = f"{part}/roc_auc.gain"
    found.figures[key] = gain
    found.figures[f"{key}.low"] = float(np.quantile(draws, 0.025)) if len(draws) else gain
    found.figures[f"{key}.high"] = float(np.quantile(draws, 0.975)) if len(draws) else gain
    found.about[key] = found.about[f"{key}.low"] = f"against the champion {champion.model_id}"


def _paired(
    y: npt.NDArray[np.int64],
    ours: npt.NDArray[np.float64],
    theirs: npt.NDArray[np.float64],
    subjects: npt.NDArray[np.object_],
) -> npt.NDArray[np.float64]:
    """Draw enterprises with replacement; both models are judged on the same draw."""
    whose = subjects.astype(str)
    gains = auc_draws(y, ours, whose, DRAWS) - auc_draws(y, theirs, whose, DRAWS)
    return np.asarray(gains[~np.isnan(gains)])


def _late(found: Examined, part: str, matrix: Matrix, rows: pd.DataFrame, model: CreditModel) -> None:
    """Compute a sample again from a pool in which nothing received after t stands, as if it were t."""
    t: date = pd.Timestamp(str(rows["as_of"].min())).date()
    here = rows[rows["as_of"] == rows["as_of"].min()]
    sample = here.sample(min(SAMPLE, len(here)), random_state=0).sort_values("subject", ignore_index=True)
    pool = View(matrix.records.pool, only=lambda _, table: table.received_at <= moment(t))
    then = Matrix(matrix.catalogue, Records(pool), type(matrix.graph)(pool))
    told = then.build(sample["subject"].tolist(), t, list(model.names)).to_pandas()
    told = told.set_index("subject").loc[sample["subject"]].reset_index()
    change = np.abs(model.pd(told) - model.pd(sample))
    key = f"{part}/late_knowledge"
    found.figures[key] = float(change.max())
    moved = [n for n in model.names if not told[n].astype(object).where(told[n].notna(), None).equals(
        sample[n].astype(object).where(sample[n].notna(), None))]  # fmt: skip
    found.about[key] = f"indicators that knew of what came after {t}: {', '.join(moved) or 'none'}"


def _segments(found: Examined, part: str, segments: list[Segment]) -> None:
    found.segments[part] = segments
    for by in dict.fromkeys(s.by for s in segments):
        judged = [s for s in segments if s.by == by and s.enough]
        if not judged:
            continue
        worst = min(judged, key=lambda s: s.auc)
        found.figures[f"{part}/roc_auc.by.{by}"] = worst.auc
        found.about[f"{part}/roc_auc.by.{by}"] = f"{by} {worst.value}: {worst.bad} bad of {worst.n}"
        off = max(judged, key=lambda s: abs(s.z))
        found.figures[f"{part}/calibration.by.{by}"] = abs(off.z)
        found.about[f"{part}/calibration.by.{by}"] = (
            f"{by} {off.value}: observed {off.rate:.2%}, foreseen {off.foreseen:.2%}"
        )
