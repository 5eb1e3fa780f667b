"""Coverage and freshness of every source, as the doctor and the end of an ingest tell them."""

from __future__ import annotations

from datetime import date
from typing import Any

from rich.table import Table

from credit_risk.cli.app import err, out
from credit_risk.records import Pool, coverage

__all__ = ["plain", "show_sources", "sources_of", "tell_overdue"]

NAMED = 6
HEADINGS = {
    "记录\nrecords": 9, "覆盖\nshare": 6, "最近归集\nlast": 10, "时滞\nlag": 4, "间隔\ngap": 4, "隔离\nbad": 5,
}  # fmt: skip


def sources_of(pool: Pool, as_of: date | None = None) -> list[dict[str, Any]]:
    """Return a row per source as ``records.coverage`` tells it."""
    rows: list[dict[str, Any]] = coverage(pool, as_of).to_pylist()
    return rows


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with days and moments as text, for JSON."""
    return [{k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()} for row in rows]


def show_sources(rows: list[dict[str, Any]]) -> None:
    """Print a line per source."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("来源\nsource", no_wrap=True, overflow="ellipsis")
    for heading, width in HEADINGS.items():  # names may be cut on a narrow screen, numbers never
        table.add_column(heading, justify="right", no_wrap=True, min_width=width)
    table.add_column("", no_wrap=True, min_width=4)
    for row in rows:
        share = "" if row["share"] is None else f"{row['share']:.1%}"
        table.add_row(
            row["title_zh"], f"{row['records']:,}", share, _day(row["last_received"]), _days(row["median_lag_days"]),
            _days(row["longest_days"]), f"{row['quarantined']:,}", _state(row),
        )  # fmt: skip
    out.print(table)
    out.print("  [dim]覆盖：占登记企业；时滞：发生至归集天数中位数；间隔：三年内最长间隔天数[/]")
    out.print(
        "  [dim]share of registered enterprises; days from event to receipt; longest gap of three years[/]"
    )


def tell_overdue(rows: list[dict[str, Any]]) -> None:
    """Print one line: how many sources deliver as they use to, and which do not."""
    late = [row["title_zh"] for row in rows if row["overdue"]]
    more = f"等 {len(late)} 个" if len(late) > NAMED else ""
    told = f"逾期未到 overdue: {'、'.join(late[:NAMED])}{more}" if late else "无逾期 none overdue"
    err.print(
        f"  {len(rows)} 个来源 sources, {told}；覆盖与时效 coverage and freshness: credit-risk doctor",
        markup=False,
    )


def _state(row: dict[str, Any]) -> str:
    if row["last_received"] is None:
        return "[red]未到 missing[/]" if row["overdue"] else "[dim]未接入 not yet[/]"
    return "[yellow]逾期 overdue[/]" if row["overdue"] else "[green]✓[/]"


def _day(moment: Any) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def _days(count: float | None) -> str:
    return "" if count is None else f"{count:.0f}"
