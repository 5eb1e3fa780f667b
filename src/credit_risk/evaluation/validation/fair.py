"""Segments with floors, and the gaps between them: is anybody treated worse than the facts warrant?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.evaluation.segments import LEAST_BAD, Segment
from credit_risk.models.model import CreditModel

__all__ = ["segment_tables"]

LARGE = 3.0  # standard errors


def segment_tables(
    segments: Sequence[Segment], floor: float, values: pd.DataFrame, rows: pd.DataFrame, model: CreditModel
) -> list[PlainTable]:
    """Return the segments of one part, those below the AUC ``floor`` or off by 3 s.e. marked, and the gaps."""
    cells, marked = [], []
    for i, s in enumerate(segments):
        below = s.enough and s.auc < floor
        if below or (s.enough and abs(s.z) > LARGE):
            marked.append(i)
        auc = f"{s.auc:.3f}" if s.enough else f"坏样本少于 {LEAST_BAD} too few"
        cells.append(
            [
                s.by,
                s.value,
                f"{s.n:,}",
                f"{s.bad:,}",
                f"{s.rate:.2%}",
                f"{s.foreseen:.2%}",
                f"{s.z:+.1f}",
                auc,
            ]
        )
    columns: list[Words] = [
        {"zh": "划分", "en": "by"}, {"zh": "分组", "en": "segment"}, {"zh": "观测", "en": "rows"},
        {"zh": "坏", "en": "bad"}, {"zh": "实际", "en": "observed"}, {"zh": "预测", "en": "foreseen"},
        {"zh": "差（标准误）", "en": "gap in s.e."}, {"zh": "AUC", "en": f"floor {floor:.2f}"},
    ]  # fmt: skip
    note: Words = {
        "zh": "分组只用于检验公平与稳健，不因此成为模型输入；同一企业的多行使标准误略偏小。",
        "en": "Segments serve judgement only; repeated rows of an enterprise make the errors a little small.",
    }
    return [
        PlainTable("segments", {"zh": "分组表现", "en": "Segments"}, columns, cells, note, marked),
        _gaps(segments, values, rows, model),
    ]


def _gaps(
    segments: Sequence[Segment], values: pd.DataFrame, rows: pd.DataFrame, model: CreditModel
) -> PlainTable:
    called = pd.Series(model.pd(rows) >= model.threshold, index=values.index)
    good = pd.Series(rows["label"].to_numpy() == 0, index=values.index)
    cells = []
    for by in values.columns:
        judged = [s for s in segments if s.by == by and s.enough]
        if len(judged) < 2:
            continue
        wrong = called[good].groupby(values.loc[good, by]).mean()
        wrong = wrong[[s.value for s in judged]]
        aucs = [s.auc for s in judged if not math.isnan(s.auc)]
        cells.append(
            [by, f"{max(aucs) - min(aucs):.3f}", f"{max(abs(s.gap) for s in judged):.2%}",
             f"{wrong.min():.2%} – {wrong.max():.2%}", f"{wrong.idxmin()} / {wrong.idxmax()}"]
        )  # fmt: skip
    columns: list[Words] = [
        {"zh": "划分", "en": "by"}, {"zh": "AUC 差距", "en": "AUC gap"},
        {"zh": "最大校准差", "en": "largest gap of rates"},
        {"zh": "好企业被误判率", "en": "good called bad"}, {"zh": "最低 / 最高", "en": "lowest / highest"},
    ]  # fmt: skip
    return PlainTable("fairness", {"zh": "公平性差距", "en": "Fairness gaps"}, columns, cells)
