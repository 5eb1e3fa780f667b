"""A table or view of another database as text columns: SQLite, PostgreSQL or whatever SQLAlchemy opens.

A department's database is read anew by every ingest; rows that did not change are known and stored once. Users and
passwords do not belong in a book: ``$NAME`` in the address stands for an environment variable.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from string import Template

import duckdb
import pyarrow as pa
from sqlalchemy import CursorResult, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from credit_risk.book.schema import SourceRule
from credit_risk.errors import SourceError
from credit_risk.records.sql import identifier

__all__ = ["table_view"]

BLOCK = 50_000


@contextmanager
def table_view(
    connection: duckdb.DuckDBPyConnection, source: SourceRule, inbox: Path, view: str
) -> Iterator[list[str] | None]:
    """Create ``view`` over the rows of a source's query in its database; yield the names of its columns.

    Yields None when the source is optional and its SQLite file is not there.

    Raises
    ------
    SourceError
        The address cannot be read or names an unset variable, or the database does not answer the query.

    """
    address = _address(source, inbox)
    if address is None:
        yield None
        return
    try:
        engine = create_engine(address)
        with engine.connect().execution_options(stream_results=True, yield_per=BLOCK) as asked:
            columns = _hold(connection, asked.execute(text(str(source.query))), view)
    except (ArgumentError, NoSuchModuleError, DBAPIError, ImportError) as problem:
        told = str(getattr(problem, "orig", None) or problem).splitlines()[0]
        raise SourceError(
            f"source {source.source}: the database does not answer: {told}",
            hint="compare database and query with the department's database",
            source=source.source,
        ) from None
    try:
        yield columns
    finally:
        connection.execute(f"DROP VIEW IF EXISTS {view}")
        connection.execute(f"DROP TABLE IF EXISTS {view}_rows")


def _address(source: SourceRule, inbox: Path) -> str | None:
    """Return the address with variables put in; a bare name is a SQLite file in the inbox."""
    try:
        address = Template(str(source.database)).substitute(os.environ)
    except (KeyError, ValueError) as problem:
        raise SourceError(
            f"source {source.source}: database: environment variable {problem} is not set",
            hint="set it to the user, password or address that the department gave",
            source=source.source,
        ) from None
    if "://" in address:
        return make_url(address).render_as_string(hide_password=False)
    path = inbox / address
    if not path.is_file():
        if source.optional:
            return None
        raise SourceError(f"source {source.source}: no database {address!r} in {inbox}", source=source.source)
    return f"sqlite:///file:{path.resolve()}?mode=ro&uri=true"


def _hold(
    connection: duckdb.DuckDBPyConnection, rows: CursorResult[tuple[object, ...]], view: str
) -> list[str]:
    columns = list(rows.keys())
    wanted = ", ".join(f"{identifier(name)} VARCHAR" for name in columns)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {view}_rows (_row BIGINT, {wanted})")
    done = 0
    for part in rows.partitions(BLOCK):
        texts = [pa.array([_text(value) for value in one], pa.string()) for one in zip(*part, strict=True)]
        numbers = pa.array(range(done + 1, done + len(part) + 1), pa.int64())
        connection.register("block", pa.table([numbers, *texts], names=["_row", *columns]))
        connection.execute(f"INSERT INTO {view}_rows SELECT * FROM block")
        connection.unregister("block")
        done += len(part)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {view}_rows")
    return columns


def _text(value: object) -> str | None:
    """Return a value as a file would hold it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)):f}"
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)  # of dates and moments: ISO, a blank between day and time
