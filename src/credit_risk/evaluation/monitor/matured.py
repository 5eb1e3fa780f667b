"""A month whose outcome is known: did the ranking hold, and is every grade still right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit_risk.evaluation.bootstrap import Interval, judge
from credit_risk.evaluation.calibrated import GradeTest, Overall, grade_tests, overall
from credit_risk.evaluation.monitor.drift import ALPHA, holm
from credit_risk.models.model import CreditModel

__all__ = ["Matured", "matured"]


@dataclass(frozen=True)
class Matured:
    """One month with labels. ``alarms`` names what fails after Holm's correction over grades and the overall test."""

    as_of: str
    n: int
    bad: int
    metrics: dict[str, Interval]
    grades: list[GradeTest]
    overall: Overall
    alarms: list[str]


def matured(rows: pd.DataFrame, model: CreditModel, auc_floor: float | None = None) -> Matured:
    """Judge the model on ``rows`` of one as-of day (one row an enterprise, ``label`` known).

    ``auc_floor`` is the model's own at validation: an alarm if the whole interval now lies below it.
    """
    y, pds = rows["label"].to_numpy(np.int64), model.pd(rows)
    grades = model.scale.grade(pds)
    tests = grade_tests(grades, y, pds, model.scale.grades)
    whole = overall(grades, y, pds)
    metrics = judge(y, pds, clusters=rows["subject"].to_numpy(object), threshold=model.threshold, draws=500)
    adjusted = holm([*(t.binomial for t in tests), whole.spiegelhalter_p])
    named = [f"grade {t.grade}" for t in tests] + ["calibration of all"]
    alarms = [name for name, p in zip(named, adjusted, strict=True) if p < ALPHA]
    if auc_floor is not None and metrics["roc_auc"].high < auc_floor:
        alarms.append("roc_auc")
    return Matured(str(rows["as_of"].iloc[0]), len(rows), int(y.sum()), metrics, tests, whole, alarms)
