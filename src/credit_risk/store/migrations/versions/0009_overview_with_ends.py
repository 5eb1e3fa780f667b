"""Indexes that hold the whole overview of the cases, and the ended ones by the day they were last seen."""

from alembic import op

revision = "0009_overview_with_ends"
down_revision = "0008_callers_and_order_of_moves"

BEFORE = [
    "state", "rank", "value", "case_id", "subject", "level", "codes", "assignee", "due_on", "snoozed_until",
]  # fmt: skip


def upgrade() -> None:
    """Make the overview's index wider, and the other."""
    op.drop_index("cases_by_overview", "cases")
    op.create_index("cases_by_overview", "cases", [*BEFORE, "conclusion", "first_seen"])
    op.create_index("cases_by_end", "cases", ["last_seen", "conclusion", "subject", "codes", "case_id"])


def downgrade() -> None:
    """Put the narrower index back."""
    op.drop_index("cases_by_end", "cases")
    op.drop_index("cases_by_overview", "cases")
    op.create_index("cases_by_overview", "cases", BEFORE)
