"""The figures of one part, each with what it says in words for who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from credit_risk.book.scale import GradeBand
from credit_risk.evaluation.metrics import ks, roc_auc
from credit_risk.evaluation.report.content import Part, Words
from credit_risk.evaluation.report.curves import Rates, by_bin, by_grade, roc, spread
from credit_risk.evaluation.report.drawing import BAD, GOOD, GRID, INK, MUTED, Drawn, draw
from credit_risk.models.calibration import log_odds

__all__ = ["Picture", "pictures"]

Vector = npt.NDArray[np.float64]
BARS = 30
TICKS = (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 0.9)


@dataclass(frozen=True)
class Picture:
    """A drawn figure with its title and its content in words (``alt``)."""

    title: Words
    alt: Words
    drawn: Drawn
    wide: bool = False


def pictures(part: Part, bands: Sequence[GradeBand]) -> list[Picture]:
    """Return the figures that the part's arrays allow: no ranking where one class is missing."""
    if part.y is None or part.pd is None or not part.n:
        return []
    y, pd = part.y.astype(float), part.pd
    found = [_calibration(y, pd)]
    if 0 < y.sum() < len(y):
        found = [_roc(y, pd), _ks(y, pd), *found, _scores(y, pd)]
    if bands:
        found.append(_grades(y, pd, bands))
    return found


def _roc(y: Vector, pd: Vector) -> Picture:
    good, bad = roc(y, pd)

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        axes.plot(good, bad, color=GOOD)
        axes.fill_between(good, bad, good, color=GOOD, alpha=0.12, linewidth=0)
        axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="误报率 false alarms", ylabel="命中率 hits")
        _percent(axes, "xy")

    tenth = float(np.interp(0.1, good, bad))
    return Picture(
        {"zh": "ROC 曲线", "en": "ROC curve"},
        {
            "zh": f"AUC 为 {roc_auc(y, pd):.3f}；误报 10% 的好企业时，命中 {tenth:.0%} 的坏企业。",
            "en": f"AUC {roc_auc(y, pd):.3f}; flagging 10% of good catches {tenth:.0%} of bad.",
        },
        draw(paint),
    )


def _ks(y: Vector, pd: Vector) -> Picture:
    values, good, bad, widest = spread(y, pd)
    at = float(values[widest])

    def paint(axes: Axes) -> None:
        axes.step(values, good, where="post", color=GOOD, label="好 good")
        axes.step(values, bad, where="post", color=BAD, linestyle=(0, (5, 1.5)), label="坏 bad")
        axes.plot([at, at], [bad[widest], good[widest]], color=INK, linewidth=1.2, marker="_",
                  label=f"KS {ks(y, pd):.3f}")  # fmt: skip
        axes.set(xlim=(0, _top(pd)), ylim=(0, 1.01), xlabel="违约概率 PD", ylabel="累计占比 share")
        _percent(axes, "xy")
        axes.legend(loc="lower right")

    return Picture(
        {"zh": "KS 曲线", "en": "KS curve"},
        {
            "zh": f"好坏两组的累计分布在 PD 为 {at:.1%} 处相距最远，KS 为 {ks(y, pd):.3f}。",
            "en": f"Good and bad are furthest apart at a PD of {at:.1%}: KS {ks(y, pd):.3f}.",
        },
        draw(paint),
    )


def _calibration(y: Vector, pd: Vector) -> Picture:
    rates = by_bin(y, pd)
    limit = float(max(rates.high.max(), rates.foreseen.max())) * 1.05

    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=MUTED, linestyle=(0, (4, 3)), linewidth=1)
        axes.errorbar(
            rates.foreseen, rates.observed, yerr=_arms(rates), fmt="o", color=GOOD, markersize=5,
            elinewidth=1.2, capsize=3,
        )  # fmt: skip
        axes.set(xlim=(0, limit), ylim=(0, limit))
        axes.set(xlabel="预测 foreseen", ylabel="实际 observed")
        _percent(axes, "xy")

    inside = int(((rates.low <= rates.foreseen) & (rates.foreseen <= rates.high)).sum())
    bins = len(rates.n)
    return Picture(
        {"zh": "校准", "en": "Calibration"},
        {
            "zh": f"{bins} 个等量分组的预测概率与实际坏样本占比，竖线为 95% 区间；"
            f"{inside} 组的预测落在区间内。虚线表示完全一致。",
            "en": f"Foreseen and observed bad rate, {bins} bins of equal count, 95% intervals; "
            f"{inside} hold the foreseen rate. Dashed: perfect agreement.",
        },
        draw(paint),
    )


