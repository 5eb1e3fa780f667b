"""The tables of the service: answers kept for callers who ask again, fresh scores, and the outbox for the platform."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from credit_risk.store.tables import MOMENT, metadata

__all__ = ["fresh_scores", "idempotency", "metadata", "outbox", "outbox_receipts"]

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("asked", String(64), nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Index("idempotency_at", "at"),
)

fresh_scores = Table(
    "fresh_scores",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("snapshot_id", String(200), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("row", Text, nullable=False),
    Index("fresh_scores_of", "snapshot_id", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("message_id", String(64), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(100), nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("body", Text, nullable=False),
    Column("retracts", String(64)),
    Column("item", String(64), nullable=False),
    Column("supersedes", String(64)),
    Index("outbox_of_fact", "kind", "subject", "item", "number"),
)

outbox_receipts = Table(
    "outbox_receipts",
    metadata,
    Column("message_id", String(64), ForeignKey("outbox.message_id"), primary_key=True),
    Column("caller", String(64), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("result", String(16), nullable=False),
    Column("detail", String(500)),
)
