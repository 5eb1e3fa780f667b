"""``credit-risk ingest``: take in what is new in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.sources import plain, sources_of, tell_overdue
from credit_risk.records import FileReport
from credit_risk.zone import Book

__all__ = ["run", "show"]

COUNTS = {
    "read": "读入",
    "new": "新增",
    "corrected": "更正",
    "known": "已有",
    "quarantined": "隔离",
    "waiting": "待识别",
}


@app.command()
def ingest(
    now: Annotated[
        datetime | None, typer.Option(help="The ingest clock; rows received later are refused.")
    ] = None,
    as_json: Json = False,
) -> None:
    """汇集数据 · Ingest every new or changed file: good rows to the pool, bad rows to quarantine with a reason.

    Example: `credit-risk ingest`; read = new + corrected + known + quarantined + waiting, a second run changes nothing.
    `--json` also tells coverage and freshness of every source.
    """
    book = Book.open(BookFolder.path)
    reports = run(book, now)
    if as_json:
        folder = str(book.pool.folder / "quarantine")
        print_json(
            {
                "files": [asdict(r) for r in reports],
                "quarantine": folder,
                "sources": plain(sources_of(book.pool)),
            }
        )
    else:
        show(reports, book)
        tell_overdue(sources_of(book.pool))


def run(book: Book, now: datetime | None = None) -> list[FileReport]:
    """Ingest with progress."""
    with Step("汇集数据", "Ingesting") as step:
        return book.ingest(now=now, progress=step)


def show(reports: Sequence[FileReport], book: Book) -> None:
    """Print the counts of every file and their sums."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("来源文件\nfile", overflow="ellipsis", no_wrap=True)
    for en, zh in COUNTS.items():
        width = max((len(f"{getattr(r, en):,}") for r in reports), default=0) + 2
        table.add_column(f"{zh}\n{en}", justify="right", no_wrap=True, min_width=width)
    for report in reports:
        table.add_row(report.file, *(f"{getattr(report, name):,}" for name in COUNTS))
    table.add_row("合计 total", *(f"{sum(getattr(r, n) for r in reports):,}" for n in COUNTS), style="bold")
    err.print(table)
    for report in reports:
        if report.unmapped and not report.skipped:
            names = "、".join(report.unmapped)
            err.print(f"  未映射的列 columns that no mapping names: {report.file}: {names}", markup=False)
    if any(r.quarantined for r in reports):
        err.print(f"  隔离区 quarantine: {book.pool.folder / 'quarantine'}", markup=False)