def _scores(y: Vector, pd: Vector) -> Picture:
    odds = log_odds(pd)
    edges = np.linspace(odds.min() - 0.01, odds.max() + 0.01, BARS + 1)

    def paint(axes: Axes) -> None:
        for kind, colour, label, line in ((0, GOOD, "好 good", "-"), (1, BAD, "坏 bad", "--")):
            mine = odds[y == kind]
            share = np.histogram(mine, edges)[0] / len(mine)
            axes.stairs(share, edges, color=colour, fill=True, alpha=0.18)
            axes.stairs(share, edges, color=colour, label=label, linewidth=1.8, linestyle=line)
        ticks = log_odds(np.array(TICKS))
        axes.set_xticks(ticks, [f"{p * 100:g}%" for p in TICKS])
        axes.set_xlim(edges[0], edges[-1])
        axes.set(xlabel="违约概率 PD（对数几率刻度 log-odds）", ylabel="占比 share")
        _percent(axes, "y")
        axes.legend(loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0))

    middle = [float(np.median(pd[y == kind])) for kind in (0, 1)]
    return Picture(
        {"zh": "好坏分布", "en": "Distribution of good and bad"},
        {
            "zh": f"好企业 PD 的中位数为 {middle[0]:.1%}，坏企业为 {middle[1]:.1%}。",
            "en": f"Median PD: good {middle[0]:.1%}, bad {middle[1]:.1%}.",
        },
        draw(paint),
    )


def _grades(y: Vector, pd: Vector, bands: Sequence[GradeBand]) -> Picture:
    rates = by_grade(y, pd, bands)
    names, place = [b.grade for b in bands], np.arange(len(bands))
    seen = rates.n > 0

    def paint(axes: Axes) -> None:
        axes.bar(place, rates.n / rates.n.sum(), color=GRID, edgecolor=MUTED, linewidth=0.8,
                 label="企业占比 share")  # fmt: skip
        axes.errorbar(
            place[seen], rates.observed[seen], yerr=_arms(rates)[:, seen], fmt="o", color=BAD,
            markersize=5, elinewidth=1.2, capsize=3, label="实际坏样本占比 observed bad rate",
        )  # fmt: skip
        axes.plot(place[seen], rates.foreseen[seen], linestyle="none", marker="_", color=INK,
                  markersize=12, markeredgewidth=2, label="预测 foreseen")  # fmt: skip
        axes.set_xticks(place, names)
        axes.grid(axis="x", visible=False)
        axes.set(ylim=(0, None), xlabel="等级 grade", ylabel="占比 share")
        _percent(axes, "y")
        axes.legend(loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0))

    told = [f"{names[i]} {rates.n[i] / rates.n.sum():.1%}/{rates.observed[i]:.1%}" for i in place[seen]]
    return Picture(
        {"zh": "各等级占比与实际坏样本占比", "en": "Share and observed bad rate by grade"},
        {
            "zh": "各等级的企业占比/实际坏样本占比：" + "；".join(told) + "。",
            "en": "Share of enterprises / observed bad rate by grade: " + "; ".join(told) + ".",
        },
        draw(paint),
        wide=True,
    )


def _percent(axes: Axes, which: str) -> None:
    for name in which:
        axis = getattr(axes, f"{name}axis")
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.3g}%"))


def _top(pd: Vector) -> float:
    """Return where to cut the axis of pd: a long thin tail would press everything to the left."""
    return float(min(1.0, np.quantile(pd, 0.995) * 1.1 + 1e-6))


def _arms(rates: Rates) -> Vector:
    """Return the distances from the observed rate down and up to its bounds, shape (2, groups)."""
    arms = np.vstack([rates.observed - rates.low, rates.high - rates.observed])
    return np.asarray(np.maximum(np.nan_to_num(arms), 0.0))
