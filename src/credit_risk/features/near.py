"""The catalogue over what can matter to a few enterprises, read once and asked many times, also supposed otherwise.

What it says of them is what the catalogue over the whole pool says, to the last bit, in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa

from credit_risk.features.catalogue import Catalogue, Entry
from credit_risk.features.live import LiveNetworks
from credit_risk.features.matrix import Matrix
from credit_risk.features.standing import Standing
from credit_risk.features.supposed import Supposing
from credit_risk.graph import Graph
from credit_risk.graph.near import Around, Surroundings
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
    """Who is near whom at t by what the pool holds; worked out again when relations, or what ends them, came in.

    Of an enterprise itself every record can matter, of a neighbour those of the types that some indicator reads of
    neighbours or some network starts from, of a neighbour's neighbour those that are followed two hops.
    """

    def __init__(self, matrix: Matrix, t: datetime) -> None:
        self.matrix, self.t, self.rules = matrix, t, matrix.catalogue.rules
        self._mark = ""
        self._surroundings: Surroundings | None = None
        self._networks = LiveNetworks(matrix, t)
        self._reader = Reader(matrix.records.pool)
        self._standing = Standing(matrix.records.pool, t)
        self._over = [e for e in matrix.catalogue.entries.values() if e.rule.over is not None]
        self._near_types = self._types(self._over) | _types_of_starts(matrix.catalogue)
        self._far_types = self._types([e for e in self._over if e.rule.over and e.rule.over.hops > 1])
        self._far = self._followed_far()

    def held(self, subjects: list[str]) -> Matrix:
        """Return the catalogue over what can matter to ``subjects``, read from the pool now.

        It stands where that of the call before stood, which now tells of ``subjects`` as well and of nobody else.
        """
        around = self._now().around(subjects)
        held = self._standing.holding(around.near)
        whose = {kind: self._whose(kind, around) for kind in self.rules.records}
        ends = {kind: around.far_ends if kind in self._far else around.ends for kind in self.rules.relations}
        self._reader.fill(held, whose, ends)
        own = Matrix(self.matrix.catalogue, Records(held), Graph(held))
        return replace(own, networks=Told(self._networks, own))

    def reached(self, subjects: list[str]) -> list[str]:
        """Return the enterprises whose indicators may follow from those of some, the nearest first."""
        return self._now().reached(subjects)

    def _whose(self, kind: str, around: Around) -> list[str]:
        if kind in self._far_types:
            return around.far
        return around.near if kind in self._near_types else around.asked

    def _now(self) -> Surroundings:
        pool, lives = self.matrix.graph.pool, [k for k, rule in self.rules.records.items() if rule.life]
        mark = pool.state_hash([*self.rules.relations, *lives])
        if self._surroundings is None or mark != self._mark:
            kinds = [kind for kind in self.rules.relations if pool.holds(kind)]
            ties = read_ties(self.matrix.graph, self.t, kinds)
            self._mark, self._surroundings = mark, Surroundings(ties, self.rules, sorted(self._far))
        return self._surroundings

    def _types(self, entries: list[Entry]) -> set[str]:
        """Return the record types that relational indicators read of neighbours."""
        catalogue = self.matrix.catalogue
        return catalogue.record_types({name for e in entries for name in e.names} & catalogue.entries.keys())

    def _followed_far(self) -> set[str]:
        """Return the relations that some indicator follows two hops."""
        over = [e.rule.over for e in self._over if e.rule.over and e.rule.over.hops > 1]
        return {kind for o in over for kind in (self.rules.relations if o.relation == "any" else o.relation)}


def _types_of_starts(catalogue: Catalogue) -> set[str]:
    """Return the record types on which rests what networks start from."""
    rules = catalogue.rules.networks.values()
    return catalogue.record_types({str(n) for rule in rules for n in (rule.seeds, rule.capacity) if n})
