"""Small views for people: the neighbourhood of an enterprise, and why two are related; by networkx."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise

import networkx as nx
import numpy as np
import pandas as pd

from credit_risk.graph.network import Network

__all__ = ["Ego", "Node", "Path", "Tie", "ego_of", "paths_between"]

LONGEST = 4


@dataclass(frozen=True, slots=True)
class Tie:
    """One relation with its source: a hop of a path, an edge of a picture."""

    src: str
    dst: str
    kind: str
    weight: float | None
    since: date
    source: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Node:
    """An enterprise, person or group, ``steps`` relations away; ``x`` and ``y`` in [-1, 1] are where it is drawn."""

    id: str
    kind: str
    steps: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ego:
    """The neighbourhood of an enterprise; ``left_out`` nodes are not shown because there are too many."""

    subject: str
    nodes: list[Node]
    ties: list[Tie]
    left_out: int


@dataclass(frozen=True, slots=True)
class Path:
    """One way from one enterprise to another: the nodes in order, and for every hop the relation that makes it."""

    nodes: list[str]
    ties: list[Tie]


def ego_of(network: Network, subject: str, hops: int = 1, most: int = 300) -> Ego:
    """Return who is up to ``hops`` (1 to 4) relations away, the nearest first, at most ``most`` nodes.

    The places are the same every time. An enterprise without relations stands alone.
    """
    start = network.number(subject)
    if start is None:
        return Ego(subject, [Node(subject, "enterprise", 0, 0.0, 0.0)], [], 0)
    away = network.steps_from(start, min(max(hops, 1), LONGEST))
    reached = np.flatnonzero(away >= 0)
    ordered = reached[np.argsort(away[reached], kind="stable")]
    kept = ordered[:most]
    ties = [_tie(row) for row in network.edges_among(kept).itertuples()]
    steps = {str(network.ids[i]): int(away[i]) for i in kept}
    places = _places(subject, steps, ties)
    nodes = [Node(n, kind_of(n), s, *places[n]) for n, s in steps.items()]
    return Ego(subject, nodes, ties, len(ordered) - len(kept))


def paths_between(
    network: Network, one: str, other: str, longest: int = LONGEST, most: int = 3
) -> list[Path]:
    """Return the ``most`` shortest ways from one enterprise to another of up to ``longest`` hops; ties by name.

    Only nodes on such a way are looked at. Of parallel relations the one known longest makes the hop.
    """
    a, b = network.number(one), network.number(other)
    if a is None or b is None or a == b:
        return []
    from_a, from_b = network.steps_from(a, longest), network.steps_from(b, longest)
    between = (from_a >= 0) & (from_b >= 0) & (from_a + from_b <= longest) & ~network.closed
    between[[a, b]] = True
    nodes = np.flatnonzero(between)
    edges = network.edges_among(nodes).sort_values(["received_at", "record_id"], ascending=False)
    small = nx.Graph()
    small.add_nodes_from([one, other])
    for row in edges.itertuples():
        small.add_edge(row.src, row.dst, tie=_tie(row))
    try:
        found = list(islice(nx.shortest_simple_paths(small, one, other), 50 * most))
    except nx.NetworkXNoPath:
        return []
    short = sorted((p for p in found if len(p) - 1 <= longest), key=lambda p: (len(p), p))[:most]
    return [Path(p, [small.edges[u, v]["tie"] for u, v in pairwise(p)]) for p in short]


def kind_of(node: str) -> str:
    """Return ``enterprise``, or what stands before the colon of a mediating node: ``person``, ``group``."""
    kind, colon, _ = node.partition(":")
    return kind if colon else "enterprise"


def _tie(row: object) -> Tie:
    weight, since = getattr(row, "weight"), getattr(row, "valid_from")  # noqa: B009
    return Tie(
        str(getattr(row, "src")), str(getattr(row, "dst")), str(getattr(row, "kind")),  # noqa: B009
        None if pd.isna(weight) else float(weight), pd.Timestamp(since).date(),
        str(getattr(row, "source")), str(getattr(row, "record_id")),  # noqa: B009
    )  # fmt: skip


def _rounds(nodes: int) -> int:
    """Return how often nodes are moved: each round costs the square of their number."""
    return max(15, min(60, 4500 // nodes))


def _places(subject: str, steps: dict[str, int], ties: list[Tie]) -> dict[str, tuple[float, float]]:
    """Return places by a spring layout that starts from rings around the subject."""
    drawn = nx.Graph()
    drawn.add_nodes_from(steps)
    drawn.add_edges_from((t.src, t.dst) for t in ties)
    rings: dict[int, list[str]] = {}
    for node, step in steps.items():
        rings.setdefault(step, []).append(node)
    first = {
        node: (step * np.cos(2 * np.pi * i / len(ring)), step * np.sin(2 * np.pi * i / len(ring)))
        for step, ring in rings.items()
        for i, node in enumerate(sorted(ring))
    }
    if len(steps) == 1:
        return {subject: (0.0, 0.0)}
    spread = 2.2 / np.sqrt(len(steps))
    placed = nx.spring_layout(
        drawn, pos=first, fixed=[subject], k=spread, iterations=_rounds(len(steps)), seed=7
    )
    points = np.array([placed[n] for n in steps])
    scale = np.abs(points).max() or 1.0
    return {n: (float(x), float(y)) for n, (x, y) in zip(steps, points / scale, strict=True)}
