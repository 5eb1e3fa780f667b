"""Templates and how numbers, dates and words are written in them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from credit_risk.book.naming import in_english
from credit_risk.serving.console.session import Look
from credit_risk.serving.desk import Desk
from credit_risk.serving.directory import Entry
from credit_risk.warnings.ledger import ACTS, STATES

__all__ = ["LEVELS", "day_line", "graded", "home_of", "page"]

LEVELS = {
    "red": ("红", "Red"),
    "orange": ("橙", "Orange"),
    "yellow": ("黄", "Yellow"),
    "blue": ("蓝", "Blue"),
}
NOTHING = "–"
TABS = [
    ("/console/", "warning.read", "预警", "Warnings"),
    ("/console/portfolio", "score.read", "全域", "Portfolio"),
    ("/console/sources", "score.read", "数据源", "Sources"),
    ("/console/models", "model.evaluate", "模型", "Models"),
    ("/console/dictionary", "model.evaluate", "数据字典", "Dictionary"),
    ("/console/quarantine", "model.evaluate", "隔离区", "Quarantine"),
    ("/console/identity", "identity.decide", "主体识别", "Who is meant"),
    ("/console/audit", "audit.read", "审计", "Audit"),
    ("/console/people", "role.manage", "账号与密钥", "Accounts and keys"),
]


def home_of(rights: Collection[str]) -> str:
    """Return the first page that somebody with these rights may see."""
    return next((path for path, right, _, _ in TABS if right in rights), "/console/")


def page(
    request: Request, look: Look | None, template: str, status: int = 200, **variables: Any
) -> HTMLResponse:
    """Return a page in the language of who looks."""
    language = look.language if look else ("en" if request.cookies.get("crk_language") == "en" else "zh")

    def say(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    def text(words: Any) -> str:
        if words is None:
            return ""
        told = words if isinstance(words, dict) else words.model_dump()
        return str(told[language])

    desk = request.app.state.desk

    def named(name: str | None) -> str:
        """Return a department or a citation; on English pages with its English name before it."""
        told = in_english(name, desk.rules.names) if name and language == "en" else None
        return f"{told} {name}" if told and told != name else name or ""

    rights = look.rights if look else frozenset()
    shared = {
        "tabs": [(path, zh, en) for path, right, zh, en in TABS if right in rights], "home": home_of(rights),
        "_": say, "text": text, "named": named, "look": look, "language": language, "levels": LEVELS, "states": STATES,
        "acts": ACTS, "zone_title": desk.rules.settings.title, "here": request.url.path,
        "today": desk.today.isoformat(), "day_line": day_line(desk, say) if look else None,
        "graded": graded(desk, variables.get("entry")) if "score.read" in rights else None,
    }  # fmt: skip
    html = _environment.get_template(template).render(shared | variables)
    return HTMLResponse(html, status)


def day_line(desk: Desk, say: Callable[[str, str], str]) -> str | None:
    """Return what day it is for who practises, and how old the scores are where they are stale; None otherwise."""
    known = (desk.snapshots.current() or "")[:10]
    told = say(f"数据截至 {known}", f"data as of {known}") if known else ""
    if desk.practising:
        day = say(f"练习日期 {desk.today}", f"Practice day {desk.today}")
        return f"{day} · {told}" if told else day
    age = (desk.today - date.fromisoformat(known)).days if known else 0
    if age <= desk.rules.settings.service.stale_days:
        return None
    return say(f"{told}，已过 {age} 天", f"{told[:1].upper()}{told[1:]}, {age} days ago")


def graded(desk: Desk, entry: object) -> dict[str, Any] | None:
    """Return ``grade``, ``pd`` and ``why_not`` of the enterprise that a page is about, None where it is about none."""
    published = desk.published() if isinstance(entry, Entry) else None
    if not isinstance(entry, Entry) or published is None or entry.subject not in published.scores.index:
        return None
    told = {name: published.scores.at[entry.subject, name] for name in ("grade", "pd", "why_not")}
    return {name: None if pd.isna(value) else value for name, value in told.items()}


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share in percent, a dash for what is not known; nearly all or nothing is not told as that."""
    if value is None or pd.isna(value):
        return NOTHING
    least = 10.0 ** -(digits + 2)
    if 0 < value < least / 2:
        return f"<{least:.{digits}%}"
    if 1 - least / 2 <= value < 1:
        return f">{1 - least:.{digits}%}"
    return f"{value:.{digits}%}"


def decimal(value: float | None) -> str:
    """Return a figure between 0 and 1 to three places, a dash for what is not known."""
    return NOTHING if value is None or pd.isna(value) else f"{value:.3f}"


def tenth(value: float | None) -> str:
    """Return a number to one place with thousands separated, a dash for what is not known."""
    return NOTHING if value is None or pd.isna(value) else f"{value:,.1f}".replace("-", "\N{MINUS SIGN}")


def points(value: float) -> str:
    """Return signed points with a real minus sign; what rounds to nothing has no sign."""
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}") if round(value, 1) else "0.0"


def number(value: Any) -> str:
    """Return a number with thousands separated, other values as they are, a dash for none."""
    if value is None or value == "" or (isinstance(value, float) and pd.isna(value)):
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:,.2f}"


def one_language(told: Any, language: str) -> str:
    """Return the half of ``中文 · English`` that is in ``language``; other texts as they are."""
    zh, dot, en = str(told or "").partition(" · ")
    return str(told or "") if not dot or not en.isascii() else (zh if language == "zh" else en)


def day(value: Any) -> str:
    """Return the day of a date, a moment or an ISO text."""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return str(value)[:10] if value else NOTHING


def span(days: int, language: str) -> str:
    """Return a span of days as people say it: days within two months, then months, then years and months."""
    months = round(days / 30.4375)
    years, rest = divmod(months, 12)
    if days < 60:
        return f"{days} 天" if language == "zh" else f"{days} day{'s' if days != 1 else ''}"
    if language == "zh":
        return " ".join([f"{years} 年"] * bool(years) + [f"{rest} 个月"] * bool(rest))
    told = [(years, "year"), (rest, "month")]
    return " ".join(f"{n} {unit}{'s' if n != 1 else ''}" for n, unit in told if n)


def minute(value: Any) -> str:
    """Return a moment to the minute."""
    shown = value.isoformat() if isinstance(value, datetime) else str(value or "")
    return shown[:16].replace("T", " ") or NOTHING


def days_left(due_on: str, today: str) -> int:
    """Return the days from ``today`` to ``due_on``, both ISO dates; negative when it is past."""
    return (date.fromisoformat(due_on) - date.fromisoformat(today)).days


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_environment.filters.update(
    decimal=decimal,
    one_language=one_language,
    percent=percent,
    points=points,
    tenth=tenth,
    number=number,
    day=day,
    span=span,
    minute=minute,
    days_left=days_left,
)
