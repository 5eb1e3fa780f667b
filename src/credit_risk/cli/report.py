"""``credit-risk report``: the credit report of an enterprise for one lawful use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from credit_risk.archive import read_archive
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.records.reader import Reader
from credit_risk.records.store import atomic_path
from credit_risk.records.uscc import normalise
from credit_risk.serving.report import compose_report, report_json, report_page
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def report(
    subject: Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")],
    scene: Annotated[str, typer.Option(help="The lawful use: a scene of the book.")],
    as_of: Annotated[str | None, typer.Option(help="Day of the report; today by default.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="A snapshot id; the published one by default.")] = None,
    form: Annotated[Literal["json", "html"], typer.Option("--format", help="How it is told.")] = "html",
    to: Annotated[Path | None, typer.Option(help="A file; on stdout without it.")] = None,
) -> None:
    """信用报告 · Tell what a scene may lawfully know of an enterprise: score, reasons and facts, ready to print.

    Example: `credit-risk report 91310115MA1K3YJ12X --scene financing --to report.html`
    """
    book = Book.open(BookFolder.path)
    t = as_of or str(date.today())
    code = normalise(subject) if book.rules.settings.subject == "uscc" else subject
    archive = read_archive(book.rules, Reader(book.pool), code, t, everything=False)
    chosen = snapshot or book.snapshots.current()
    row = book.snapshots.row(chosen, code) if chosen else None

    def usable(kind: str, ids: Sequence[str]) -> set[str]:
        rows = book.graph.as_of(kind, t) if kind in book.rules.relations else book.records.as_of(kind, t)
        return set(rows.filter(rows.record_id.isin(list(ids))).record_id.to_pyarrow().to_pylist())

    made = compose_report(book.rules, archive, row, scene, usable)
    told = {"json": report_json, "html": report_page}[form](made)
    if to is None:
        typer.echo(told)
        return
    with atomic_path(to) as draft:
        draft.write_text(told + "\n", encoding="utf-8")
    err.print(f"  {made.title.zh} {made.title.en} → {to}", markup=False)
