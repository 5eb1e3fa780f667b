"""The swap set: whom a challenger would put into another public class than the champion, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.policy import CLASSES
from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.explain.contributions import Explainer
from credit_risk.models.model import CreditModel

__all__ = ["swap_table"]

SHOWN = 30


def swap_table(
    rules: Rules, champion: CreditModel, model: CreditModel, rows: pd.DataFrame, most: int = SHOWN
) -> PlainTable:
    """Return the enterprises of ``rows`` (one row each) whose class differs, the widest moves first.

    ``why`` names the groups of the indicator tree whose points differ most between the two models.
    """
    ours, theirs = (m.scale.public_class(m.pd(rows)) for m in (model, champion))
    gap = np.array([CLASSES.index(a) - CLASSES.index(b) for a, b in zip(ours, theirs, strict=True)])
    swapped = np.flatnonzero(gap)
    pds = [m.pd(rows) for m in (champion, model)]
    order = sorted(
        swapped, key=lambda i: (-abs(gap[i]), -abs(pds[1][i] - pds[0][i]), rows["subject"].iloc[i])
    )
    shown = rows.iloc[order[:most]].reset_index(drop=True)
    why = _why(rules, champion, model, shown)
    cells = [
        [str(rows["subject"].iloc[i]), f"{theirs[i]} → {ours[i]}", f"{pds[0][i]:.2%} → {pds[1][i]:.2%}",
         _known(rows, i), reason]
        for i, reason in zip(order[:most], why, strict=True)
    ]  # fmt: skip
    columns: list[Words] = [
        {"zh": "企业", "en": "enterprise"}, {"zh": "公共等级", "en": "public class"}, {"zh": "违约概率", "en": "PD"},
        {"zh": "结果", "en": "outcome"}, {"zh": "差异来自", "en": "because of"},
    ]  # fmt: skip
    better, worse = int((gap < 0).sum()), int((gap > 0).sum())
    note: Words = {
        "zh": f"{champion.model_id} → {model.model_id}：{len(rows):,} 家中变好 {better:,}、变差 {worse:,}。",
        "en": f"of {len(rows):,}: {better:,} better, {worse:,} worse; {len(cells)} shown.",
    }
    return PlainTable("swaps", {"zh": "换入换出", "en": "Swap set"}, columns, cells, note)


def _known(rows: pd.DataFrame, i: Any) -> str:
    if "label" not in rows:
        return "–"
    return "坏 bad" if rows["label"].iloc[i] else "好 good"


def _why(rules: Rules, champion: CreditModel, model: CreditModel, rows: pd.DataFrame) -> list[str]:
    if not len(rows):
        return []
    one, other = (_grouped(rules, m, rows) for m in (champion, model))
    change = other.sub(one, fill_value=0.0)
    titles = {path: f"{node.title.zh} {node.title.en}" for path, node in rules.tree.items()}
    told = []
    for _, row in change.iterrows():
        top = row.reindex(row.abs().sort_values(ascending=False, kind="stable").index)[:2]
        told.append("; ".join(f"{titles[path]} {points:+.0f}" for path, points in top.items()))
    return told


def _grouped(rules: Rules, model: CreditModel, rows: pd.DataFrame) -> pd.DataFrame:
    points = pd.DataFrame(Explainer(model).explain(rows).points, columns=list(model.names))
    return points.T.groupby({n: rules.indicators[n].tree for n in model.names}).sum().T
