"""The credit report as JSON and as a page of its own that prints on A4."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from credit_risk.archive.timeline import Line
from credit_risk.evaluation.fonts import font_for_page
from credit_risk.serving.report.compose import CreditReport

__all__ = ["report_json", "report_page"]


def report_json(report: CreditReport) -> str:
    """Return the report as JSON; dates are ISO, texts are in both languages."""
    told = {name: getattr(report, name) for name in CreditReport.__dataclass_fields__}
    told["title"] = report.title.model_dump()
    for name in ("supervision", "other"):
        told[name] = [_line(line) for line in getattr(report, name)]
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def _line(line: Line) -> dict[str, Any]:
    facts = [{"title": t.model_dump(), "value": v.model_dump()} for t, v in line.facts]
    return {**asdict(line), "title": line.title.model_dump(), "facts": facts}


def report_page(report: CreditReport) -> str:
    """Return the report as a self-contained page: it brings the Chinese characters that it shows."""
    template = _environment.get_template("report.html")
    return template.render(report=report, font=font_for_page([template.render(report=report, font="")]))


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
