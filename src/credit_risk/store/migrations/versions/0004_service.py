"""Answers kept for a day, fresh scores, and the outbox for the city platform with its receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0004_service"
down_revision = "0003_inbox"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "idempotency",
        sa.Column("caller", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("answer", sa.Text),
    )
    op.create_index("idempotency_at", "idempotency", ["at"])
    op.create_table(
        "fresh_scores",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("snapshot_id", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("row", sa.Text, nullable=False),
    )
    op.create_index("fresh_scores_of", "fresh_scores", ["snapshot_id", "number"])
    op.create_table(
        "outbox",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("retracts", sa.String(64)),
    )
    op.create_table(
        "outbox_receipts",
        sa.Column("message_id", sa.String(64), sa.ForeignKey("outbox.message_id"), primary_key=True),
        sa.Column("caller", sa.String(64), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("detail", sa.String(500)),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("outbox_receipts", "outbox", "fresh_scores", "idempotency"):
        op.drop_table(name)
