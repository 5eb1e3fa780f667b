"""Callers that outlive the rotation of their keys, and the order in which cases moved."""

import sqlalchemy as sa
from alembic import op

revision = "0008_callers_and_order_of_moves"
down_revision = "0007_outbox_versions"


def upgrade() -> None:
    """Add both columns; what was kept by key or by name goes to the caller where it is known."""
    op.add_column("keys", sa.Column("caller_id", sa.String(16), nullable=False, server_default=""))
    op.add_column("cases", sa.Column("changed", sa.Integer, nullable=False, server_default="0"))
    op.create_index("cases_by_change", "cases", ["changed"])
    _callers()
    _order()


def _callers() -> None:
    """Take keys of one name, role and scenes as one caller's: that is what rotation made."""
    caller_of: dict[tuple[str, ...], str] = {}
    ids: dict[str, object] = {}
    told = sa.text("SELECT key_id, name, role, scenes FROM keys ORDER BY made_at, key_id")
    keys = op.get_bind().execute(told).all()
    for key_id, *own in keys:
        ids[key_id] = caller_of.setdefault(tuple(own), key_id)
    callers_named: dict[str, list[str]] = {}
    for (name, *_), caller_id in caller_of.items():
        callers_named.setdefault(name, []).append(caller_id)
    _many("UPDATE keys SET caller_id = :to WHERE key_id = :of", ids)
    _many(
        'UPDATE receipts SET "by" = :to WHERE "by" = :of',
        {name: f"{name} ({found[0]})" for name, found in callers_named.items() if len(found) == 1},
    )
    rotated = {key_id: caller_id for key_id, caller_id in ids.items() if key_id != caller_id}
    for table, own in (("idempotency", ["key"]), ("outbox_receipts", ["message_id"])):
        same = " AND ".join(f"b.{c} = {table}.{c}" for c in own)
        free = f"NOT EXISTS (SELECT 1 FROM {table} b WHERE b.caller = :to AND {same})"
        _many(f"UPDATE {table} SET caller = :to WHERE caller = :of AND {free}", rotated)


def _order() -> None:
    """Number the cases by the day of their last move, as the feed told them until now."""
    last = "SELECT case_id FROM moves GROUP BY case_id ORDER BY max(at), case_id"
    found = op.get_bind().execute(sa.text(last)).scalars().all()
    _many(
        "UPDATE cases SET changed = :to WHERE case_id = :of",
        {case_id: n for n, case_id in enumerate(found, 1)},
    )


def _many(statement: str, to: dict[str, object]) -> None:
    if to:
        op.get_bind().execute(sa.text(statement), [{"of": of, "to": new} for of, new in to.items()])


def downgrade() -> None:
    """Drop the columns."""
    op.drop_index("cases_by_change", "cases")
    op.drop_column("cases", "changed")
    op.drop_column("keys", "caller_id")
