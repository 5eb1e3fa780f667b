"""Coverage of sources: a line that delivers far less than it used to is down; its silence says nothing of anybody."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from credit_risk.records import Records
from credit_risk.records.clock import Moment, moment

__all__ = ["coverage", "dead_lines"]

WINDOW_DAYS, PAST = 30, 6
DEAD_BELOW = 0.35
FEWEST = 20


def coverage(records: Records, kind: str, t: Moment) -> float | None:
    """Return what a record type delivered in the 30 days to t over the median of the six such windows before.

    Only what was received counts, by its clock of reception, so it is known at t. None where the type never delivered
    steadily (a median below 20 rows): its silence means nothing.
    """
    if not records.pool.holds(kind):
        return None
    end = moment(t)
    rows = records.pool.scan(kind)
    received = rows.received_at
    edges = [end - timedelta(days=WINDOW_DAYS * i) for i in range(PAST + 2)]
    counts = [
        received.count(where=(received <= late) & (received > early)).name(f"n{i}")
        for i, (late, early) in enumerate(pairwise(edges))
    ]
    told = rows.aggregate(counts).to_pandas().iloc[0].astype(float)
    usual = float(told.iloc[1:].median())
    return None if usual < FEWEST else float(told.iloc[0]) / usual


def dead_lines(records: Records, kinds: list[str], t: Moment) -> dict[str, float]:
    """Return the record types among ``kinds`` whose line is down at t, with their coverage."""
    found = {kind: coverage(records, kind, t) for kind in sorted(set(kinds))}
    return {kind: share for kind, share in found.items() if share is not None and share < DEAD_BELOW}
