"""``credit-risk warn``: the warnings of the current snapshot."""

from __future__ import annotations

import json
from datetime import datetime

import pandas as pd

from credit_risk.cli import score as scoring
from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.score import AsOf, as_known
from credit_risk.cli.train import RecipeName
from credit_risk.explain import Snapshot
from credit_risk.warnings import LEVELS, Warned
from credit_risk.zone import Book

__all__ = ["run", "show"]

TITLES = {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝"}


@app.command()
def warn(as_of: AsOf, recipe: RecipeName = None, as_json: Json = False) -> None:
    """风险预警 · Score as known at a time and raise the warnings: leads with evidence, for people to judge.

    Example: `credit-risk warn --as-of 2024-12-31 --json`
    """
    book = Book.open(BookFolder.path)
    warned = run(book, as_of, scoring.run(book, as_of, recipe))
    if as_json:
        print_json({"without_evidence": warned.without_evidence, "warnings": as_json_rows(warned.warnings)})
    else:
        show(warned)


def run(book: Book, t: datetime, snapshot: Snapshot) -> Warned:
    """Raise the warnings of a snapshot with progress."""
    with Step("风险预警", "Raising warnings"):
        return book.warn(as_known(t), snapshot)


def as_json_rows(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return warnings as plain JSON types."""
    plain = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{**row, "as_of": str(row["as_of"]), "signals": json.loads(row["signals"])} for row in plain]


def show(warned: Warned) -> None:
    """Print how many warnings of which level there are."""
    counts = warned.warnings["level"].value_counts()
    said = [f"{TITLES[level]} {level} {int(counts.get(level, 0)):,}" for level in LEVELS]
    err.print(
        f"  {' · '.join(said)}    预警是线索，由人判断 a warning is a lead, people decide", markup=False
    )
