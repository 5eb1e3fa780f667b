"""The batches of a type as one table in the columns of the book, whichever fields the book had when they were stored.

A field that the book has learnt since is null in an older batch; one that it has dropped is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from credit_risk.book import Rules
from credit_risk.records.envelope import RELATION_ENVELOPE, record_columns
from credit_risk.records.sql import identifier, quote

__all__ = ["alike", "columns_of", "rows_of"]


def columns_of(rules: Rules, kind: str) -> dict[str, str]:
    """Return the columns of a type and their SQL types."""
    return record_columns(rules.records[kind]) if kind in rules.records else dict(RELATION_ENVELOPE)


def alike(rules: Rules, kind: str, batches: Sequence[Path]) -> bool:
    """Tell whether every batch has exactly the columns of the book."""
    wanted = tuple(columns_of(rules, kind))
    return all(_names(batch) == wanted for batch in batches)


def rows_of(rules: Rules, kind: str, batches: Sequence[Path]) -> str:
    """Return SQL that selects all rows of one batch or more."""
    listed = ", ".join(quote(str(batch)) for batch in batches)
    if alike(rules, kind, batches):
        return f"SELECT * FROM read_parquet([{listed}])"
    known = {name for batch in batches for name in _names(batch)}
    chosen = [
        identifier(name) if name in known else f"CAST(NULL AS {sql}) AS {identifier(name)}"
        for name, sql in columns_of(rules, kind).items()
    ]
    return f"SELECT {', '.join(chosen)} FROM read_parquet([{listed}], union_by_name = true)"


@lru_cache(maxsize=2**16)
def _names(batch: Path) -> tuple[str, ...]:
    """Return the columns of a batch, which never changes once it is there."""
    return tuple(pq.read_schema(batch).names)
