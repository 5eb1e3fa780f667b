"""The published scores as they are read one by one: an Arrow file, mapped and not loaded, found by bisection.

A row costs about a twentieth of a millisecond and hardly any memory; several processes share the pages. The Parquet
tables stay the archive.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from credit_risk.explain.by_place import by_place
from credit_risk.records.store import atomic_path

__all__ = ["Served", "mapped", "rows_of", "write_served"]

ROWS = 4096  # of one batch; memory while writing grows with it, not with the snapshot


def write_served(tables: Iterable[pa.Table], schema: pa.Schema, target: Path) -> None:
    """Write the rows of ``tables``, which are sorted by subject, as a file to be mapped."""
    with atomic_path(target) as draft, pa.ipc.new_file(str(draft), schema) as writer:
        for table in tables:
            for batch in table.select(schema.names).cast(schema).to_batches(max_chunksize=ROWS):
                writer.write_batch(batch)


def mapped(path: Path) -> pa.ipc.RecordBatchFileReader:
    """Open an Arrow file whose pages are read when they are asked for."""
    return pa.ipc.open_file(pa.memory_map(str(path), "r"))


class Served:
    """The scores of one snapshot; rows are looked up by subject."""

    def __init__(self, path: Path) -> None:
        self.file = mapped(path)
        batches = [self.file.get_batch(i) for i in range(self.file.num_record_batches)]
        subjects = [
            np.array([s.encode() for s in b.column("subject").to_pylist()], np.bytes_) for b in batches
        ]
        self.batches, self.readers = batches, dict[int, Callable[[int], dict[str, Any]]]()
        self.starts = list(accumulate(map(len, subjects), initial=0))
        self.subjects = np.concatenate([np.array([], "S1"), *subjects])

    def row(self, subject: str) -> dict[str, Any] | None:
        """Return one row as plain types, nulls None; None when it is not there."""
        found = self.place(subject)
        return self.at(*found) if found else None

    def place(self, subject: str) -> tuple[int, int] | None:
        """Return the batch of an enterprise and its place there; None when it is not there."""
        key = subject.encode()
        place = int(self.subjects.searchsorted(key))
        if place >= len(self.subjects) or self.subjects[place] != key:
            return None
        batch = bisect_right(self.starts, place) - 1
        return batch, place - self.starts[batch]

    def at(self, batch: int, place: int) -> dict[str, Any]:
        """Return the row at a place."""
        if batch not in self.readers:
            self.readers[batch] = rows_of(self.batches[batch])
        return self.readers[batch](place)


def rows_of(batch: pa.RecordBatch) -> Callable[[int], dict[str, Any]]:
    """Return what gives the row at a place of a batch as plain types, nulls None."""
    columns = {name: by_place(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    return lambda place: {name: read(place) for name, read in columns.items()}
