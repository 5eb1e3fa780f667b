"""Pictures of explanations: how points make a score, how the PD went and what happened, how reasons drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter
from matplotlib.ticker import PercentFormatter

from credit_risk.evaluation.report.drawing import BAD, GOOD, GRID, INK, MUTED, svg

__all__ = ["drift", "timeline", "waterfall"]

SHOWN, LETTERS = 6, 15
Words = Mapping[str, str]


def waterfall(row: Mapping[str, Any]) -> str:
    """Return SVG of the way from the average start to the score of one told row, reason by reason.

    The bars add up to the shown score; what is not told as a reason stands in the bar of the others.
    """
    steps = [(r["title"]["zh"], float(r["points"])) for r in row["reasons"]]
    steps.append(("其他指标合计", float(row["other_points"])))
    edges = np.cumsum([row["base_points"], *(points for _, points in steps)])
    labels = ["平均起点", *(title for title, _ in steps), "本企业分数"]

    def paint(axes: Axes) -> None:
        axes.barh(0, edges[0] - (low := _floor(edges)), left=low, color=MUTED)
        for place, ((_, points), (start, end)) in enumerate(zip(steps, pairwise(edges), strict=True), 1):
            colour = GOOD if points >= 0 else BAD
            axes.barh(place, end - start, left=start, color=colour)
            axes.text(max(start, end), place, f" {points:+.1f}", va="center", fontsize=9, color=INK)
            axes.plot([end, end], [place, place + 1], color=MUTED, linewidth=0.8)
        last = len(labels) - 1
        axes.barh(last, edges[-1] - low, left=low, color=INK)
        axes.text(edges[-1], last, f" {row['shown_score']:.1f}", va="center", fontsize=9, color=INK)
        axes.text(edges[0], 0, f" {edges[0]:.1f}", va="center", fontsize=9, color=INK)
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlim(low, edges.max() + 0.14 * (edges.max() - low))
        axes.set_xlabel("分数（越高信用越好）")
        axes.grid(axis="y", visible=False)
        axes.set_title(f"{row['subject']}　{row['as_of']:%Y-%m-%d}　{row['grade']}级", fontsize=11)

    return svg(paint, 7.2, 0.42 * len(labels) + 1.2)


def timeline(subject: str, history: pd.DataFrame, events: Sequence[tuple[date, str]]) -> str:
    """Return SVG of the PD at every stored date with the facts that happened in between.

    Parameters
    ----------
    history
        ``as_of`` and ``pd``, in time order.
    events
        Day and title of adverse facts; those of the same kind and month are drawn as one mark with their number.

    """
    marks = _by_month(events)

    def paint(axes: Axes) -> None:
        axes.plot(history["as_of"], history["pd"], color=INK, marker="o", markersize=5)
        for when, value in zip(history["as_of"], history["pd"], strict=True):
            axes.annotate(
                f"{value:.1%}", (when, value), (0, 7), textcoords="offset points", ha="center", fontsize=9
            )
        top = min(1.0, 1.25 * float(history["pd"].max())) or 1.0
        kinds = list(dict.fromkeys(title for _, title, _ in marks))
        for month, title, number in marks:
            axes.axvline(_when(month), color=GRID, linewidth=0.8, zorder=0)
            height = -top * (0.12 + 0.11 * kinds.index(title))
            axes.scatter([_when(month)], [height], color=BAD, s=22, marker="s", clip_on=False)
            if number > 1:
                axes.annotate(
                    f"×{number}", (_when(month), height), (5, -3), textcoords="offset points", fontsize=8
                )
        axes.set_ylim(-top * (0.12 + 0.11 * max(len(kinds), 1)), top)
        axes.set_yticks(
            [*(-top * (0.12 + 0.11 * i) for i in range(len(kinds))), 0.0, top / 2, top],
            [*kinds, "0%", f"{top / 2:.1%}", f"{top:.1%}"],
        )
        axes.xaxis.set_major_locator(AutoDateLocator(maxticks=8))
        axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
        axes.grid(visible=False)
        axes.axhline(0, color=MUTED, linewidth=0.8)
        axes.set_title(f"{subject}　十二个月违约概率（方块：期间发生的不利事实）", fontsize=11)

    return svg(paint, 7.6, 4.2)


def drift(means: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Return SVG of how much each group of reasons moves scores, date by date.

    Parameters
    ----------
    means
        Mean absolute points, one row a date, one column a node of the indicator tree.
    titles
        Name of each node.

    """
    strongest = means.mean().sort_values(ascending=False).index[:SHOWN]
    shares = means.div(means.sum(axis=1), axis=0)
    shades = ["#1f6f9f", "#b8400e", "#5a8f29", "#8a5fb0", "#c29a1d", "#3a3f47"]

    def paint(axes: Axes) -> None:
        at = np.arange(len(shares))
        top = float(shares[strongest].max().max()) * 1.15
        heights = _apart([float(shares[name].iloc[-1]) for name in strongest], top / 18)
        for name, colour, height in zip(strongest, shades, heights, strict=False):
            axes.plot(at, shares[name], marker="o", markersize=4, color=colour)
            axes.text(
                at[-1] + 0.03 * len(at), height, titles[name][:LETTERS], va="center", color=colour, fontsize=9
            )
        axes.set_xticks(at, [f"{when:%Y-%m-%d}" for when in pd.to_datetime(shares.index)])
        axes.set_xlim(-0.15, max(len(shares) - 1, 1) * 1.35)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_ylim(0, top)
        axes.set_title("各类理由在全部分数变动中所占的份额", fontsize=11)

    return svg(paint, 7.2, 3.9)


def _floor(edges: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(edges.min() - 0.25 * max(edges.max() - edges.min(), 10.0))


def _apart(heights: Sequence[float], least: float) -> list[float]:
    """Return heights moved apart, so that labels do not lie on each other; their order stays."""
    placed = dict[int, float]()
    last = float("-inf")
    for place in np.argsort(heights, kind="stable").tolist():
        last = placed[place] = max(heights[place], last + least)
    return [placed[place] for place in range(len(heights))]


def _by_month(events: Sequence[tuple[date, str]]) -> list[tuple[date, str, int]]:
    counted: dict[tuple[date, str], int] = {}
    for day, title in sorted(events):
        key = (day.replace(day=15), title)
        counted[key] = counted.get(key, 0) + 1
    return [(month, title, number) for (month, title), number in counted.items()]


def _when(day: date) -> Any:
    return datetime(day.year, day.month, day.day)
