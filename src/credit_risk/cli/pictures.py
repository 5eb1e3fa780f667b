"""``credit-risk pictures``: an explanation drawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from credit_risk.archive import read_archive
from credit_risk.cli.app import BookFolder, app, out
from credit_risk.errors import InputError
from credit_risk.evaluation.report.explained import drift, timeline, waterfall
from credit_risk.records.reader import Reader
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__: list[str] = []

ADVERSE = ("general", "serious")  # an inspection or a lawsuit is not by itself adverse


@app.command()
def pictures(
    subject: Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")],
    to: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
    snapshot: Annotated[str | None, typer.Option(help="A snapshot id; the published one by default.")] = None,
) -> None:
    """解释图 · Draw how reasons make the score, how the PD went with what happened, and how the zone's reasons drift.

    Writes waterfall.svg, timeline.svg and drift.svg.

    Example: `credit-risk pictures 91310115MA1K3YJ12X --to pictures`
    """
    book, code = Book.open(BookFolder.path), normalise(subject)
    chosen = snapshot or book.snapshots.current()
    row = book.snapshots.row(chosen, code) if chosen else None
    if row is None or not row["scorable"]:
        raise InputError(f"{code} has no score in snapshot {chosen}", hint="check the code and the date")
    history = _history(book, code, row)
    drawn = {
        "waterfall": waterfall(row),
        "timeline": timeline(code, history, _events(book, code, row, history["as_of"].min())),
        "drift": drift(_means(book, row), {path: node.title.zh for path, node in book.rules.tree.items()}),
    }
    to.mkdir(parents=True, exist_ok=True)
    for name, picture in drawn.items():
        (to / f"{name}.svg").write_text(picture, encoding="utf-8")
        out.print(str(to / f"{name}.svg"), markup=False)


def _history(book: Book, subject: str, row: dict[str, Any]) -> pd.DataFrame:
    found = [book.snapshots.score(name, subject) for name in book.snapshots.stored(row["model_id"])]
    rows = [r for r in found if r and r["scorable"] and r["as_of"] <= row["as_of"]]
    table = pd.DataFrame([{"as_of": r["as_of"], "pd": r["pd"]} for r in rows])
    return table.drop_duplicates("as_of", keep="last").sort_values("as_of", ignore_index=True)


def _events(book: Book, subject: str, row: dict[str, Any], first: pd.Timestamp) -> list[tuple[date, str]]:
    archive = read_archive(book.rules, Reader(book.pool), subject, row["as_of"], everything=False)
    since = (first - pd.DateOffset(months=12)).date()
    lines = [x for x in archive.lines if x.severity in ADVERSE and x.status == "usable"]
    return [(line.happened, line.title.zh) for line in lines if line.happened >= since]


def _means(book: Book, row: dict[str, Any]) -> pd.DataFrame:
    """Return the mean absolute points of every group at each stored date of the model."""
    found: dict[str, pd.Series] = {}
    for name in book.snapshots.stored(row["model_id"]):
        points = book.snapshots.read(name, "contributions").drop(columns="subject")
        of = pd.Series(
            {n: book.rules.indicators[n].tree for n in points.columns if n in book.rules.indicators}
        )
        found[name[:10]] = points[of.index].T.groupby(of).sum().T.abs().mean()
    return pd.DataFrame(found).T.fillna(0.0)
