"""The records behind signals, told as JSON for whoever is warned: columns of text, and no object a record."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from joblib import delayed

from credit_risk.explain.backing import backing
from credit_risk.explain.evidence import EVIDENCE_COLUMNS
from credit_risk.features import Matrix
from credit_risk.features.at_once import at_once
from credit_risk.records.clock import Moment

__all__ = ["BACKED_SCHEMA", "joined", "with_evidence"]

EVIDENCE_PER_INDICATOR = 5
TOLD = sorted([*(c for c in EVIDENCE_COLUMNS if c != "subject"), "indicator", "total"])
SOUGHT = 40_000  # subjects at most whose records are looked for together: memory grows with them
AT_ONCE = 5000  # subjects whose records are told at the same time
ESCAPED = r'[\x00-\x1f"\\]'
BACKED_SCHEMA = pa.schema([(name, pa.string()) for name in ("subject", "signal", "records")])
LENGTHS = {"event_date": 10, "received_at": 19}  # of moments: to the day, to the second

Ints = npt.NDArray[np.int64]


def with_evidence(matrix: Matrix, hits: pd.DataFrame, t: Moment) -> tuple[pa.Table, pd.DataFrame]:
    """Return the signals that have records by ``BACKED_SCHEMA``, sorted, and the hits that have none.

    ``records`` is a JSON list. Of each indicator the latest records are told; each names its ``indicator`` and how many
    that has (``total``). A record behind several indicators of a signal is told once.
    """
    rules = matrix.catalogue.rules
    rests_on = pd.DataFrame(
        [(s.signal, name, place) for s in rules.signals.values() for place, name in enumerate(s.evidence)],
        columns=["signal", "indicator", "place"],
    )
    subjects, tables = np.sort(hits["subject"].unique()), []
    for part in np.array_split(subjects, -(-len(subjects) // SOUGHT) or 1):
        asked = hits[hits["subject"].isin(part)].merge(rests_on, on="signal")
        tables += _backed(matrix, asked, rests_on["indicator"].tolist(), t)
    backed = pa.concat_tables(tables) if tables else BACKED_SCHEMA.empty_table()
    told = backed.select(["subject", "signal"]).to_pandas()
    bare = hits[~pd.MultiIndex.from_frame(hits[["subject", "signal"]]).isin(pd.MultiIndex.from_frame(told))]
    return backed, bare.reset_index(drop=True)


def _backed(matrix: Matrix, asked: pd.DataFrame, among: list[str], t: Moment) -> list[pa.Table]:
    """Return the signals of some subjects that have records, ``AT_ONCE`` subjects a table."""
    pairs = asked[["indicator", "subject"]].drop_duplicates()
    found = backing(matrix, pairs, among, EVIDENCE_PER_INDICATOR, t)
    names = {c: np.unique(asked[c].to_numpy(object)) for c in ("subject", "signal", "indicator")}
    codes = pd.DataFrame({c: _codes(pa.array(asked[c], pa.string()), names[c]) for c in names})
    codes["place"] = asked["place"].to_numpy()
    held = pd.DataFrame({c: _codes(found[c], names[c]) for c in ("subject", "indicator")})
    held["rank"], held["row"] = found["rank"].to_numpy(), np.arange(len(found))
    return list(
        at_once(delayed(_told)(found, one, other, names) for one, other in _parts(codes, held, names))
    )


def joined(values: pa.Array, starts: Ints) -> pa.Array:
    """Return the texts of ``values`` from each start to the next as a JSON list."""
    offsets = pa.array(np.append(starts, len(values)), pa.int32())
    lists = pc.binary_join(pa.ListArray.from_arrays(offsets, values), ", ")
    return pc.binary_join_element_wise("[", lists, "]", "")


def _codes(values: pa.Array | pa.ChunkedArray, names: npt.NDArray[np.object_]) -> Ints:
    """Return the place of every value among ``names``."""
    codes: Ints = pc.index_in(values, pa.array(names, pa.string())).to_numpy().astype(np.int64)
    return codes


def _parts(
    asked: pd.DataFrame, held: pd.DataFrame, names: dict[str, npt.NDArray[np.object_]]
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return what is asked and what was found of ``AT_ONCE`` subjects each."""
    asked, held = asked.sort_values("subject", kind="stable"), held.sort_values("subject", kind="stable")
    starts = np.arange(0, len(names["subject"]), AT_ONCE)
    edges = [np.searchsorted(table["subject"], [*starts, len(names["subject"])]) for table in (asked, held)]
    for i in range(len(starts)):
        one, other = (
            table.iloc[edge[i] : edge[i + 1]] for table, edge in zip((asked, held), edges, strict=True)
        )
        yield one, other


def _told(
    found: pa.Table, asked: pd.DataFrame, held: pd.DataFrame, names: dict[str, npt.NDArray[np.object_]]
) -> pa.Table:
    """Return the signals of some subjects with their records, by ``BACKED_SCHEMA``."""
    rows = asked.merge(held, on=["subject", "indicator"])
    rows = rows.iloc[np.lexsort([rows[c] for c in ("rank", "place", "signal", "subject")])]
    table = found.take(pa.array(rows["row"].to_numpy())).combine_chunks()
    record = table["record_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = ~rows[["subject", "signal"]].assign(record=record).duplicated().to_numpy()
    rows, pieces = rows[first], _objects(table.filter(pa.array(first)))
    starts = np.flatnonzero(~rows[["subject", "signal"]].duplicated().to_numpy())
    told = {c: pa.array(names[c][rows[c].to_numpy()[starts]], pa.string()) for c in ("subject", "signal")}
    return pa.table(told | {"records": joined(pieces, starts)}, BACKED_SCHEMA)


def _objects(table: pa.Table) -> pa.Array:
    """Return each row as a JSON object with the fields of ``TOLD``."""
    parts: list[pa.Array | str] = []
    for place, name in enumerate(TOLD):
        parts += [
            (", " if place else "{") + json.dumps(name) + ": ",
            _value(table[name].combine_chunks(), name),
        ]
    return pc.binary_join_element_wise(*parts, "}", "")


def _value(column: pa.Array, name: str) -> pa.Array:
    """Return a column as JSON values."""
    text = column.cast(pa.string())
    if pa.types.is_integer(column.type):
        return text
    if name in LENGTHS:
        text = pc.utf8_slice_codeunits(text, 0, LENGTHS[name])
    quoted = pc.binary_join_element_wise('"', text, '"', "")
    odd = pc.fill_null(pc.match_substring_regex(text, ESCAPED), False)
    if pc.any(odd).as_py():
        escaped = [json.dumps(one, ensure_ascii=False) for one in text.filter(odd).to_pylist()]
        quoted = pc.replace_with_mask(quoted, odd, pa.array(escaped, pa.string()))
    return quoted.fill_null("null")
