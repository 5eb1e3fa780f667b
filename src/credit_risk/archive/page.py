"""The archive as text, as JSON and as a page of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from credit_risk.archive.timeline import STATUSES, Archive, Line

__all__ = ["archive_json", "archive_page", "archive_text", "by_year", "shown_other"]


def by_year(archive: Archive) -> list[tuple[int, list[Line]]]:
    """Return the lines grouped by the year in which they happened, oldest first."""
    return [
        (year, list(lines)) for year, lines in groupby(archive.lines, key=lambda line: line.happened.year)
    ]


def shown_other(other: str) -> str:
    """Return the other end of a relation for people: a person is a pseudonym, never a name or number."""
    return f"自然人 person #{other[-6:]}" if other.startswith("person:") else other


def archive_json(archive: Archive) -> str:
    """Return the archive as JSON."""
    told = asdict(archive)
    for line, own in zip(told["lines"], archive.lines, strict=True):
        line["title"] = own.title.model_dump()
        line["facts"] = [{"title": t.model_dump(), "value": v.model_dump()} for t, v in own.facts]
        line["status"] = {"code": own.status, **STATUSES[own.status].model_dump()}
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def archive_text(archive: Archive) -> str:
    """Return the archive as lines for a terminal, Chinese first."""
    head = f"{archive.name}  {archive.subject}  截至 as of {archive.as_of}"
    lines = [head, "─" * 72]
    for year, facts in by_year(archive):
        lines.append(f"{year}")
        for line in facts:
            status = "" if line.status == "usable" else f"  〔{STATUSES[line.status].zh}〕"
            about = f"  {shown_other(line.other)}" if line.other else ""
            told = "，".join(f"{t.zh}{v.zh}" for t, v in line.facts[:6])
            lines.append(f"  {line.happened}  {line.title.zh}{about}  {told}{status}".rstrip())
            source = f"{line.source}/{line.source_record_id}"
            lines.append(
                f"              收到 received {line.received_at:%Y-%m-%d}  {source}  {line.record_id[:12]}"
            )
    if archive.hidden:
        lines.append(f"依法不予展示 {archive.hidden} 条（已修复、已撤销或超过五年） not shown by law")
    return "\n".join(lines)


def archive_page(archive: Archive, font_of: Callable[[list[str]], str] | None = None) -> str:
    """Return the archive as a page of its own, ready to print.

    ``font_of`` takes texts and returns a font with their characters in Base64, for a page that brings its own.
    """
    shared: dict[str, Any] = {"archive": archive, "years": by_year(archive), "statuses": STATUSES}
    template = _environment.get_template("archive.html")
    plain = template.render(shared, shown_other=shown_other, font="")
    return template.render(shared, shown_other=shown_other, font=font_of([plain])) if font_of else plain


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
