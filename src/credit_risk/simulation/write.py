"""Write sheets as the departments would; the same sheet gives the same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from credit_risk.simulation.draws import Columns, Sheet

__all__ = ["table_of", "write_sheet"]


def write_sheet(sheet: Sheet, inbox: Path, encoding: str) -> None:
    """Write one CSV file with header in the given encoding."""
    options = pa_csv.WriteOptions(quoting_style="needed", quoting_header="needed")
    buffer = io.BytesIO()
    pa_csv.write_csv(table_of(sheet.columns), buffer, options)
    content = buffer.getvalue()
    if encoding != "utf-8":
        content = content.decode("utf-8").encode(encoding)
    (inbox / sheet.file).write_bytes(content)


def table_of(columns: Columns) -> pa.Table:
    """Return columns as an Arrow table; NaN and NaT are null."""
    return pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
