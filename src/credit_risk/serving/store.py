"""The operational store: keys and audit. SQLite in ``var`` by default, any database by ``CREDIT_RISK_DATABASE_URL``."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, create_engine, event

__all__ = ["audit_lines", "keys", "open_store"]

metadata = MetaData()

keys = Table(
    "keys",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(64), nullable=False),
    Column("scenes", String(500), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("revoked_at", String(32)),
)

audit_lines = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(64), nullable=False),
    Column("scene", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("result", String(64), nullable=False),
    Column("before", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)


def open_store(var: Path) -> Engine:
    """Open the store and make its tables where they are missing."""
    var.mkdir(parents=True, exist_ok=True)
    url = os.environ.get("CREDIT_RISK_DATABASE_URL", f"sqlite:///{var / 'operational.db'}")
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    metadata.create_all(engine)
    return engine


def _durable(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # BEGIN is ours, see above
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
