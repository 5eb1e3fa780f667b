"""Calibration as a table: every grade's observed rate against its PD, and the tests over all rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from credit_risk.evaluation.calibrated import grade_tests, once, overall
from credit_risk.evaluation.monitor.drift import holm
from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.models.model import CreditModel

__all__ = ["calibration_tables"]

NOTE: Words = {
    "zh": "每家企业抽取一个时点取一行（行间独立）；p 值经 Holm 校正，低于 0.05 标记。",
    "en": "One row an enterprise at a date drawn for it; p-values after Holm's correction, marked below 0.05.",
}


def calibration_tables(model: CreditModel, rows: pd.DataFrame) -> list[PlainTable]:
    """Return the tests per grade and over all of the rows of one part."""
    kept = rows.iloc[once(rows["subject"], rows["as_of"])]
    y, pds = kept["label"].to_numpy(np.int64), model.pd(kept)
    grades = model.scale.grade(pds)
    tests = grade_tests(grades, y, pds, model.scale.grades)
    adjusted = holm([t.binomial for t in tests])
    cells = [
        [t.grade, f"{t.n:,}", f"{t.bad:,}", f"{t.pd:.2%}", f"{t.rate:.2%}", f"[{t.low:.2%}, {t.high:.2%}]",
         f"{p:.3f}", f"{t.jeffreys:.3f}", "在区间内 inside" if t.inside else "区间外 outside"]
        for t, p in zip(tests, adjusted, strict=True)
    ]  # fmt: skip
    columns: list[Words] = [
        {"zh": "等级", "en": "grade"}, {"zh": "企业", "en": "n"}, {"zh": "坏", "en": "bad"},
        {"zh": "预测", "en": "mean PD"}, {"zh": "实际", "en": "observed"}, {"zh": "95% 区间", "en": "Jeffreys band"},
        {"zh": "二项检验 p", "en": "binomial p"}, {"zh": "Jeffreys p", "en": "one-sided"},
        {"zh": "判断", "en": "verdict"},
    ]  # fmt: skip
    marked = [i for i, p in enumerate(adjusted) if p < 0.05]
    whole = overall(grades, y, pds)
    tests_of_all = [
        ["Hosmer-Lemeshow", f"{whole.hosmer_lemeshow:.2f}", f"{whole.hosmer_lemeshow_p:.3f}"],
        ["Spiegelhalter z", f"{whole.spiegelhalter:.2f}", f"{whole.spiegelhalter_p:.3f}"],
        ["总体 mean PD / observed", f"{whole.pd:.2%} / {whole.rate:.2%}", ""],
    ]
    both: list[Words] = [
        {"zh": "检验", "en": "test"},
        {"zh": "统计量", "en": "statistic"},
        {"zh": "p 值", "en": "p"},
    ]
    return [
        PlainTable(
            "calibration", {"zh": "各等级校准", "en": "Calibration by grade"}, columns, cells, NOTE, marked
        ),
        PlainTable("overall", {"zh": "总体校准", "en": "Calibration of all"}, both, tests_of_all),
    ]
