"""Answers told ahead: the JSON of every row of a snapshot, made once after it was published.

    told.arrow   one row an enterprise, in the order of ``served.arrow``: the text and the marks in it

Telling a row costs many times what reading its text does, so whoever asks for the first time waits no longer than
whoever asks again. Where the file is not there yet, rows are told when they are asked for. The texts are not packed:
some 15 KB an enterprise on disk, of one snapshot only, are less than what unpacking costs every answer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
from joblib import Parallel, delayed

from credit_risk.errors import Fault
from credit_risk.explain.by_place import by_place
from credit_risk.explain.marked import Marked, Teller
from credit_risk.explain.plain import plain
from credit_risk.explain.served import mapped, rows_of
from credit_risk.explain.told import Words
from credit_risk.records.store import atomic_path

__all__ = ["Ahead", "Told", "tell_row", "told_in", "write_ahead"]

FORMAT = {
    "format": "1"
}  # another whenever texts or marks are told otherwise: a file of another one is told anew
SCHEMA = pa.schema(
    [
        ("as_of", pa.string()),
        ("unseen_category", pa.string()),
        ("head", pa.int32()),  # bytes of the text before the reasons
        ("marks", pa.list_(pa.int32())),
        ("text", pa.binary()),  # null where the row cannot be told
    ],
    metadata=FORMAT,
)
UNTOLD = -1
FEW = 4  # batches that are told in this process: to start another takes longer
Progress = Callable[[str, int, int], None]


class Told(NamedTuple):
    """What is told of a row, all but what changes from day to day: an object that is open at its end.

    The reasons are the last in it; ``head`` is the number of bytes before them.
    """

    whole: Marked
    head: int
    as_of: str
    unseen_category: str | None


def tell_row(teller: Teller, row: dict[str, Any]) -> Told:
    """Return what is told of a stored row; raises Fault where a number in it is not finite."""
    head = orjson.dumps(plain(row))[:-1] + b',"reasons":'
    return Told(teller.tell(row, head), len(head), row["as_of"].isoformat(), row["unseen_category"])


def write_ahead(served: Path, words: Words, target: Path, progress: Progress | None = None) -> None:
    """Tell every row of a file of served scores, on all processors; the file appears whole."""
    count = mapped(served).num_record_batches
    work = Parallel(n_jobs=1 if count <= FEW else -1, return_as="generator", pre_dispatch="n_jobs")
    tables: Iterator[pa.RecordBatch] = work(delayed(_told)(served, words, number) for number in range(count))
    with (
        warnings.catch_warnings(),
        atomic_path(target) as draft,
        pa.ipc.new_file(str(draft), SCHEMA) as writer,
    ):
        warnings.filterwarnings(
            "ignore", "A worker stopped"
        )  # it is begun anew when it has grown; nothing is lost
        for number, batch in enumerate(tables):
            if progress:
                progress("told", number, count)
            writer.write_batch(batch)
    if progress:
        progress("", count, count)


def _told(served: Path, words: Words, number: int) -> pa.RecordBatch:
    batch, teller = mapped(served).get_batch(number), Teller(words)
    row = rows_of(batch)
    rows = [_stored(teller, row(place)) for place in range(len(batch))]
    return pa.RecordBatch.from_pylist(rows, SCHEMA)


def _stored(teller: Teller, row: dict[str, Any]) -> dict[str, Any]:
    try:
        told = tell_row(teller, row)
    except Fault:
        return {}  # whoever asks for it is told why
    text, marks = told.whole
    return {
        "as_of": told.as_of, "unseen_category": told.unseen_category, "head": told.head,
        "marks": marks, "text": text,
    }  # fmt: skip


def told_in(path: Path) -> bool:
    """Tell whether a file is there in the format of today."""
    return path.is_file() and mapped(path).schema.equals(SCHEMA, check_metadata=True)


class Ahead:
    """The answers of one snapshot, mapped and not loaded; batches and rows are numbered as in the served scores."""

    def __init__(self, path: Path) -> None:
        self.file = mapped(path)
        self._batches: dict[int, Callable[[int], Told | None]] = {}

    def row(self, batch: int, place: int) -> Told | None:
        """Return what was told of a row; None where it could not be told."""
        read = self._batches.get(batch)
        if read is None:
            read = self._batches[batch] = _reader(self.file.get_batch(batch))
        return read(place)


def _reader(batch: pa.RecordBatch) -> Callable[[int], Told | None]:
    as_of, unseen = by_place(batch.column("as_of")), by_place(batch.column("unseen_category"))
    texts, marks = batch.column("text"), batch.column("marks")
    _, starts, packed = texts.buffers()
    text, start = memoryview(packed or b"").cast("B"), memoryview(starts).cast("i")
    head = memoryview(batch.column("head").fill_null(UNTOLD).to_numpy())
    marked, numbers = memoryview(marks.offsets.to_numpy()), memoryview(marks.values.to_numpy())

    def read(place: int) -> Told | None:
        if head[place] == UNTOLD:
            return None
        told = text[start[place] : start[place + 1]]
        own = numbers[marked[place] : marked[place + 1]].tolist()
        return Told(Marked(told, own), head[place], as_of(place), unseen(place))

    return read
