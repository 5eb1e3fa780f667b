"""Open the store: one database a book, brought to the newest schema before it is used."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from credit_risk.errors import InputError
from credit_risk.store.migrate import bring_up_to_date

__all__ = ["SILENT", "exclusive", "open_store", "reading"]

URL = "CREDIT_RISK_DATABASE_URL"
WAITS = 10  # seconds for a connection, or for a lock that another writer holds
SILENT = (OperationalError, PoolTimeout)  # what says that the store does not answer, now or at all
POSTGRESQL = {
    "connect_timeout": WAITS, "tcp_user_timeout": WAITS * 1000, "options": f"-c lock_timeout={WAITS}s",
}  # fmt: skip


def open_store(var: Path) -> Engine:
    """Open the store of a book whose folder is ``var``, or the database that ``CREDIT_RISK_DATABASE_URL`` names.

    Raises
    ------
    InputError
        The URL cannot be read, or the database does not answer.

    """
    var.mkdir(parents=True, exist_ok=True)
    return _opened(os.environ.get(URL, f"sqlite:///{(var / 'operational.db').absolute()}"))


def exclusive(connection: Connection, table: Table) -> None:
    """Let nobody else write ``table`` until the transaction ends.

    SQLite transactions are exclusive among writers already (they begin IMMEDIATE); PostgreSQL's table is locked.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'LOCK TABLE "{table.name}" IN EXCLUSIVE MODE'))


def reading(engine: Engine) -> Engine:
    """Return the engine for transactions that only read: on SQLite they neither wait for writers nor hold them up."""
    return engine.execution_options(reading=True)


@cache
def _opened(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        postgresql = parsed.get_backend_name() == "postgresql"
        waits = {n: v for n, v in POSTGRESQL.items() if n not in parsed.query} if postgresql else {}
        engine = create_engine(parsed, pool_pre_ping=True, pool_timeout=WAITS, connect_args=waits)
    except ArgumentError as problem:
        raise InputError(f"{URL}: expected a database URL", hint=str(problem)) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
    try:
        bring_up_to_date(engine)
    except DBAPIError as problem:
        shown = parsed.render_as_string(hide_password=True)
        raise InputError(f"the store {shown} does not answer", hint=str(problem.orig)) from None
    return engine


def _begin(connection: Connection) -> None:
    """Begin a transaction of SQLite: one that may write waits for its turn at once, one that reads waits for nobody."""
    reads = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _durable(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # BEGIN is ours, see above
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={WAITS * 1000}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
