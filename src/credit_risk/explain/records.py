"""The records behind the indicators that reasons show, found for many enterprises at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from credit_risk.explain.evidence import EVIDENCE_COLUMNS, Evidence
from credit_risk.explain.reasons import Ranked
from credit_risk.explain.schema import RECORD_FIELDS
from credit_risk.explain.told import Words

__all__ = ["MOST", "with_records"]

MOST = 5  # records of one indicator
Places = npt.NDArray[np.int64]


def with_records(
    reasons: pa.Table, ranked: Ranked, subjects: pa.ChunkedArray, words: Words, evidence: Evidence
) -> pa.Table:
    """Return ``reasons`` with up to ``MOST`` records of every indicator shown; one query an indicator."""
    slots, found = _found(ranked, subjects.combine_chunks(), words, evidence)
    order = np.argsort(slots, kind="stable")  # of one indicator they come as they are to be shown
    slots, found = slots[order], found.take(pa.array(order))
    counts = np.bincount(slots, minlength=len(ranked.row))
    own = pc.equal(found["about"], pc.take(subjects.combine_chunks(), pa.array(ranked.row[slots])))
    codes = pc.index_in(found["kind"], value_set=pa.array(list(words.kinds), pa.string()))
    columns: dict[str, Any] = {
        "shown_records": _lists(ranked.row, len(reasons), pa.array(counts, pa.int16())),
        "record_about": pc.if_else(own, pa.scalar(None, pa.string()), found["about"]),
        "record_kind": codes.cast(pa.int16()),
        "record_id": found["record_id"],
        "record_source": found["source"],
        "record_date": found["event_date"],
        "record_received": pc.floor_temporal(found["received_at"], unit="second").cast(pa.timestamp("s")),
    }
    for name, _ in RECORD_FIELDS[1:]:
        columns[name] = _lists(ranked.row[slots], len(reasons), columns[name].combine_chunks())
    for name, kind in RECORD_FIELDS:
        place = reasons.column_names.index(name)
        reasons = reasons.set_column(place, pa.field(name, kind), columns[name].cast(kind))
    return reasons


def _found(ranked: Ranked, subjects: pa.Array, words: Words, evidence: Evidence) -> tuple[Places, pa.Table]:
    """Return records, and for each the place of the shown indicator that it stands behind."""
    slots, tables = [np.empty(0, np.int64)], [pa.table({n: [] for n in EVIDENCE_COLUMNS}, _SCHEMA)]
    order = np.argsort(ranked.name, kind="stable")
    bounds = np.searchsorted(ranked.name[order], np.arange(len(words.names) + 1))
    for place, name in enumerate(words.names):
        at = order[bounds[place] : bounds[place + 1]]
        if len(at):
            asked = subjects.take(pa.array(ranked.row[at]))
            found = evidence.table(name, asked.to_pylist(), MOST).cast(_SCHEMA)
            tables.append(found)
            slots.append(at[pc.index_in(found["subject"], value_set=asked).to_numpy()])
    return np.concatenate(slots), pa.concat_tables(tables)


_SCHEMA = pa.schema(
    [(n, pa.string()) for n in EVIDENCE_COLUMNS[:5]]
    + [("event_date", pa.date32()), ("received_at", pa.timestamp("us"))]
)


def _lists(row: Places, rows: int, values: pa.Array) -> pa.Array:
    offsets = np.searchsorted(row, np.arange(rows + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)
