"""Keys, audit, people and their sessions, warning cases with every move."""

import sqlalchemy as sa
from alembic import op

revision = "0001_keys_audit_people_cases"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "keys",
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("scenes", sa.String(500), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32)),
        sa.Column("expires_at", sa.String(32)),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("scene", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("result", sa.String(64), nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(300), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.String(32)),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(64), sa.ForeignKey("users.user_id"), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("seen_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("pd", sa.Float),
        sa.Column("grade", sa.String(10)),
        sa.Column("signals", sa.Text, nullable=False),
        sa.Column("codes", sa.String(300), nullable=False),
        sa.Column("snapshot_id", sa.String(200), nullable=False),
        sa.Column("first_seen", sa.String(32), nullable=False),
        sa.Column("last_seen", sa.String(32), nullable=False),
        sa.Column("due_on", sa.String(10), nullable=False),
        sa.Column("snoozed_until", sa.String(10)),
        sa.Column("assignee", sa.String(64)),
        sa.Column("conclusion", sa.String(20)),
        sa.Column("closed_at", sa.String(32)),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("cases_by_subject", "cases", ["subject"])
    op.create_index("cases_by_queue", "cases", ["state", "rank", "value"])
    op.create_table(
        "moves",
        sa.Column("case_id", sa.String(20), sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20)),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.Column("undone", sa.Boolean, nullable=False),
    )
    op.create_table(
        "suppressed",
        sa.Column("snapshot_id", sa.String(200), primary_key=True),
        sa.Column("subject", sa.String(100), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("level", sa.String(10), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("signals", sa.Text, nullable=False),
        sa.Column("case_id", sa.String(20)),
    )
