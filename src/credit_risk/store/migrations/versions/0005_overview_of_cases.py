"""An index that holds the overview of the cases, so that the queue is read without their findings."""

from alembic import op

revision = "0005_overview_of_cases"
down_revision = "0004_service"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "cases_by_overview",
        "cases",
        [
            "state", "rank", "value", "case_id", "subject", "level", "codes", "assignee", "due_on",
            "snoozed_until",
        ],
    )  # fmt: skip
