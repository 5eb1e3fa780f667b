"""Values of an Arrow column read one by one: numbers straight from the mapped pages, repeated texts from a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

__all__ = ["Read", "by_place"]

FEW = 256  # different texts of a column up to which each is made once
Read = Callable[[int], Any]


def by_place(column: pa.Array) -> Read:
    """Return what gives the plain value at a place: nulls None."""
    kind = column.type
    if pa.types.is_list(kind):
        return _lists(column)
    if column.null_count == 0 and (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        numbers = column.to_numpy()
        return lambda place: numbers[place].item()
    if pa.types.is_string(kind):
        coded = column.dictionary_encode()
        texts = [*coded.dictionary.to_pylist(), None]
        if len(texts) <= FEW:
            code = coded.indices.fill_null(len(texts) - 1).to_numpy()
            return lambda place: texts[code[place]]
    return lambda place: column[place].as_py()


def _lists(column: pa.ListArray) -> Read:
    starts, values = column.offsets.to_numpy(), column.values
    kind = values.type
    known = column.is_valid().to_numpy(zero_copy_only=False)
    if values.null_count == 0 and (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        numbers = values.to_numpy()
        return lambda at: numbers[starts[at] : starts[at + 1]].tolist() if known[at] else None
    return lambda at: values.slice(starts[at], starts[at + 1] - starts[at]).to_pylist() if known[at] else None
