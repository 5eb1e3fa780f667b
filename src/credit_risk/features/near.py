"""The catalogue over what can matter to a few enterprises, read once and asked many times, also supposed otherwise.

What it says of them is what the catalogue over the whole pool says, to the last bit, in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from credit_risk.features.live import LiveNetworks
from credit_risk.features.matrix import Matrix
from credit_risk.features.supposed import Supposing
from credit_risk.graph import Graph
from credit_risk.graph.near import Surroundings
from credit_risk.graph.ties import read_ties
from credit_risk.records import Records
from credit_risk.records.reader import Reader

__all__ = ["Near"]


@dataclass(frozen=True)
class Told:
    """Tells of networks for those whose records were read into ``own``."""

    live: LiveNetworks
    own: Matrix

    def __call__(self, names: Sequence[str], subjects: Sequence[str]) -> dict[str, pa.Table]:
        """Return of each network the fields of those of ``subjects`` that have a relation."""
        return self.live.tables(names, subjects, self.own)

    def over(self, seen: Matrix) -> Supposing:
        """Return the same with what ``seen`` supposes beside what was read."""
        return Supposing(self.live, self.own, seen)


class Near:
    """Who is near whom at t by what the pool holds; worked out again when relations, or what ends them, came in."""

    def __init__(self, matrix: Matrix, t: datetime) -> None:
        self.matrix, self.t, self.rules = matrix, t, matrix.catalogue.rules
        self._mark = ""
        self._surroundings: Surroundings | None = None
        self._networks = LiveNetworks(matrix, t)
        self._reader = Reader(matrix.records.pool)

    def held(self, subjects: list[str]) -> Matrix:
        """Return the catalogue over what can matter to ``subjects``, read from the pool now."""
        held = self._now().held(self._reader, subjects)
        own = Matrix(self.matrix.catalogue, Records(held), Graph(held))
        return replace(own, networks=Told(self._networks, own))

    def _now(self) -> Surroundings:
        pool, lives = self.matrix.graph.pool, [k for k, rule in self.rules.records.items() if rule.life]
        mark = pool.state_hash([*self.rules.relations, *lives])
        if self._surroundings is None or mark != self._mark:
            kinds = [kind for kind in self.rules.relations if pool.holds(kind)]
            ties = read_ties(self.matrix.graph, self.t, kinds)
            self._mark, self._surroundings = mark, Surroundings(ties, self.rules, self._far())
        return self._surroundings

    def _far(self) -> list[str]:
        """Return the relations that some indicator follows two hops."""
        over = [e.rule.over for e in self.matrix.catalogue.entries.values() if e.rule.over is not None]
        far = [self.rules.relations if o.relation == "any" else o.relation for o in over if o.hops > 1]
        return sorted({kind for kinds in far for kind in kinds})
