"""Which evidence may still be used, told from what was read already; only the rest is asked of the pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from credit_risk.archive import Archive, Asking
from credit_risk.graph.network import Network

__all__ = ["Living", "told_of"]

NEAR = 2  # relations behind a reason are at most so many steps away


class Living:
    """What of the evidence behind a score is usable at the archive's day.

    The archive has judged the enterprise's own records, the network holds the relations that are valid. ``near`` asks
    of the records of those whom the evidence is ``about``, ``asking`` of relations further away.
    """

    def __init__(
        self, archive: Archive, network: Network, row: dict[str, Any] | None, near: Asking, asking: Asking
    ) -> None:
        self.near, self.asking = near, asking
        self.own = {
            line.record_id for line in archive.lines if line.status == "usable" and line.other is None
        }
        self.relations = _relations_near(network, archive.subject)
        self.about = {one["record_id"]: one["about"] for one in _evidence(row)}

    def usable(self, kind: str, record_ids: Sequence[str]) -> set[str]:
        """Return which of these records or relations may be used."""
        wanted = set(record_ids)
        found = wanted & (self.relations if kind in self.asking.rules.relations else self.own)
        rest = sorted(wanted - found)
        if not rest:
            return found
        if kind in self.asking.rules.relations:
            return found | self.asking.usable(kind, rest)
        return found | (self.near.usable_of(kind, sorted({self.about[one] for one in rest})) & wanted)


def told_of(row: dict[str, Any] | None) -> tuple[list[str], set[str]]:
    """Return the other enterprises that a score's evidence is about, and the types of that evidence."""
    told = [one for one in _evidence(row) if row and one["about"] != row["subject"]]
    return sorted({one["about"] for one in told}), {one["kind"] for one in told}


def _evidence(row: dict[str, Any] | None) -> list[dict[str, Any]]:
    shown = [one for reason in (row["reasons"] if row else []) for one in reason["indicators"]]
    return [evidence for one in shown for evidence in one["evidence"]]


def _relations_near(network: Network, subject: str) -> set[str]:
    start = network.number(subject)
    if start is None:
        return set()
    near = np.flatnonzero(network.steps_from(start, NEAR) >= 0)
    return set(network.edges_among(near)["record_id"])
