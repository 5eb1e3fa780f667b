"""What a message of the outbox is about, and which one it takes the place of."""

import sqlalchemy as sa
from alembic import op

revision = "0007_outbox_versions"
down_revision = "0006_random_audit_sample"


def upgrade() -> None:
    """Add the columns and their index."""
    op.add_column("outbox", sa.Column("item", sa.String(64), nullable=False, server_default=""))
    op.add_column("outbox", sa.Column("supersedes", sa.String(64)))
    op.create_index("outbox_of_fact", "outbox", ["kind", "subject", "item", "number"])
