"""How many values every indicator takes in the practice zone: one that always says the same tells nobody anything.

``python -m evaluation.varies`` takes the zone in the book's ``var`` (simulated, ingested) at its last day and in the
autumn before, when annual reports have fallen due, and keeps the counts. A test holds the catalogue to them: see
``tests/features/test_varies.py``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from credit_risk.zone import Book
from evaluation.kept import keep

__all__ = ["distinct_values"]

ROOT = Path(__file__).resolve().parents[1]
DATES = ("2025-09-30", "2026-06-30")


def main() -> int:
    """Count and keep."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    book = Book.open(ROOT)
    known = book.records.known("registration", DATES[-1]).select("subject").distinct().to_pandas()["subject"]
    told = distinct_values(book, known.tolist(), DATES)
    keep("varies", {"enterprises": len(known), "dates": list(DATES), "distinct": told})
    print([name for name, count in told.items() if count < 2], file=sys.stderr)
    return 0


def distinct_values(book: Book, subjects: list[str], dates: tuple[str, ...]) -> dict[str, int]:
    """Return of every indicator how many values it takes, unknown being one of them."""
    tables = [book.matrix.build(subjects, t, list(book.catalogue.entries)).to_pandas() for t in dates]
    together = pd.concat(tables, ignore_index=True).drop(columns="subject")
    return {str(name): int(count) for name, count in together.nunique(dropna=False).items()}


if __name__ == "__main__":
    sys.exit(main())
