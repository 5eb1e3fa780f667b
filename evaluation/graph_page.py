"""What the page of results says of the graph: patterns against what was planted, and what relations add."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["graph_sections"]


def graph_sections(folder: Path) -> list[str]:
    """Return the lines of the sections whose figures are kept in ``folder``."""
    lines: list[str] = []
    for name, write in (("patterns", _patterns), ("graph_gain", _gain)):
        path = folder / f"{name}.json"
        if path.exists():
            lines += write(json.loads(path.read_text(encoding="utf-8")))
    return lines


def _patterns(kept: dict[str, Any]) -> list[str]:
    told = kept["result"]
    lines = [
        "",
        "## patterns",
        "",
        f"Practice zone of {told['enterprises']:,} enterprises; simulated. {kept['date']}, {kept['machine']}.",
        "Members found against members planted (`evaluation/patterns.py`); *other schemes* are planted, but not as",
        "this pattern, and count against precision. Hard negatives look like the pattern and are in no scheme: found",
        "of those that stood.",
        "",
        "| date | pattern | found | precision | of other schemes | to be found | recall | hard negatives found |",
        "|---|---|---:|---:|---:|---:|---:|---|",
    ]
    for day, figures in told["dates"].items():
        for name, f in figures.items():
            hard = ", ".join(f"{k} {v['found']:,} of {v['stood']:,}" for k, v in f["hard_negatives"].items())
            cells = [
                f"{f['members']:,}",
                _share(f["precision"]),
                f"{f['found_of_other_schemes']:,}",
                f"{f['wanted']:,}",
                _share(f["recall"]),
                hard,
            ]
            lines.append(f"| {day} | {name} | " + " | ".join(cells) + " |")
    return lines


def _gain(kept: dict[str, Any]) -> list[str]:
    told = kept["result"]
    lines = [
        "",
        "## what relations add",
        "",
        f"Practice zone, {told['enterprises']:,} enterprises known; simulated. {kept['date']}, {kept['machine']}.",
        "Test rows, out of time. *Degree*: how many relations an enterprise has, which stays when their ends are dealt",
        "anew (*rewired*); *with relations*: who they are and what is known of them too. Gains are differences of",
        "ROC-AUC with 95 % intervals over enterprises; one whose interval holds 0 is not established. Where who they",
        "are tells something, relations gain over degree and over rewired, and rewired gains nothing over degree.",
        "",
        "| recipe | bad | own | degree | with relations | rewired | relations over own | over degree | over rewired |"
        " rewired over degree |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, f in told["recipes"].items():
        aucs = [f"{f['roc_auc'][n]:.3f}" for n in ("own", "degree", "full", "rewired")]
        gains = [
            _interval(f["gain"][n])
            for n in ("full over own", "full over degree", "full over rewired", "rewired over degree")
        ]
        lines.append(f"| {name} | " + " | ".join([f"{f['bad']:,}", *aucs, *gains]) + " |")
    return lines


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _interval(gain: dict[str, float]) -> str:
    return f"**{gain['value']:+.3f}**<br>{gain['low']:+.3f} to {gain['high']:+.3f}"
