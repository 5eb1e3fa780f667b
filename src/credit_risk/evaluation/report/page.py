"""What the template needs beyond the content: order, totals, shares and formatted numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from credit_risk.evaluation.bootstrap import Interval
from credit_risk.evaluation.report.content import Importance, Part, ReportContent, Words
from credit_risk.evaluation.report.figures import Picture, pictures
from credit_risk.evaluation.report.words import (
    EFFECTS,
    KEY_FIGURES,
    LEVELS,
    METRICS,
    Metric,
    metric,
    part_title,
)

__all__ = ["FILTERS", "Table", "page"]

NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """Metrics down, parts or variants across; a cell is None where a column lacks the metric."""

    part: Words
    columns: Sequence[Words]
    rows: Sequence[tuple[Metric, Sequence[Interval | None]]]


def page(content: ReportContent) -> dict[str, Any]:
    """Return the variables of the template."""
    last = content.parts[-1] if content.parts else None
    figures: list[tuple[Part, list[Picture]]] = [
        (part, found) for part in content.parts if (found := pictures(part, content.grades))
    ]
    return {
        "content": content,
        "key_part": last,
        "key_figures": [(metric(k), last.metrics[k]) for k in KEY_FIGURES if k in last.metrics]
        if last
        else [],
        "parts": _parts(content),
        "variants": _variants(content),
        "figures": figures,
        "importance": _bars(content.importance),
        "totals": _totals(content),
        "warnings": sorted(content.warnings, key=lambda w: _rank(w.level)),
        "levels": LEVELS,
        "effects": EFFECTS,
        "part_title": part_title,
        "lineage": {k: _shown(v) for k, v in content.lineage.items()},
    }


def _parts(content: ReportContent) -> Table | None:
    columns = [(part_title(p.name), p.metrics) for p in content.parts]
    return _table({"zh": "", "en": ""}, columns) if columns else None


def _variants(content: ReportContent) -> list[Table]:
    """Return one table a part that variants were judged on, the recipe itself first."""
    own: Words = {"zh": "本模型", "en": "this model"}
    tables = []
    for name in dict.fromkeys(v.part for v in content.variants):
        columns = [(own, p.metrics) for p in content.parts if p.name == name]
        columns += [
            (v.title or {"zh": v.name, "en": v.name}, v.metrics) for v in content.variants if v.part == name
        ]
        tables.append(_table(part_title(name), columns))
    return tables


def _table(part: Words, columns: Sequence[tuple[Words, Mapping[str, Interval]]]) -> Table:
    present = {name: None for _, metrics in columns for name in metrics}
    ordered = [k for k in METRICS if k in present] + [k for k in present if k not in METRICS]
    rows = [(metric(k), [metrics.get(k) for _, metrics in columns]) for k in ordered]
    return Table(part, [title for title, _ in columns], rows)


def _bars(importance: Sequence[Importance]) -> list[tuple[Importance, float]]:
    """Return the groups, strongest first, each with its length in percent of the strongest."""
    most = max((i.points for i in importance), default=0.0) or 1.0
    ordered = sorted(importance, key=lambda i: (-i.points, i.group))
    return [(i, round(100 * i.points / most, 1)) for i in ordered]


def _totals(content: ReportContent) -> dict[str, int]:
    names = ("read", "new", "corrected", "known", "quarantined")
    return {name: sum(getattr(s, name) for s in content.sources) for name in names}


def _rank(level: str) -> int:
    return list(LEVELS).index(level) if level in LEVELS else len(LEVELS)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def number(value: float | None, digits: int = 3) -> str:
    """Return a number with fixed digits, a dash for what is undefined."""
    return NOTHING if value is None or math.isnan(value) else f"{value:.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share in percent, a dash for what is undefined."""
    return NOTHING if value is None or math.isnan(value) else f"{value * 100:.{digits}f}%"


def points(value: float) -> str:
    """Return signed points with a real minus sign."""
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")


def count(value: int) -> str:
    """Return a whole number with thousands separated."""
    return f"{value:,}"


FILTERS = {"number": number, "percent": percent, "points": points, "count": count}
