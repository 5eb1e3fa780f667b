"""Posted rows as the view of text that a file would be, and the mapping that reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.book.schema import Column, SourceRule
from credit_risk.errors import InputError, nearest

__all__ = ["posted_rows", "source_for"]

MOST = 1000


def source_for(rules: Rules, source_or_kind: str) -> SourceRule:
    """Return a source by its name or as the only one that delivers a type; raises InputError."""
    if source_or_kind in rules.sources:
        return rules.sources[source_or_kind]
    found = [source for source in rules.sources.values() if source.to == source_or_kind]
    if len(found) == 1:
        return found[0]
    known = [*rules.sources, *rules.records, *rules.relations]
    if found:
        raise InputError(
            f"{source_or_kind}: several sources deliver it, name one of {', '.join(s.source for s in found)}"
        )
    raise InputError(
        f"no source or type {source_or_kind!r} in this book", hint=nearest(source_or_kind, known)
    )


def posted_rows(source: SourceRule, rows: Sequence[Mapping[str, Any]]) -> tuple[SourceRule, pa.Table]:
    """Return the mapping for the words in which the rows came, and the rows as text with ``_row`` from 1 on.

    A field that is left out is null. Raises InputError for a field that neither the file nor the engine knows.
    """
    if not 1 <= len(rows) <= MOST:
        raise InputError(f"rows: expected 1 to {MOST}, came {len(rows)}")
    mapping = {target: column for target, column in source.map.items() if target != "received_at"}
    fields = {str(field) for row in rows for field in row}
    targets = {target for target, column in mapping.items() if column.column is not None}
    own = {str(column.column) for column in mapping.values() if column.column is not None}
    if not fields <= own:
        unknown = sorted(fields - targets)
        if unknown:
            raise InputError(
                f"{source.source}: unknown field {unknown[0]!r}; expected {', '.join(sorted(targets))}",
                hint=nearest(unknown[0], [*targets, *own]),
            )
        mapping = {target: _in_engine_words(target, column) for target, column in mapping.items()}
    columns = sorted({str(column.column) for column in mapping.values() if column.column is not None})
    text = {name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in columns}
    raw = pa.table({"_row": pa.array(range(1, len(rows) + 1), pa.int64()), **text})
    return source.model_copy(update={"map": mapping}), raw


def _in_engine_words(target: str, column: Column) -> Column:
    if column.column is None:
        return column
    return column.model_copy(update={"column": target, "unit": Decimal(1)})


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
