"""The random audit sample: who was drawn to be checked, warned of or not, and what was found."""

import sqlalchemy as sa
from alembic import op

revision = "0006_random_audit_sample"
down_revision = "0005_overview_of_cases"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "audit_sample",
        sa.Column("sample_id", sa.String(20), primary_key=True),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("snapshot_id", sa.String(200), nullable=False),
        sa.Column("drawn_at", sa.String(32), nullable=False),
        sa.Column("warned", sa.Boolean, nullable=False),
        sa.Column("verdict", sa.String(20)),
        sa.Column("decided_at", sa.String(32)),
        sa.Column("actor", sa.String(200)),
        sa.Column("reason", sa.Text),
    )
    op.create_index("audit_sample_by_subject", "audit_sample", ["subject"])
