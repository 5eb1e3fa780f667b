"""Contagion along relations: how strongly distress of some reaches others, and by which path.

The strength of a path is the product of its hops; an enterprise takes the strongest path of at most ``hops`` relations
between enterprises. A relation passes ``fade`` of what arrives, through a person or group its square root twice.
Whoever no path reaches is left out: contagion moves nobody who is not connected. It tells exposure, never guilt.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.graph.network import Network
from credit_risk.graph.views import Path, Tie

__all__ = ["Contagion", "Reached", "contagion"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reached:
    """An enterprise that distress reaches: how strongly (0 to 1), from whom, and the path with its relations."""

    subject: str
    strength: float
    source: str
    path: Path


@dataclass(frozen=True)
class Contagion:
    """Strength of everybody, kept as steps so that paths are told only for those asked."""

    network: Network
    strength: Floats
    steps: tuple[tuple[Ints, Ints], ...]
    best: Ints

    def table(self) -> pd.DataFrame:
        """Return ``subject``, ``strength`` and ``hops`` (edges) of every enterprise reached, sources left out."""
        nodes = np.flatnonzero((self.strength > 0) & (self.best > 0) & _enterprise(self.network))
        told = {
            "subject": self.network.ids[nodes],
            "strength": self.strength[nodes],
            "hops": self.best[nodes],
        }
        return pd.DataFrame(told).sort_values(
            ["strength", "subject"], ascending=[False, True], ignore_index=True
        )

    def path(self, subject: str) -> Reached | None:
        """Return by which path distress reaches an enterprise, None where it does not (or starts there)."""
        node = self.network.number(subject)
        if node is None or not self.strength[node] or not self.best[node]:
            return None
        nodes, ties, at = [node], [], node
        for step in range(int(self.best[node]), 0, -1):
            before, edges = self.steps[step - 1]
            ties.append(_tie(self.network.edges.iloc[int(edges[at])]))
            at = int(before[at])
            nodes.append(at)
        ids = [str(self.network.ids[i]) for i in reversed(nodes)]
        return Reached(subject, float(self.strength[node]), ids[0], Path(ids, ties[::-1]))


def contagion(
    network: Network,
    sources: Collection[str],
    *,
    fade: float = 0.5,
    hops: int = 3,
    kinds: Sequence[str] | None = None,
) -> Contagion:
    """Return how distress of ``sources`` spreads over at most ``hops`` relations (``kinds`` only, where given).

    Ties between equally strong paths go to the shorter one, then to the relation that stands first in the network.
    """
    count = len(network.ids)
    strength, best = np.zeros(count), np.zeros(count, np.int64)
    start = [i for i in (network.number(s) for s in sorted(set(sources))) if i is not None]
    strength[start] = 1.0
    owner = np.repeat(np.arange(count), np.diff(network.start))
    into, edge = network.beside, network.by
    usable = np.ones(len(edge), bool)
    if kinds is not None:
        usable = network.edges["kind"].isin(list(kinds)).to_numpy()[edge]
    inside = _enterprise(network)
    passed = np.where(inside[owner] & inside[into], fade, np.sqrt(fade))
    weight = network.edges["weight"].astype(float).fillna(1.0).clip(0.0, 1.0).to_numpy()[edge]
    passed = passed * np.where(weight > 0, weight, 1.0)
    closed = network.closed.copy()
    closed[start] = False
    steps, now = [], strength.copy()
    for step in range(1, 2 * hops + 1):
        allowed = usable & (now[owner] > 0) & ~closed[owner]
        arrived, before, by = _strongest(
            owner[allowed], into[allowed], edge[allowed], (now[owner] * passed)[allowed], count
        )
        better = arrived > strength + 1e-12
        steps.append((before, by))
        strength = np.where(better, arrived, strength)
        best = np.where(better, step, best)
        now = np.where(better & (arrived >= fade**hops - 1e-12), arrived, 0.0)
    return Contagion(network, strength, tuple(steps), best)


def _strongest(src: Ints, dst: Ints, edge: Ints, value: Floats, count: int) -> tuple[Floats, Ints, Ints]:
    """Return per node the greatest value that arrives, from which node and over which edge."""
    order = np.lexsort((edge, -value, dst))
    first = np.unique(dst[order], return_index=True)[1]
    chosen = order[first]
    arrived, before, by = np.zeros(count), np.full(count, -1), np.full(count, -1)
    arrived[dst[chosen]], before[dst[chosen]], by[dst[chosen]] = value[chosen], src[chosen], edge[chosen]
    return arrived, before, by


def _enterprise(network: Network) -> npt.NDArray[np.bool_]:
    return np.array([":" not in str(i) for i in network.ids], bool)


def _tie(row: pd.Series) -> Tie:
    weight = None if pd.isna(row["weight"]) else float(row["weight"])
    since = pd.Timestamp(row["valid_from"]).date()
    return Tie(
        str(row["src"]),
        str(row["dst"]),
        str(row["kind"]),
        weight,
        since,
        str(row["source"]),
        str(row["record_id"]),
    )
