"""Pictures of the console as SVG, drawn by matplotlib in the house's colours."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, MonthLocator

from credit_risk.evaluation.report.drawing import BAD, GOOD, GRID, INK, MUTED, svg

__all__ = ["dimensions", "timeline"]

_drawing = threading.Lock()  # matplotlib's settings are one for the whole process


def timeline(history: pd.DataFrame, events: Sequence[tuple[pd.Timestamp, str]], title: str) -> str:
    """Return the PD over time (``as_of``, ``pd``), with adverse events as marks on the axis."""

    def paint(axes: Axes) -> None:
        axes.plot(history["as_of"], history["pd"], color=BAD, marker="o", markersize=5, clip_on=False)
        for position, (row_at, pd_) in enumerate(zip(history["as_of"], history["pd"], strict=True)):
            if position in (0, len(history) - 1):
                axes.annotate(f"{pd_:.1%}", (row_at, pd_), xytext=(0, 8), textcoords="offset points",
                              ha="center", color=INK, fontsize=9)  # fmt: skip
        top = min(1.08, max(0.05, float(history["pd"].max() if len(history) else 0) * 1.35))
        axes.set_ylim(0, top)
        if events:
            axes.plot(
                [at for at, _ in events], [0.0] * len(events), "|", color=INK, markersize=14, clip_on=False
            )
        axes.yaxis.set_major_formatter(lambda v, _: f"{v:.0%}")
        axes.xaxis.set_major_locator(MonthLocator(interval=3))
        axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))
        axes.set_title(title, loc="left", fontsize=10, color=MUTED)

    with _drawing:
        return svg(paint, width=6.4, height=2.5)


def dimensions(names: Sequence[str], shares: Sequence[float], title: str) -> str:
    """Return a radar: per dimension the share of peers that do worse (1 is best), the peers' middle beside it."""
    angles = np.linspace(0, 2 * np.pi, len(names), endpoint=False)

    def paint(axes: Axes) -> None:
        axes.set_aspect("equal")
        axes.axis("off")
        for ring in (0.25, 0.5, 0.75, 1.0):
            line = _closed(angles, np.full(len(names), ring))
            axes.plot(
                *line,
                color=MUTED if ring == 0.5 else GRID,
                linewidth=1.0,
                linestyle="--" if ring == 0.5 else "-",
            )
        for angle, name in zip(angles, names, strict=True):
            axes.plot([0, np.sin(angle)], [0, np.cos(angle)], color=GRID, linewidth=0.8)
            across = float(np.sin(angle))
            side = "center" if abs(across) < 0.3 else ("left" if across > 0 else "right")
            axes.text(1.12 * across, 1.12 * np.cos(angle), name, ha=side, va="center", fontsize=10)
        own = _closed(angles, np.asarray(shares, float))
        axes.fill(*own, color=GOOD, alpha=0.25)
        axes.plot(*own, color=GOOD, marker="o", markersize=4)
        axes.set_xlim(-2.0, 2.0)
        axes.set_ylim(-1.3, 1.3)
        axes.set_title(title, loc="left", fontsize=10, color=MUTED)

    with _drawing:
        return svg(paint, width=4.6, height=3.1)


def _closed(angles: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    turned = np.append(angles, angles[0])
    length = np.append(radius, radius[0])
    return length * np.sin(turned), length * np.cos(turned)
