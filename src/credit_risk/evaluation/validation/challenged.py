"""What a champion has to beat: simple models, the rules of the book alone, and the grade of one horizon before.

Everything ranks the same rows. The scorecard and the logistic baseline are fitted on the champion's training rows;
rules alone add up the weights of the rule signals that hold at t; the last grade is what the same model says of what
was known one horizon before t, so it shows what a new grade is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.bootstrap import auc_draws
from credit_risk.evaluation.challengers import fit_challenger
from credit_risk.evaluation.metrics import capture, roc_auc
from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.evaluation.segments import LEAST_BAD
from credit_risk.features import Matrix
from credit_risk.features.language import parse
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.model import CreditModel
from credit_risk.warnings.signals import met

__all__ = ["CHAMPION", "challenger_tables", "last_grades", "rankings", "rule_weights"]

Vector = npt.NDArray[np.float64]
CHAMPION = "本模型 the model"
DRAWS = 500
TITLES = {"scorecard": "评分卡 scorecard", "logistic": "逻辑回归 logistic"}


def rankings(
    matrix: Matrix,
    recipe: Recipe,
    training: TrainingSet,
    model: CreditModel,
    part: str,
    groups: object = None,
) -> dict[str, Vector]:
    """Return how each ranks the rows of a part, the higher the worse; the champion first."""
    rows = training.part(part)
    found = {CHAMPION: model.pd(rows)}
    for name, title in TITLES.items():
        fitted = fit_challenger(name, recipe, training, model, groups)
        found[title] = fitted.pd(model.encoder.matrix(rows))
    if recipe.split.kind == "time":
        found["上期等级 last grade"] = last_grades(matrix, recipe, model, rows)
        found["仅规则 rules only"] = rule_weights(matrix, rows)
    return found


def last_grades(matrix: Matrix, recipe: Recipe, model: CreditModel, rows: pd.DataFrame) -> Vector:
    """Return the rank of the grade that ``model`` gives one horizon before each row's t, 0 the best.

    Who was not registered then has no last grade and stands at the median.
    """

    def before(subjects: list[str], t: date) -> pd.Series:
        earlier = recipe.horizon.before(t)
        known = matrix.records.known(recipe.observations.subjects or "registration", earlier)
        there = set(known.select("subject").distinct().to_pandas()["subject"])
        table = matrix.build(subjects, earlier, list(model.names)).to_pandas()
        rank = pd.Series(model.scale.rank(model.pd(table)).astype(float), table["subject"])
        return rank.where(rank.index.isin(there))

    return _filled(_by_day(rows, before))


def rule_weights(matrix: Matrix, rows: pd.DataFrame) -> Vector:
    """Return the sum of the weights of the rule signals that hold of each row at its own t."""
    rules = matrix.catalogue.rules
    asked = {s.signal: s for s in rules.signals.values() if s.kind == "rule"}
    names = {code: parse(s.when).names for code, s in asked.items()}
    codes = [code for code, used in names.items() if used <= set(rules.indicators)]
    needed = sorted({name for code in codes for name in names[code]})
    weight = np.array([rules.settings.alerts.weight[asked[code].level] for code in codes])

    def held(subjects: list[str], t: date) -> pd.Series:
        table = matrix.build(subjects, t, needed).to_pandas()
        return pd.Series(met(rules, table, t, codes).to_numpy(float) @ weight, table["subject"])

    return np.asarray(_by_day(rows, held), dtype=np.float64)


def challenger_tables(
    ranked: Mapping[str, Vector], rows: pd.DataFrame, values: pd.DataFrame | None = None
) -> list[PlainTable]:
    """Return how all of them rank the rows, and segment by segment where ``values`` says who is in which."""
    y, who = rows["label"].to_numpy(np.int64), rows["subject"].to_numpy(object)
    drawn = {name: auc_draws(y, score, who, DRAWS) for name, score in ranked.items()}
    own = ranked[CHAMPION]
    cells = []
    for name, score in ranked.items():
        gain = f"{roc_auc(y, own) - roc_auc(y, score):+.3f} {_span(drawn[CHAMPION] - drawn[name], '+.3f')}"
        cells.append(
            [name, f"{roc_auc(y, score):.3f} {_span(drawn[name], '.3f')}", f"{capture(y, score):.1%}",
             "" if name == CHAMPION else gain]
        )  # fmt: skip
    columns: list[Words] = [
        {"zh": "方法", "en": "by"}, {"zh": "AUC（95% 区间）", "en": "AUC, 95 %"},
        {"zh": "最差一成捕获", "en": "worst-decile capture"}, {"zh": "本模型高出", "en": "gain of the model, 95 %"},
    ]  # fmt: skip
    note: Words = {
        "zh": "同一样本，按企业配对自助抽样。上期等级：同一模型一个预测期之前所给；仅规则：规则类信号按级别权重相加。",
        "en": "The same rows, bootstrap by enterprise, paired. Last grade: this model's, one horizon before.",
    }
    title: Words = {"zh": "挑战者", "en": "Challengers"}
    tables = [PlainTable("challengers", title, columns, cells, note)]
    return tables if values is None else [*tables, _by_segment(ranked, y, values)]


def _by_segment(ranked: Mapping[str, Vector], y: npt.NDArray[np.int64], values: pd.DataFrame) -> PlainTable:
    cells = []
    for by in values.columns:
        for value, count in values[by].value_counts().items():
            here = (values[by] == value).to_numpy()
            if LEAST_BAD <= y[here].sum() < count:
                aucs = [f"{roc_auc(y[here], score[here]):.3f}" for score in ranked.values()]
                cells.append([f"{by}: {value}", f"{y[here].sum():,}", *aucs])
    columns: list[Words] = [{"zh": "分组", "en": "segment"}, {"zh": "坏", "en": "bad"}]
    columns += [{"zh": name.split(" ", 1)[0], "en": name.split(" ", 1)[1]} for name in ranked]
    note: Words = {
        "zh": f"AUC；坏样本少于 {LEAST_BAD} 的分组不列。",
        "en": f"AUC; segments of fewer than {LEAST_BAD} bad are left out.",
    }
    title: Words = {"zh": "挑战者分组表现", "en": "Challengers by segment"}
    return PlainTable("challengers_by_segment", title, columns, cells, note)


def _by_day(rows: pd.DataFrame, told: Callable[[list[str], date], pd.Series]) -> pd.Series:
    found = pd.Series(np.nan, rows.index, dtype=float)
    for t, group in rows.groupby("as_of"):
        values = told(group["subject"].tolist(), pd.Timestamp(str(t)).date())
        found.loc[group.index] = values.loc[group["subject"]].to_numpy(float)
    return found


def _filled(rank: pd.Series) -> Vector:
    return np.asarray(rank.fillna(rank.median() if rank.notna().any() else 0.0), dtype=np.float64)


def _span(drawn: Vector, shape: str) -> str:
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return f"[{low:{shape}}, {high:{shape}}]"
