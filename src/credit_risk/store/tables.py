"""The tables of the store. Moments are ISO texts in local time, so that they sort and read alike everywhere."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "audit_lines",
    "audit_sample",
    "cases",
    "inbox",
    "keys",
    "metadata",
    "moves",
    "override_acts",
    "overrides",
    "receipts",
    "sessions",
    "suppressed",
    "users",
]

metadata = MetaData()
MOMENT = String(32)
NAME = String(200)

keys = Table(
    "keys",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("caller_id", String(16), nullable=False),  # the first key of the caller: rotation keeps it
    Column("name", NAME, nullable=False),
    Column("role", String(64), nullable=False),
    Column("scenes", String(500), nullable=False),
    Column("secret_hash", String(64), nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
    Column("expires_at", MOMENT),
)

audit_lines = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", NAME, nullable=False),
    Column("role", String(64), nullable=False),
    Column("scene", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", NAME, nullable=False),
    Column("result", String(64), nullable=False),
    Column("before", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("user_id", String(64), primary_key=True),
    Column("name", NAME, nullable=False),
    Column("role", String(64), nullable=False),
    Column("password_hash", String(300), nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", MOMENT),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", String(64), ForeignKey("users.user_id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(20), primary_key=True),
    Column("subject", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("level", String(10), nullable=False),
    Column("rank", Integer, nullable=False),  # 0 red ... 3 blue: the order of the queue
    Column("value", Float, nullable=False),
    Column("pd", Float),
    Column("grade", String(10)),
    Column("signals", Text, nullable=False),
    Column("codes", String(300), nullable=False),
    Column("snapshot_id", String(200), nullable=False),
    Column("first_seen", MOMENT, nullable=False),
    Column("last_seen", MOMENT, nullable=False),
    Column("due_on", String(10), nullable=False),
    Column("snoozed_until", String(10)),
    Column("assignee", String(64)),
    Column("conclusion", String(20)),
    Column("closed_at", MOMENT),
    Column("version", Integer, nullable=False),
    Column("changed", Integer, nullable=False),  # place of its last move among those of all cases
    Index("cases_by_subject", "subject"),
    Index("cases_by_change", "changed"),
    Index("cases_by_queue", "state", "rank", "value"),
    Index(
        "cases_by_overview",
        "state",
        "rank",
        "value",
        "case_id",
        "subject",
        "level",
        "codes",
        "assignee",
        "due_on",
        "snoozed_until",
        "conclusion",
        "first_seen",
    ),
    Index("cases_by_end", "last_seen", "conclusion", "subject", "codes", "case_id"),
)

moves = Table(
    "moves",
    metadata,
    Column("case_id", String(20), ForeignKey("cases.case_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", NAME, nullable=False),
    Column("role", String(64), nullable=False),
    Column("act", String(20), nullable=False),
    Column("before", String(20)),
    Column("after", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text),
    Column("undone", Boolean, nullable=False, default=False),
)

suppressed = Table(
    "suppressed",
    metadata,
    Column("snapshot_id", String(200), primary_key=True),
    Column("subject", String(100), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("why", String(20), nullable=False),
    Column("level", String(10), nullable=False),
    Column("value", Float, nullable=False),
    Column("signals", Text, nullable=False),
    Column("case_id", String(20)),
)

overrides = Table(
    "overrides",
    metadata,
    Column("override_id", String(20), primary_key=True),
    Column("subject", String(100), nullable=False),
    Column("public", String(1), nullable=False),
    Column("reason", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("author", NAME, nullable=False),
    Column("proposed_at", MOMENT, nullable=False),
    Column("starts", String(10), nullable=False),
    Column("expires", String(10), nullable=False),
    Index("overrides_by_subject", "subject"),
)

override_acts = Table(
    "override_acts",
    metadata,
    Column("override_id", String(20), ForeignKey("overrides.override_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", NAME, nullable=False),
    Column("role", String(64), nullable=False),
    Column("act", String(20), nullable=False),
    Column("reason", Text, nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", String(40), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("by", NAME, nullable=False),
    Column("idempotency_key", NAME),
    Column("content", String(64), nullable=False),  # SHA-256 of source and rows: what the key was used for
    Column("source", String(100), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("counts", String(300), nullable=False),
    Column("problems", Text, nullable=False),
    UniqueConstraint("by", "idempotency_key", name="receipts_once"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("receipt_id", String(40), ForeignKey("receipts.receipt_id"), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("record_id", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("row", Text, nullable=False),  # JSON of the stored columns as text
    Column("fold", String(64)),  # the batch it is being folded into; the row goes once that is stored
    UniqueConstraint("kind", "record_id", "version", name="inbox_once"),
)

audit_sample = Table(
    "audit_sample",
    metadata,
    Column("sample_id", String(20), primary_key=True),
    Column("subject", String(100), nullable=False),
    Column("snapshot_id", String(200), nullable=False),
    Column("drawn_at", MOMENT, nullable=False),
    Column("warned", Boolean, nullable=False),
    Column("verdict", String(20)),
    Column("decided_at", MOMENT),
    Column("actor", NAME),
    Column("reason", Text),
    Index("audit_sample_by_subject", "subject"),
)
