"""All indicators that need no relations, of a million enterprises from 20 million invented records, beside pandas.

Half of the records are monthly reports (filings, insurance, electricity, declarations and the like), one is a
registration of each enterprise, the rest is of all other types alike. The engine works in parts of enterprises, as the
nightly scoring does, from Parquet on disk to a table in memory. pandas computes the same indicators of a sample of
enterprises, their records in memory already; the engine computes that sample from disk, and the values must agree.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit_risk.features import Matrix
from evaluation.bench.apart import apart
from evaluation.bench.by_pandas import known_with_pandas, own_with_pandas
from evaluation.bench.graph import T, codes_of, matrix_at
from evaluation.bench.invented import MONTHLY, invent_records

__all__ = ["features_against_pandas"]

ENTERPRISES, RECORDS, SAMPLE, PART = 1_000_000, 20_000_000, 50_000, 250_000


def features_against_pandas(enterprises: int = ENTERPRISES, records: int = RECORDS) -> dict[str, Any]:
    """Compute all own indicators of a million enterprises from 20 million records; beside pandas on a sample."""
    with tempfile.TemporaryDirectory() as folder:
        large, small = Path(folder) / "large", Path(folder) / "small"
        count = _invent(large, enterprises, records)
        sample = min(SAMPLE, enterprises)
        _invent(small, sample, int(records / enterprises * sample))
        night, peer = apart(_night, large, enterprises), apart(_against, small, sample)
    return {
        "enterprises": enterprises, "records": count, **night,
        **{name: value for name, value in peer.items() if name != "peak_gib"},
    }  # fmt: skip


def _own(matrix: Matrix) -> list[str]:
    return [n for n in matrix.catalogue.entries if not matrix.catalogue.rests_on_relations(n)]


def _invent(var: Path, enterprises: int, records: int) -> int:
    rules = matrix_at(var).catalogue.rules
    rare = [
        k for k, kind in rules.records.items() if not kind.life and k not in MONTHLY and k != "registration"
    ]
    counts = dict.fromkeys(MONTHLY, records // 2 // len(MONTHLY))
    counts |= dict.fromkeys(rare, (records - records // 2 - enterprises) // len(rare))
    return invent_records(rules, enterprises, counts | {"registration": enterprises})


def _night(var: Path, enterprises: int) -> dict[str, Any]:
    matrix, codes = matrix_at(var), codes_of(enterprises)
    names = _own(matrix)
    began = time.perf_counter()
    for first in range(0, enterprises, PART):
        matrix.build(codes[first : first + PART], T, names)
    return {"indicators": len(names), "seconds": round(time.perf_counter() - began, 1)}


def _against(var: Path, enterprises: int) -> dict[str, Any]:
    matrix, codes = matrix_at(var), codes_of(enterprises)
    names = _own(matrix)
    rows = {k: matrix.records.pool.scan(k).to_pandas() for k in matrix.catalogue.rules.records}
    matrix.build(codes[:10], T, names)  # the plan is written once and kept
    began = time.perf_counter()
    t = pd.Timestamp(T)
    expected = own_with_pandas(
        matrix.catalogue, lambda kind: known_with_pandas(rows[kind], t), codes, t, names
    )
    pandas_took = time.perf_counter() - began
    began = time.perf_counter()
    came = matrix.build(codes, T, names).to_pandas().set_index("subject")
    engine_took = time.perf_counter() - began
    numbers = [n for n in names if matrix.catalogue.entries[n].rule.kind != "category"]
    one = came[numbers].to_numpy(float)
    other = np.column_stack([expected[n].astype("Float64").to_numpy(float, na_value=np.nan) for n in numbers])
    apart_by = np.abs(one - other) / np.maximum(np.abs(other), 1)
    return {
        "ratio_to_pandas": round(pandas_took / engine_took, 1), "sample_enterprises": enterprises,
        "sample_seconds": round(engine_took, 1),
        "sample_null_in_one_only": int((np.isnan(one) != np.isnan(other)).sum()),
        "sample_largest_difference": float(np.nanmax(apart_by)),
    }  # fmt: skip
