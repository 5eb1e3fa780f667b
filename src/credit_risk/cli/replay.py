"""``credit-risk replay``: derive a past score again from its lineage and compare it to the last bit."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.errors import CheckFailed, InputError
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def replay(
    subject: Annotated[
        str | None, typer.Argument(metavar="USCC", help="Everybody of the snapshot by default.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the score.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="Snapshot id, as every answer names it.")] = None,
    as_json: Json = False,
) -> None:
    """重演评分 · Derive a past score again from model, records and held grades; exit code 1 if it differs.

    Example: `credit-risk replay 91310115MA1K3YJ12X --as-of 2026-03-31`
    """
    book = Book.open(BookFolder.path)
    chosen = snapshot or _published_on(book, as_of)
    code = normalise(subject) if subject and book.rules.settings.subject == "uscc" else subject
    row = book.snapshots.row(chosen, code) if code else None
    if code and row is None:
        raise InputError(f"{code} is not in snapshot {chosen}")
    with Step("重演", "Deriving again") as step:
        again = book.replay(chosen, step)
    different = {c: s for c, s in again.different.items() if code is None or code in s}
    told = {**asdict(again), "same": not different, "subject": code}
    told["different"] = {column: len(subjects) for column, subjects in different.items()}
    if row is not None:
        told["kept"] = {n: row[n] for n in ("score", "pd", "grade", "model_id")}
    if as_json:
        print_json(told)
    elif row is not None:
        err.print(f"  {code}: {json.dumps(told['kept'], ensure_ascii=False)}", markup=False)
    if different:
        since = f"; since then changed: {', '.join(again.changed)}" if again.changed else ""
        raise CheckFailed(f"{chosen}: the replay differs in {', '.join(different)}{since}", hint="see --json")
    err.print(f"  {chosen}: 完全一致 the same to the last bit, {again.enterprises:,} 家", markup=False)


def _published_on(book: Book, as_of: str | None) -> str:
    """Return the snapshot of a day that was published last, the current one where no day is given."""
    if as_of is None:
        current = book.snapshots.current()
        if current is None:
            raise InputError("nothing is published yet", hint="credit-risk score --as-of DATE")
        return current
    day = str(date.fromisoformat(as_of))
    found = [name for name in book.snapshots.published() if name.startswith(day)]
    stored = sorted(p.parent.name for p in book.snapshots.folder.glob(f"{day}-*/made_of.json"))
    if not found and not stored:
        raise InputError(f"no snapshot of {day}", hint=f"credit-risk score --as-of {day}")
    return (found or stored)[-1]
