"""Open a department's file as a DuckDB relation of text columns, whatever its format and encoding."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from credit_risk.errors import SourceError
from credit_risk.records.sql import identifier

__all__ = ["as_text_view", "detect_encoding", "query_view"]

BLOCK = 1 << 22
ENCODINGS = ("utf-8", "gb18030")


def detect_encoding(path: Path) -> str:
    """Return the first of UTF-8 and GB18030 that decodes the whole file, or ``utf-8`` with damage.

    A byte-order mark is UTF-8. A file that neither decodes is read as UTF-8 with its broken bytes
    replaced by U+FFFD, so that only the rows that hold them go to quarantine.
    """
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    decoder.decode(block)
                decoder.decode(b"", final=True)
            return encoding
        except UnicodeDecodeError:
            continue
    return "damaged"


@contextmanager
def as_text_view(connection: duckdb.DuckDBPyConnection, path: Path, view: str) -> Iterator[list[str]]:
    """Create ``view`` over the file's rows with their number in ``_row``; yield the names of its columns."""
    with TemporaryDirectory() as scratch:
        try:
            yield _hold(connection, view, _reader(path, Path(scratch)))
        except duckdb.Error as problem:
            raise SourceError(
                f"{path.name}: cannot be read: {str(problem).splitlines()[0]}",
                hint="open the file and compare its header and separators with the mapping",
                file=str(path),
            ) from None
        finally:
            _let_go(connection, view)


def _hold(connection: duckdb.DuckDBPyConnection, view: str, sql: str) -> list[str]:
    """Keep the rows in the order in which they came, so that several cores may read them and each has its number."""
    connection.execute("SET preserve_insertion_order = true")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {view}_rows AS {sql}")
    connection.execute("SET preserve_insertion_order = false")
    found = [str(row[0]) for row in connection.execute(f"DESCRIBE {view}_rows").fetchall()]
    names = _unwrapped(found)
    renamed = ", ".join(
        f"{identifier(old)} AS {identifier(new)}" for old, new in zip(found, names, strict=True)
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT rowid + 1 AS _row, {renamed} FROM {view}_rows"
    )
    return names


def _unwrapped(names: list[str]) -> list[str]:
    """Return column names without line breaks inside or blanks around, unless two would become one."""
    clean = ["".join(part.strip() for part in name.splitlines()).strip(" \t　") for name in names]
    return clean if len(set(clean)) == len(clean) else names


def _let_go(connection: duckdb.DuckDBPyConnection, view: str) -> None:
    connection.execute(f"DROP VIEW IF EXISTS {view}")
    connection.execute(f"DROP TABLE IF EXISTS {view}_rows")


@contextmanager
def query_view(
    connection: duckdb.DuckDBPyConnection, query: str, view: str, optional: bool
) -> Iterator[list[str] | None]:
    """Create ``view`` over a mapping's SQL; ``{data}`` is the folder in ``CREDIT_RISK_DATA``.

    Yields None when the query is optional and no file matches.
    """
    data = os.environ.get("CREDIT_RISK_DATA")
    if "{data}" in query and not data:
        raise SourceError(
            "CREDIT_RISK_DATA is not set, but the book reads public data from it",
            hint="set it to the folder that holds the data sets, for example CREDIT_RISK_DATA=../data",
        )
    sql = query.replace("{data}", str(data))
    try:
        columns = _hold(connection, view, f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})")
    except duckdb.IOException as problem:
        if optional and "No files found" in str(problem):
            yield None
            return
        raise SourceError(str(problem).splitlines()[0]) from None
    try:
        yield columns
    finally:
        _let_go(connection, view)


def _reader(path: Path, scratch: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in {".csv", ".txt"}:
        return _csv(path, scratch)
    quoted = str(path).replace("'", "''")
    if suffix == ".parquet":
        source = f"read_parquet('{quoted}')"
    elif suffix in {".jsonl", ".ndjson"}:
        source = f"read_json('{quoted}', format='newline_delimited')"
    elif suffix == ".xlsx":
        return _csv(_excel(path, scratch), scratch)
    else:
        raise SourceError(f"{path.name}: expected .csv, .txt, .xlsx, .jsonl or .parquet, came {suffix!r}")
    return f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {source}"


def _csv(path: Path, scratch: Path) -> str:
    encoding = detect_encoding(path)
    if encoding != "utf-8":
        path = _transcode(path, scratch, encoding)
    quoted = str(path).replace("'", "''")
    return (
        f"SELECT * FROM read_csv('{quoted}', header=true,"
        " all_varchar=true, null_padding=true, delim=',', quote='\"', escape='\"')"
    )


def _transcode(path: Path, scratch: Path, encoding: str) -> Path:
    target = scratch / (path.stem + ".utf8.csv")
    errors = "replace" if encoding == "damaged" else "strict"
    name = "utf-8" if encoding == "damaged" else encoding
    with (
        path.open(encoding=name, errors=errors, newline="") as source,
        target.open("w", encoding="utf-8", newline="") as sink,
    ):
        while block := source.read(BLOCK):
            sink.write(block)
    return target


def _excel(path: Path, scratch: Path) -> Path:
    import pandas as pd

    target = scratch / (path.stem + ".csv")
    pd.read_excel(path, dtype=str).to_csv(target, index=False)
    return target
