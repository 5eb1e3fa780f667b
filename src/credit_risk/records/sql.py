"""Text and names as SQL, and connections that say nothing of their own."""

from __future__ import annotations

import contextlib

import duckdb
import pyarrow as pa

__all__ = ["ROW_GROUP", "STORED", "connected", "hush", "identifier", "lay", "quote"]

ROW_GROUP = (
    40_960  # rows; of a sorted file the records of one enterprise are found by reading so many of a column
)
STORED = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"


def connected() -> duckdb.DuckDBPyConnection:
    """Return a new database in memory that draws no progress bar: what a command prints is its own."""
    connection = duckdb.connect()
    hush(connection)
    return connection


def hush(connection: duckdb.DuckDBPyConnection) -> None:
    """Take the progress bar from a connection."""
    with contextlib.suppress(
        duckdb.InvalidInputException
    ):  # a notebook without widgets has no bar to take away
        connection.execute("SET enable_progress_bar = false")


def lay(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Lay rows into the temporary table ``name`` of a connection, in place of what was there.

    DuckDB (1.5) pushes a Bloom filter from a join into what it scans, and a registered Arrow table takes none
    (duckdb-python issue 463).
    """
    connection.register("rows_to_lay", rows)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS SELECT * FROM rows_to_lay")
    connection.unregister("rows_to_lay")


def quote(text: str) -> str:
    """Return text as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
