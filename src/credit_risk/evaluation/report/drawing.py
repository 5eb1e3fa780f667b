"""How every figure looks: one canvas, a palette for light and one for dark, SVG in an image.

A figure is drawn once in light colours; the dark one is the same text with the colours exchanged.
Letters are outlines, so a figure looks the same without any font; nothing in it depends on the day
or the process.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from credit_risk.evaluation.fonts import use_chinese_fonts

__all__ = ["BAD", "GOOD", "GRID", "INK", "MUTED", "Drawn", "draw", "svg"]

PAPER, INK, MUTED, GRID = "#ffffff", "#1c2733", "#5b6774", "#d9dee4"
GOOD, BAD = "#1f6f9f", "#b8400e"
DARK = {
    PAPER: "#18202a",
    INK: "#e8edf2",
    MUTED: "#a3b0bd",
    GRID: "#364250",
    GOOD: "#6cb8e6",
    BAD: "#ff9a6b",
}
SETTINGS = {
    "svg.hashsalt": "credit-risk",
    "svg.fonttype": "path",
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 2.0,
    "font.size": 10,
}


@dataclass(frozen=True)
class Drawn:
    """A picture as two data addresses."""

    light: str
    dark: str


def draw(paint: Callable[[Axes], None], width: float = 4.8, height: float = 3.7) -> Drawn:
    """Return what ``paint`` draws on empty axes, for light and for dark pages."""
    light = svg(paint, width, height)
    return Drawn(_address(light), _address(_darkened(light)))


def svg(paint: Callable[[Axes], None], width: float = 4.8, height: float = 3.7) -> str:
    """Return what ``paint`` draws on empty axes as SVG; the caller's settings stay as they were."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        use_chinese_fonts()
        figure = Figure(figsize=(width, height), layout="constrained")
        paint(figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _darkened(svg: str) -> str:
    return re.sub("|".join(DARK), lambda colour: DARK[colour.group()], svg)


def _address(svg: str) -> str:
    packed = base64.b64encode(svg.encode()).decode("ascii")
    return f"data:image/svg+xml;base64,{packed}"
