"""``credit-risk archive``: the lifelong credit archive of an enterprise."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from credit_risk.archive import Archive, archive_page, read_archive
from credit_risk.archive.names import names_of
from credit_risk.archive.page import archive_json, archive_text
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.cli.score import AsOf, as_known
from credit_risk.errors import CheckFailed, InputError, nearest
from credit_risk.evaluation.fonts import font_for_page
from credit_risk.records.reader import Reader
from credit_risk.records.store import atomic_path
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def archive(
    subject: Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")],
    as_of: AsOf,
    role: Annotated[
        str, typer.Option(help="In which role it is read; auditors see what was repaired.")
    ] = "supervisor",
    form: Annotated[
        Literal["text", "json", "html"], typer.Option("--format", help="How it is told.")
    ] = "text",
    to: Annotated[Path | None, typer.Option(help="A file; on stdout without it.")] = None,
) -> None:
    """信用档案 · Show everything known of an enterprise at a time, from registration to exit, with its sources.

    Example: `credit-risk archive 91310115MA1K3YJ12X --as-of 2026-06-30 --format html --to archive.html`
    """
    book = Book.open(BookFolder.path)
    roles = book.rules.roles
    if role not in roles:
        raise InputError(
            f"role: expected one of {', '.join(roles)}, came {role!r}", hint=nearest(role, roles)
        )
    if "archive.read" not in roles[role].may:
        raise CheckFailed(f"role {role} may not read archives", hint="it needs archive.read")
    code = normalise(subject) if book.rules.settings.subject == "uscc" else subject
    everything = "archive.read_hidden" in roles[role].may
    found = read_archive(book.rules, Reader(book.pool), code, as_known(as_of), everything=everything)
    others = {line.other for line in found.lines if line.other}
    names = names_of(book.rules, book.records, [code, *sorted(others)], as_known(as_of))
    tellers: dict[str, Callable[[Archive], str]] = {
        "text": partial(archive_text, names=names),
        "json": archive_json,
        "html": partial(archive_page, font_of=font_for_page, names=names),
    }
    told = tellers[form](found)
    if to is None:
        typer.echo(told)
        return
    with atomic_path(to) as draft:
        draft.write_text(told + "\n", encoding="utf-8")
    err.print(f"  {len(found.lines):,} 条 lines → {to}", markup=False)
