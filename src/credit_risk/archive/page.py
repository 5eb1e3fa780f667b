"""The archive as text, as JSON and as a page of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from credit_risk.archive.timeline import STATUSES, Archive, Line
from credit_risk.book.schema import Text

__all__ = ["archive_json", "archive_page", "archive_text", "by_year", "shown_end", "shown_other"]

Names = Mapping[str, Sequence[str]]
NONE: Names = {}
FEW = 4
NOTABLE = ("repaired", "withdrawn", "shielded", "superseded", "objected")


def by_year(archive: Archive) -> list[tuple[int, list[Line]]]:
    """Return the lines grouped by the year in which they happened, oldest first."""
    return [
        (year, list(lines)) for year, lines in groupby(archive.lines, key=lambda line: line.happened.year)
    ]


def shown_other(other: str) -> str:
    """Return the other end of a relation for people: a person is a pseudonym, never a name or number."""
    if other.startswith("person:"):
        return f"自然人 person #{other[-6:]}"
    return f"#{other.removeprefix('group:')}" if other.startswith("group:") else other


def shown_end(line: Line, names: Names) -> str:
    """Return the other end of a relation with its name, and which way the relation leads between enterprises."""
    if line.other is None:
        return ""
    if ":" in line.other:
        return shown_other(line.other)
    known = names.get(line.other)
    return f"{'→' if line.outward else '←'} {known[-1] + ' ' if known else ''}{line.other}"


def blocks(lines: Sequence[Line]) -> list[tuple[Text | None, list[Line]]]:
    """Return the lines of a year, what is reported again and again without blame folded under its title.

    A kind is folded that comes more than four times in the year; its lines stand where its first one does.
    """
    often = Counter(line.kind for line in lines if _is_routine(line))
    found: list[tuple[Text | None, list[Line]]] = []
    folded: dict[str, list[Line]] = {}
    for line in lines:
        if not _is_routine(line) or often[line.kind] <= FEW:
            found.append((None, [line]))
        elif line.kind in folded:
            folded[line.kind].append(line)
        else:
            folded[line.kind] = [line]
            found.append((line.title, folded[line.kind]))
    return found


def _is_routine(line: Line) -> bool:
    return line.severity == "none" and line.other is None and line.status in ("usable", "expired")


def counted(archive: Archive) -> list[tuple[Text, int]]:
    """Return how many lines have each status, in the order in which statuses are told."""
    counts = Counter(line.status for line in archive.lines)
    return [(STATUSES[status], counts[status]) for status in STATUSES if counts[status]]


def _former(archive: Archive, names: Names) -> list[str]:
    return [name for name in names.get(archive.subject, [])[:-1] if name != archive.name]


def notable(archive: Archive) -> list[Line]:
    """Return the lines that something happened to: repaired, withdrawn, shielded, superseded or under objection."""
    return [line for line in archive.lines if line.status in NOTABLE]


def archive_json(archive: Archive) -> str:
    """Return the archive as JSON."""
    told = asdict(archive)
    for line, own in zip(told["lines"], archive.lines, strict=True):
        line["title"] = own.title.model_dump()
        line["facts"] = [{"title": t.model_dump(), "value": v.model_dump()} for t, v in own.facts]
        line["status"] = {"code": own.status, **STATUSES[own.status].model_dump()}
    return json.dumps(told, ensure_ascii=False, indent=1, default=str)


def archive_text(archive: Archive, names: Names = NONE) -> str:
    """Return the archive as lines for a terminal, Chinese first; ``names`` as ``names_of`` returns them."""
    head = f"{archive.name}  {archive.subject}  截至 as of {archive.as_of}"
    lines = [head, *([f"曾用名 formerly {'、'.join(former)}"] if (former := _former(archive, names)) else [])]
    lines += ["，".join(f"{title.zh} {count:,}" for title, count in counted(archive)), "─" * 72]
    for year, facts in by_year(archive):
        lines.append(f"{year}")
        for line in facts:
            status = "" if line.status == "usable" else f"  〔{STATUSES[line.status].zh}〕"
            about = f"  {shown_end(line, names)}" if line.other else ""
            told = "，".join(f"{t.zh}{v.zh}" for t, v in line.facts[:6])
            lines.append(f"  {line.happened}  {line.title.zh}{about}  {told}{status}".rstrip())
            source = f"{line.source}/{line.source_record_id}"
            lines.append(
                f"              收到 received {line.received_at:%Y-%m-%d}  {source}  {line.record_id[:12]}"
            )
    if archive.hidden:
        lines.append(f"依法不予展示 {archive.hidden} 条（已修复、已撤销或超过五年） not shown by law")
    return "\n".join(lines)


def archive_page(
    archive: Archive, font_of: Callable[[list[str]], str] | None = None, names: Names = NONE
) -> str:
    """Return the archive as a page of its own, ready to print.

    ``names`` are those of enterprises as ``names_of`` returns them. ``font_of`` takes texts and returns a font
    with their characters in Base64, for a page that brings its own.
    """
    shared: dict[str, Any] = {
        "archive": archive,
        "years": [(year, blocks(lines)) for year, lines in by_year(archive)],
        "statuses": STATUSES,
        "counted": counted(archive),
        "notable": notable(archive),
        "former": _former(archive, names),
        "shown_end": partial(shown_end, names=names),
    }
    template = _environment.get_template("archive.html")
    plain = template.render(shared, font="")
    return template.render(shared, font=font_of([plain])) if font_of else plain


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)
