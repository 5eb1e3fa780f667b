"""All relations known at t as one sparse network: who is next to whom, by which relation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix

from credit_risk.graph.as_of import Graph
from credit_risk.records.clock import Moment

__all__ = ["Network"]

Ints = npt.NDArray[np.int64]
COLUMNS = ["src", "dst", "weight", "valid_from", "received_at", "record_id", "source"]


@dataclass(frozen=True)
class Network:
    """Nodes by number (``ids`` is sorted) and edges by row of ``edges``; built once for one t.

    Attributes
    ----------
    edges
        ``src``, ``dst``, ``kind``, ``weight``, ``valid_from``, ``received_at``, ``record_id``, ``source``.
    start, beside, by
        For node i, ``beside[start[i]:start[i + 1]]`` are its neighbours in either direction, ``by`` the edges' rows.
    closed
        Nodes that paths do not lead through: mediators with more members than their relation's ``hub_limit`` joins,
        and enterprises with more than ``most_neighbours`` neighbours. They are shown, but relate nobody.

    """

    ids: npt.NDArray[np.object_]
    edges: pd.DataFrame
    start: Ints
    beside: Ints
    by: Ints
    closed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, graph: Graph, t: Moment, most_neighbours: int = 200) -> Network:
        """Read every relation known and valid at t."""
        rules = graph.pool.rules.relations
        tables = [
            graph.as_of(kind, t).select(COLUMNS).to_pandas().assign(kind=kind)
            for kind in rules
            if graph.pool.holds(kind)
        ]
        edges = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*COLUMNS, "kind"])
        edges = edges.sort_values(["src", "dst", "kind", "record_id"], ignore_index=True)
        ends = pd.concat([edges["src"], edges["dst"]])
        codes, ids = pd.factorize(ends, sort=True)
        src, dst = codes[: len(edges)], codes[len(edges) :]
        n = len(ids)
        both = _stacked(src, dst, n)
        degree = np.diff(both.indptr)
        return cls(
            ids=np.asarray(ids, object), edges=edges, start=both.indptr.astype(np.int64),
            beside=both.indices.astype(np.int64), by=both.data.astype(np.int64) - 1,
            closed=_closed(edges, src, dst, n, degree, {k: r.hub_limit for k, r in rules.items()}, most_neighbours),
        )  # fmt: skip

    def number(self, subject: str) -> int | None:
        """Return a node's number, None when it has no relation at t."""
        place = int(np.searchsorted(self.ids, subject))
        return place if place < len(self.ids) and self.ids[place] == subject else None

    def steps_from(self, node: int, most: int) -> Ints:
        """Return how many relations every node is away from ``node``, up to ``most``; -1 where it is farther."""
        away = np.full(len(self.ids), -1, np.int64)
        away[node] = 0
        front = np.array([node])
        for step in range(1, most + 1):
            reached = self._beside(front)
            front = np.unique(reached[away[reached] < 0])
            away[front] = step
            front = front[~self.closed[front]]
            if not len(front):
                break
        return away

    def edges_among(self, nodes: Ints) -> pd.DataFrame:
        """Return the edges between the given nodes."""
        inside = np.zeros(len(self.ids), bool)
        inside[nodes] = True
        rows = [
            self.by[self.start[i] : self.start[i + 1]][inside[self.beside[self.start[i] : self.start[i + 1]]]]
            for i in nodes
        ]
        return self.edges.iloc[np.unique(np.concatenate(rows))] if rows else self.edges.iloc[:0]

    def _beside(self, nodes: Ints) -> Ints:
        first, last = self.start[nodes], self.start[nodes + 1]
        counts = last - first
        if not counts.sum():
            return np.zeros(0, np.int64)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        reached: Ints = self.beside[np.repeat(first, counts) + offsets]
        return reached


def _stacked(src: Ints, dst: Ints, n: int) -> csr_matrix:
    """Return the adjacency with parallel edges kept side by side."""
    row = np.arange(len(src)) + 1
    a, b, data = np.concatenate([src, dst]), np.concatenate([dst, src]), np.concatenate([row, row])
    order = np.lexsort((b, a))
    start = np.concatenate([[0], np.cumsum(np.bincount(a, minlength=n))])
    return csr_matrix((data[order], b[order], start), shape=(n, n))


def _closed(
    edges: pd.DataFrame, src: Ints, dst: Ints, n: int, degree: Ints, limits: dict[str, int], most: int
) -> npt.NDArray[np.bool_]:
    closed: npt.NDArray[np.bool_] = degree > most
    for name, codes in (("src", src), ("dst", dst)):
        mediates = edges[name].astype(str).str.contains(":", regex=False).to_numpy()
        for kind, limit in limits.items():
            chosen = codes[mediates & (edges["kind"] == kind).to_numpy()]
            closed |= np.bincount(chosen, minlength=n) > limit
    return closed
