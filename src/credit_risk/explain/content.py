"""A hash of what a table says: of its values, not of how they are laid out in memory or in files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["content_hash"]


def content_hash(tables: Iterable[pa.Table]) -> str:
    """Return the hash of the rows of ``tables`` in order, 64 hex digits; how they are cut makes no difference.

    Column by column: nulls, lengths and values. Types that a score table does not have are not taken.
    """
    digests: dict[str, Any] = {}
    for table in tables:
        for name in table.column_names:
            digest = digests.setdefault(name, _Digests())
            for chunk in table.column(name).chunks:
                digest.add(chunk)
    whole = hashlib.blake2b(digest_size=32)
    for name, digest in digests.items():
        whole.update(name.encode() + digest.value())
    return whole.hexdigest()


class _Digests:
    """Hashes of the streams of one column, each the same however the column is cut."""

    def __init__(self) -> None:
        self.streams: list[Any] = []

    def add(self, array: pa.Array) -> None:
        for place, stream in enumerate(_streams(array)):
            if place == len(self.streams):
                self.streams.append(hashlib.blake2b(digest_size=32))
            self.streams[place].update(stream)

    def value(self) -> bytes:
        return b"".join(stream.digest() for stream in self.streams)


def _streams(array: pa.Array) -> list[Any]:
    """Return one byte stream for nulls, one for lengths where there are any, and those of the values."""
    kind = array.type
    known = array.is_valid().cast(pa.uint8()).to_numpy()
    if pa.types.is_list(kind):
        lengths = pc.list_value_length(array).fill_null(-1).to_numpy()
        return [known, lengths, *_streams(array.flatten())]
    if pa.types.is_string(kind):
        lengths = pc.binary_length(array).fill_null(-1).to_numpy()
        return [known, lengths, _text(array)]
    if pa.types.is_boolean(kind):
        return [known, array.fill_null(False).cast(pa.uint8()).to_numpy()]
    width = {4: pa.int32(), 8: pa.int64(), 2: pa.int16(), 1: pa.int8()}[kind.bit_width // 8]
    return [known, np.ascontiguousarray(array.view(width).fill_null(0).to_numpy())]


def _text(array: pa.Array) -> memoryview:
    dense = array.drop_null()
    if len(dense) == 0:
        return memoryview(b"")
    offsets = np.frombuffer(dense.buffers()[1], np.int32)[dense.offset : dense.offset + len(dense) + 1]
    return memoryview(dense.buffers()[2])[offsets[0] : offsets[-1]]
