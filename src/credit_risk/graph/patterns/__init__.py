"""Patterns that a supervisor asks about, found over the whole graph as known at t."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.networks import Pattern
from credit_risk.graph.as_of import Graph
from credit_risk.graph.patterns.carousels import carousels
from credit_risk.graph.patterns.circles import circles
from credit_risk.graph.patterns.clusters import clusters
from credit_risk.graph.patterns.finding import Edge, Finding, Reading
from credit_risk.graph.patterns.hands import nominees, old_hands
from credit_risk.records.clock import Moment

__all__ = ["Edge", "Finding", "Reading", "find_patterns", "pattern_table"]

FINDERS: dict[str, Callable[[Reading, Pattern], list[Finding]]] = {
    "circle": circles,
    "carousel": carousels,
    "cluster": clusters,
    "nominee": nominees,
    "old_hand": old_hands,
}


def find_patterns(
    graph: Graph, t: Moment, names: Iterable[str] | None = None, read: Reading | None = None
) -> list[Finding]:
    """Return what the patterns of the book (or those in ``names``) find with all that is known and usable at t.

    A fact that was repaired, withdrawn or shielded by t makes no finding. Ordered by pattern as in the book, then by
    members; the same pool gives the same findings whatever the order of its rows. ``read`` is the graph as known at t,
    where it has been opened otherwise.
    """
    chosen, read = graph.pool.rules.patterns, read or Reading(graph, t)
    return [
        finding
        for name in (names if names is not None else chosen)
        for finding in sorted(FINDERS[chosen[name].kind](read, chosen[name]), key=_place)
    ]


def pattern_table(read: Reading, pattern: Pattern) -> tuple[npt.NDArray[np.object_], pd.DataFrame]:
    """Return enterprises in a pattern and their fields: findings, the strongest one's score, the largest one's members.

    Of an old hand only the new enterprise is one: the failed one is known for what it is.
    """
    rows = [
        (member, finding.score, len(finding.members))
        for finding in FINDERS[pattern.kind](read, pattern)
        for member in finding.concerns or finding.members
    ]
    frame = pd.DataFrame(rows, columns=["subject", "score", "members"])
    table = frame.groupby("subject").agg(
        found=("score", "size"), score=("score", "max"), members=("members", "max")
    )
    return table.index.to_numpy(object), table.reset_index(drop=True).astype(float)


def _place(finding: Finding) -> tuple[list[str], str]:
    return finding.members, finding.record_ids[0] if finding.record_ids else ""
