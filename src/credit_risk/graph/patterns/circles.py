"""Guarantee circles: enterprises that vouch for each other round a ring, so that none stands for any outsider."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from credit_risk.book.networks import Pattern
from credit_risk.graph.patterns.finding import Finding, Reading, told

__all__ = ["circles", "in_rings", "rings"]


def circles(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return the shortest ring of at most ``longest`` members through every edge that is on one, each once."""
    edges = read.edges(pattern.relations)
    edges = edges[edges["src"] != edges["dst"]]
    codes, names = pd.factorize(pd.concat([edges["src"], edges["dst"]]), sort=True)
    src, dst = codes[: len(edges)], codes[len(edges) :]
    kept = in_rings(src, dst, len(names))
    edges = edges[kept].assign(a=src[kept], b=dst[kept]).sort_values(["a", "b", "kind", "record_id"])
    edges = edges.drop_duplicates(["a", "b"])
    first = {(row.a, row.b): told(row) for row in edges.itertuples()}
    found = []
    for ring in rings(list(first), pattern.longest):
        if len(ring) >= pattern.at_least:
            hops = zip(ring, [*ring[1:], ring[0]], strict=True)
            ties = [first[hop] for hop in hops]
            days = [tie.since for tie in ties]
            members = sorted(names[i] for i in ring)
            found.append(Finding(pattern.pattern, members, ties, min(days), max(days), float(len(ring))))
    return found


def in_rings(src: np.ndarray, dst: np.ndarray, size: int) -> np.ndarray:
    """Tell which directed edges lie on any ring: both ends in one strongly connected component."""
    if not len(src):
        return np.zeros(0, bool)
    whole = csr_matrix((np.ones(len(src), np.int8), (src, dst)), shape=(size, size))
    _, label = connected_components(whole, connection="strong")
    return np.asarray(label[src] == label[dst])


def rings(edges: Sequence[tuple[int, int]], longest: int) -> Iterator[tuple[int, ...]]:
    """Return for every edge the shortest ring through it of up to ``longest`` nodes; from its least node, each once.

    Of equally short ones the first by the order of nodes.
    """
    onward: dict[int, list[int]] = {}
    for a, b in sorted(edges):
        onward.setdefault(a, []).append(b)
    seen = set()
    for a, b in sorted(edges):
        way = _way(onward, b, a, longest - 1)
        if way:
            at = way.index(min(way))
            ring = tuple(way[at:] + way[:at])
            if ring not in seen:
                seen.add(ring)
                yield ring


def _way(onward: dict[int, list[int]], start: int, goal: int, most: int) -> list[int] | None:
    """Return the shortest way from ``start`` to ``goal`` of up to ``most`` edges, both ends included."""
    before: dict[int, int] = {start: start}
    front = deque([(start, 0)])
    while front:
        node, steps = front.popleft()
        if node == goal:
            way = [node]
            while way[-1] != start:
                way.append(before[way[-1]])
            return way[::-1]
        if steps < most:
            for to in onward.get(node, []):
                if to not in before:
                    before[to] = node
                    front.append((to, steps + 1))
    return None
