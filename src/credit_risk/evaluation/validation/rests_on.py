"""What the model rests on: each department's records and the relations, left out in training, missing when scoring, or
shocked.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.recipe import Recipe
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.evaluation.report.content import PlainTable, Words
from credit_risk.features.training_set import TrainingSet
from credit_risk.models.encode import Encoder
from credit_risk.models.learner import fit_boosters, raw_scores
from credit_risk.models.model import CreditModel

__all__ = ["ablation_table", "sources_of", "stress_table"]

RELATIONS = "关联关系 relations"
SHOCK = 0.9


def sources_of(rules: Rules, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Return by department the indicators that read its records; those over relations stand apart, derived ones out."""
    found: dict[str, list[str]] = {}
    for name in names:
        rule = rules.indicators[name]
        if rule.over is not None or rule.tree.split("/")[0] == "relations":
            found.setdefault(RELATIONS, []).append(name)
        elif rule.from_:
            found.setdefault(rules.records[rule.from_].department, []).append(name)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def ablation_table(
    rules: Rules, model: CreditModel, training: TrainingSet, recipe: Recipe, part: str
) -> PlainTable:
    """Return the AUC of the recipe fitted anew without each source (one seed), against the same fit with all."""
    train, rows = training.part(*recipe.split.train), training.part(part)
    y = rows["label"].to_numpy(np.int64)
    whole = _auc_of(model, recipe, train, rows, list(model.names))
    cells = [["全部 all", f"{len(model.names)}", f"{whole:.3f}", ""]]
    for source, names in sources_of(rules, model.names).items():
        kept = [n for n in model.names if n not in names]
        if kept and 0 < y.sum() < len(y):
            auc = _auc_of(model, recipe, train, rows, kept)
            cells.append([f"去掉 without {source}", f"{len(names)}", f"{auc:.3f}", f"{auc - whole:+.3f}"])
    columns: list[Words] = [
        {"zh": "来源", "en": "source"}, {"zh": "指标数", "en": "indicators"}, {"zh": "AUC", "en": "AUC"},
        {"zh": "变化", "en": "change"},
    ]  # fmt: skip
    note: Words = {"zh": "重新训练，同一样本。", "en": "Fitted anew, judged on the same rows."}
    return PlainTable(
        "ablation", {"zh": "按来源与关联的消融", "en": "Ablation by source and graph"}, columns, cells, note
    )


def _auc_of(
    model: CreditModel, recipe: Recipe, train: pd.DataFrame, rows: pd.DataFrame, names: list[str]
) -> float:
    categories = [n for n in names if n in model.encoder.categories]
    encoder = Encoder.learn(train, names, categories)
    rule = recipe.learner.model_copy(update={"seeds": recipe.learner.seeds[:1]})
    monotone = [model.monotone[n] for n in names]
    fitted = fit_boosters(
        rule, encoder.matrix(train), train["label"].to_numpy(np.int64), names, categories, monotone
    )
    return roc_auc(rows["label"].to_numpy(np.int64), raw_scores(fitted, encoder.matrix(rows)))


def stress_table(rules: Rules, model: CreditModel, rows: pd.DataFrame) -> PlainTable:
    """Return what the model itself does when a source goes missing, or its indicators all turn adverse."""
    y, usual = rows["label"].to_numpy(np.int64), model.pd(rows)
    cells = []
    for source, names in sources_of(rules, model.names).items():
        gone = model.pd(rows.assign(**{n: _nothing(rows[n]) for n in names}))
        worse = model.pd(rows.assign(**{n: _adverse(rows[n], model.monotone[n]) for n in names}))
        cells.append(
            [source, f"{roc_auc(y, gone) - roc_auc(y, usual):+.3f}", f"{_moved(model, usual, gone):.1%}",
             f"{gone.mean() - usual.mean():+.2%}", f"{worse.mean() - usual.mean():+.2%}",
             f"{_moved(model, usual, worse):.1%}"]
        )  # fmt: skip
    columns: list[Words] = [
        {"zh": "来源", "en": "source"}, {"zh": "缺失：AUC 变化", "en": "missing: AUC"},
        {"zh": "公共等级变动", "en": "public class moves"}, {"zh": "平均 PD 变化", "en": "mean PD"},
        {"zh": "冲击：平均 PD 变化", "en": "shock: mean PD"}, {"zh": "公共等级变动", "en": "public class moves"},
    ]  # fmt: skip
    note: Words = {
        "zh": "缺失：该来源全部指标为空，不重新训练。冲击：该来源每项单调指标至少达到其最不利的十分之一处。",
        "en": "Missing: its indicators null, no refit. Shock: each monotone one at its adverse tenth at least.",
    }
    return PlainTable("stress", {"zh": "压力测试", "en": "Stress"}, columns, cells, note)


def _nothing(values: pd.Series) -> pd.Series:
    missing = None if values.dtype == object or not pd.api.types.is_numeric_dtype(values) else np.nan
    return pd.Series([missing] * len(values), index=values.index, dtype=values.dtype)


def _adverse(values: pd.Series, direction: int) -> pd.Series:
    if direction == 0 or not pd.api.types.is_numeric_dtype(values) or values.notna().sum() == 0:
        return values
    edge = float(values.quantile(SHOCK if direction > 0 else 1 - SHOCK))
    # what is not known stays so: a tree may hold the unknown for worse than the edge, and a shock must not help
    return values.clip(lower=edge) if direction > 0 else values.clip(upper=edge)


def _moved(model: CreditModel, one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    return float(np.mean(model.scale.public_class(one) != model.scale.public_class(other)))
