"""Human decisions outside the model, with every act on them."""

import sqlalchemy as sa
from alembic import op

revision = "0002_overrides"
down_revision = "0001_keys_audit_people_cases"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "overrides",
        sa.Column("override_id", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("public", sa.String(1), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("proposed_at", sa.String(32), nullable=False),
        sa.Column("starts", sa.String(10), nullable=False),
        sa.Column("expires", sa.String(10), nullable=False),
    )
    op.create_index("overrides_by_subject", "overrides", ["subject"])
    op.create_table(
        "override_acts",
        sa.Column("override_id", sa.String(20), sa.ForeignKey("overrides.override_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
