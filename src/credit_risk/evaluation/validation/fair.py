"""Segments with floors, and the gaps between them: is anybody treated worse than the facts warrant?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.evaluation.bootstrap import auc_draws
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.evaluation.segments import LEAST_BAD, NEW, Segment
from credit_risk.models.model import CreditModel

__all__ = ["segment_tables", "thin_table"]

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


def thin_table(rules: Rules, values: pd.DataFrame, rows: pd.DataFrame, model: CreditModel) -> PlainTable:
    """Return how the model does where little is known: new firms, and the lower half of the classes of data depth.

    ``values`` are the segments of the rows, of which ``age`` and ``depth`` are read where the book has them.
    """
    depths = list(rules.depths)
    lower = depths[len(depths) // 2 :]
    nothing = pd.Series("", index=values.index)
    new, thin = values.get("age", nothing) == NEW, values.get("depth", nothing).isin(lower)
    groups = {
        "新设不足九十天 under 90 days": new,
        f"资料较少 thin file ({lower[0]}–{lower[-1]})" if lower else "": thin & ~new,
        "其余 all others": ~thin & ~new,
    }
    cells = [[name, *_judged(rows[mask.to_numpy()], model)] for name, mask in groups.items() if name]
    columns: list[Words] = [
        {"zh": "企业", "en": "enterprises"}, {"zh": "观测", "en": "rows"}, {"zh": "坏", "en": "bad"},
        {"zh": "实际", "en": "observed"}, {"zh": "预测", "en": "foreseen"},
        {"zh": "AUC（95% 区间）", "en": "AUC, 95 %"},
    ]  # fmt: skip
    note: Words = {
        "zh": "新设企业只有登记、人员、住所与股东可看；单列以免资料少被当作信用差。",
        "en": "Of a new firm only registration, people, address and owners are known: told apart from the rest.",
    }
    title: Words = {"zh": "新设与资料较少的企业", "en": "New firms and thin files"}
    return PlainTable("thin", title, columns, cells, note)


def _judged(rows: pd.DataFrame, model: CreditModel) -> list[str]:
    y, bad = rows["label"].to_numpy(np.int64), int(rows["label"].sum())
    if not len(rows):
        return ["0", "0", "–", "–", "–"]
    pds = model.pd(rows)
    auc = f"坏样本少于 {LEAST_BAD} too few"
    if LEAST_BAD <= bad < len(rows):
        low, high = np.nanquantile(auc_draws(y, pds, rows["subject"], 500), (0.025, 0.975))
        auc = f"{roc_auc(y, pds):.3f} [{low:.3f}, {high:.3f}]"
    return [f"{len(rows):,}", f"{bad:,}", f"{y.mean():.2%}", f"{pds.mean():.2%}", auc]
