"""The inbox of single records and the receipts for them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_inbox"
down_revision = "0002_overrides"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "receipts",
        sa.Column("receipt_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("idempotency_key", sa.String(200)),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("source", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("counts", sa.String(300), nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
        sa.UniqueConstraint("by", "idempotency_key", name="receipts_once"),
    )
    op.create_table(
        "inbox",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("receipt_id", sa.String(40), sa.ForeignKey("receipts.receipt_id"), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("fold", sa.String(64)),
        sa.UniqueConstraint("kind", "record_id", "version", name="inbox_once"),
    )
