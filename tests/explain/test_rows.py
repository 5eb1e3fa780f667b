"""A row looked up by its group is the row of the whole table, whatever parts and groups that was written in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from credit_risk.explain.rows import Rows


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    subjects = sorted(f"S{n:03d}" for n in range(0, 400, 3))
    values = np.arange(len(subjects), dtype=float)
    return pd.DataFrame({"subject": subjects, "a": values, "b": np.where(values % 5 == 0, np.nan, -values)})


@pytest.mark.parametrize("parts", [0, 1, 4])
def test_every_row_is_found_and_no_other(tmp_path: Path, table: pd.DataFrame, parts: int) -> None:
    path = tmp_path / "t.parquet"
    if parts:
        path.mkdir()
    size = -(-len(table) // max(parts, 1))
    for number in range(max(parts, 1)):
        part = pa.Table.from_pandas(table.iloc[number * size : (number + 1) * size], preserve_index=False)
        pq.write_table(part, path / f"part-{number:05d}.parquet" if parts else path, row_group_size=16)
    rows = Rows(path)
    for one in table.itertuples(index=False):
        expected = {"a": one.a, "b": None if np.isnan(one.b) else one.b}
        assert rows.row(one.subject) == expected
    assert rows.row("S003", ["a", "unknown"]) == {"a": 1.0}
    assert [rows.row(s) for s in ("A", "S001", "S398", "T")] == [None] * 4
