"""How the report calls things: metrics with their meaning, levels, effects and parts."""

from __future__ import annotations

from dataclasses import dataclass

from credit_risk.evaluation.report.content import Words

__all__ = ["EFFECTS", "KEY_FIGURES", "LEVELS", "METRICS", "Metric", "metric", "part_title"]


@dataclass(frozen=True)
class Metric:
    """A metric's title, which way is better (``up``, ``down``), and its meaning in a sentence."""

    title: Words
    better: str
    means: Words


def _metric(zh: str, en: str, better: str, means_zh: str, means_en: str) -> Metric:
    return Metric({"zh": zh, "en": en}, better, {"zh": means_zh, "en": means_en})


METRICS = {
    "roc_auc": _metric(
        "排序能力 AUC", "ROC AUC", "up",
        "随机一家坏企业排在随机一家好企业之前的概率，0.5 相当于随机。",
        "Chance that a bad enterprise is ranked above a good one; 0.5 is a coin.",
    ),
    "pr_auc": _metric(
        "平均精确率 AP", "Average precision", "up",
        "从高到低逐一核查时的平均命中率；随机水平等于坏样本占比。",
        "Mean hit rate when checking from the top; chance level is the bad share.",
    ),
    "ks": _metric(
        "区分度 KS", "Kolmogorov-Smirnov", "up",
        "好坏两组累计分布的最大距离。",
        "Largest distance between the distributions of bad and good.",
    ),
    "macro_f1": _metric(
        "宏平均 F1", "Macro F1", "up",
        "在所选阈值上，好坏两类 F1 的平均。",
        "Mean F1 of bad and good at the chosen threshold.",
    ),
    "brier": _metric(
        "布赖尔分数", "Brier score", "down",
        "预测概率与结果之差的平方的平均。",
        "Mean squared distance of the probability from what happened.",
    ),
    "log_loss": _metric(
        "对数损失", "Log loss", "down",
        "对实际结果所给概率的负对数的平均。",
        "Mean of minus the log-probability given to what happened.",
    ),
    "ece": _metric(
        "校准误差 ECE", "Calibration error", "down",
        "十个等量分组中，预测概率与实际坏样本占比之差的平均。",
        "Mean distance of foreseen from observed rate in ten bins of equal count.",
    ),
    "brier_population": _metric(
        "布赖尔分数（总体加权）", "Brier score, population", "down",
        "加权到总体坏样本占比后的布赖尔分数。",
        "Brier score weighted to the population's bad share.",
    ),
    "log_loss_population": _metric(
        "对数损失（总体加权）", "Log loss, population", "down",
        "加权到总体坏样本占比后的对数损失。",
        "Log loss weighted to the population's bad share.",
    ),
    "ece_population": _metric(
        "校准误差（总体加权）", "Calibration error, population", "down",
        "加权到总体坏样本占比后的校准误差。",
        "Calibration error weighted to the population's bad share.",
    ),
}  # fmt: skip

KEY_FIGURES = ("roc_auc", "ks", "pr_auc", "ece")

LEVELS: dict[str, Words] = {
    "red": {"zh": "红色", "en": "red"},
    "orange": {"zh": "橙色", "en": "orange"},
    "yellow": {"zh": "黄色", "en": "yellow"},
    "blue": {"zh": "蓝色", "en": "blue"},
}

EFFECTS: dict[str, Words] = {
    "raises_risk": {"zh": "推高风险", "en": "raises risk"},
    "lowers_risk": {"zh": "降低风险", "en": "lowers risk"},
}

PARTS: dict[str, Words] = {
    "train": {"zh": "训练集", "en": "training"},
    "validation": {"zh": "验证集", "en": "validation"},
    "test": {"zh": "测试集", "en": "test"},
}


def metric(name: str) -> Metric:
    """Return the words of a metric; an unknown one goes by its own name."""
    return METRICS.get(name) or _metric(name, name, "", "", "")


def part_title(name: str) -> Words:
    """Return the words of a part; an unknown one goes by its own name."""
    return PARTS.get(name) or {"zh": name, "en": name}
