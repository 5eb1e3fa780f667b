"""Stability: the distribution of the score from training to judging, and the reasons from seed to seed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.metrics import psi, psi_bound
from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.explain.contributions import Explainer
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.learner import fit_boosters
from credit_risk.models.model import CreditModel

__all__ = ["reason_stability", "score_stability"]

TOP = 4
SEEDS = (1, 2, 3)


def score_stability(model: CreditModel, training: TrainingSet, recipe: Recipe, part: str) -> PlainTable:
    """Return the PSI of the PD on every as-of day of a part against the last training day, with its bound."""
    train = training.part(*recipe.split.train)
    before = model.pd(train[train["as_of"] == train["as_of"].max()])
    cells, marked = [], []
    for i, (day, rows) in enumerate(training.part(part).groupby("as_of")):
        now = model.pd(rows)
        value, bound = psi(before, now), psi_bound(len(before), len(now))
        if value > bound and value > 0.10:
            marked.append(i)
        shares = [f"{value:.4f}", f"{bound:.4f}", f"{before.mean():.2%}", f"{now.mean():.2%}"]
        cells.append([str(day)[:10], f"{len(now):,}", *shares])
    columns: list[Words] = [
        {"zh": "日期", "en": "day"}, {"zh": "企业", "en": "n"}, {"zh": "PSI", "en": "PSI"},
        {"zh": "偶然上限（95%）", "en": "chance, 95 %"}, {"zh": "训练平均", "en": "mean PD then"},
        {"zh": "当日平均", "en": "mean PD now"},
    ]  # fmt: skip
    return PlainTable(
        "stability", {"zh": "分数稳定性", "en": "Stability of the score"}, columns, cells, None, marked
    )


def reason_stability(
    rules: Rules, model: CreditModel, training: TrainingSet, recipe: Recipe, part: str
) -> PlainTable:
    """Return how many of the top reasons of the riskiest tenth survive another seed, single and grouped by the tree."""
    train, rows = training.part(*recipe.split.train), training.part(part)
    risky = rows[model.pd(rows) >= np.quantile(model.pd(rows), 0.9)]
    matrix = model.encoder.matrix(train)
    labels = train["label"].to_numpy(np.int64)
    categories = list(model.encoder.categories)
    monotone = [model.monotone[n] for n in model.names]
    points: list[pd.DataFrame] = []
    for seed in SEEDS:
        rule = recipe.learner.model_copy(update={"seeds": [seed]})
        other = replace(model, boosters=fit_boosters(rule, matrix, labels, model.names, categories, monotone))
        points.append(pd.DataFrame(Explainer(other).explain(risky).points, columns=list(model.names)))
    trees = {name: rules.indicators[name].tree for name in model.names}
    grouped = [p.T.groupby(trees).sum().T for p in points]
    cells = [
        [title, f"{np.mean([_kept(a.to_numpy(), b.to_numpy()) for a, b in combinations(kind, 2)]):.1%}"]
        for title, kind in (
            ("单个指标 single indicators", points),
            ("按指标树分组 grouped by the tree", grouped),
        )
    ]
    columns: list[Words] = [
        {"zh": "理由", "en": "reasons"},
        {"zh": f"前 {TOP} 条保留", "en": f"of the top {TOP} kept"},
    ]
    note: Words = {
        "zh": f"最高风险十分之一的 {len(risky):,} 行，{len(SEEDS)} 个随机种子两两比较，训练数据相同。",
        "en": f"{len(risky):,} rows of the riskiest tenth, {len(SEEDS)} seeds in pairs, the same training data.",
    }
    return PlainTable("reasons", {"zh": "理由稳定性", "en": "Stability of reasons"}, columns, cells, note)


def _kept(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Return the mean share of one's strongest adverse reasons that are among the other's."""
    most: int = min(TOP, one.shape[1])
    top = [np.argsort(points, axis=1, kind="stable")[:, :most] for points in (one, other)]
    shared = [len(set(a) & set(b)) for a, b in zip(*top, strict=True)]
    return float(np.mean(shared)) / most
