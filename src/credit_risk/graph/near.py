"""What of a pool can matter to a few enterprises: records of theirs and of whoever is near, and the relations there.

The relations of one t are kept by node, so that who is near is found without reading. Then each type is read once, for
these nodes alone, and everything that is asked of the few afterwards is asked of what was read. More may be near than
an indicator looks at; nothing that it looks at is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.graph.ties import Ints, Ties, club_sizes, enterprises
from credit_risk.records import Pool
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.held import Held
from credit_risk.records.sql import identifier

__all__ = ["Reader", "Surroundings"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Steps:
    """For node i, ``beside[start[i]:start[i + 1]]`` are the nodes that a step leads to."""

    start: Ints
    beside: Ints

    @classmethod
    def of(cls, ties: Ties, kinds: Iterable[str], rules: Rules) -> _Steps:
        """Go along relations both ways; from a mediator that joins nobody, nowhere."""
        ends = [_ways(ties, kind, rules) for kind in kinds if kind in ties.edges]
        out, into = (
            np.concatenate([e[i] for e in ends]) if ends else np.zeros(0, np.int64) for i in range(2)
        )
        order = np.argsort(out, kind="stable")
        start = np.searchsorted(out[order], np.arange(ties.size + 1))
        return cls(start, into[order])

    def from_(self, nodes: Ints) -> Ints:
        """Return the nodes one step away, each once."""
        counts = self.start[nodes + 1] - self.start[nodes]
        first = np.repeat(self.start[nodes] - np.cumsum(counts) + counts, counts)
        return np.unique(self.beside[first + np.arange(counts.sum())])


def _ways(ties: Ties, kind: str, rules: Rules) -> tuple[Ints, Ints]:
    src, dst, _ = ties.edges[kind]
    rule = rules.relations[kind]
    forth, back = np.ones(len(src), bool), np.ones(len(src), bool)
    if rule.src != "enterprise":
        forth = ~_closed(ties, src, dst, rule.hub_limit)
    elif rule.dst != "enterprise":
        back = ~_closed(ties, dst, src, rule.hub_limit)
    return np.concatenate([src[forth], dst[back]]), np.concatenate([dst[forth], src[back]])


def _closed(ties: Ties, club: Ints, member: Ints, most: int) -> Bools:
    """Tell of each row whether its mediator joins nobody: it is stopped, or has too many members."""
    closed: Bools = ties.stopped[club] | (club_sizes(club, member, ties.size)[club] > most)
    return closed


class Surroundings:
    """Who is near whom by the relations of one t.

    Parameters
    ----------
    ties
        All relations known and valid at t.
    rules
        Of the book.
    far
        The relations that some indicator follows two hops.

    """

    def __init__(self, ties: Ties, rules: Rules, far: Sequence[str]) -> None:
        self.ties, self.rules = ties, rules
        self.all, self.far = _Steps.of(ties, rules.relations, rules), _Steps.of(ties, far, rules)
        self.mediator: Bools = ~enterprises(ties, rules.relations)

    def around(self, subjects: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return whose records, and the relations of which nodes, can matter to ``subjects``; themselves included."""
        numbers = np.unique(self.ties.numbers(subjects))
        own = numbers[numbers >= 0]
        near, by = self._hop(self.all, own)
        near = np.union1d(own, near)
        further, by_further = self._hop(self.far, near)
        whose, ends = np.union1d(near, further), np.unique(np.concatenate([near, by, by_further]))
        return self._named(whose, subjects), self._named(ends, subjects)

    def _hop(self, steps: _Steps, nodes: Ints) -> tuple[Ints, Ints]:
        """Return the enterprises one hop away, and the mediators on the way."""
        beside = steps.from_(nodes)
        by = beside[self.mediator[beside]]
        joined = steps.from_(by)
        reached = np.union1d(beside[~self.mediator[beside]], joined[~self.mediator[joined]])
        return reached, by

    def _named(self, nodes: Ints, more: Sequence[str]) -> list[str]:
        return sorted({*(str(name) for name in self.ties.ids[nodes]), *more})

    def held(self, reader: Reader, subjects: Sequence[str]) -> Held:
        """Return all versions of every record and relation that can matter to ``subjects``, read now."""
        whose, ends = self.around(subjects)
        return reader.read(whose, ends)


class Reader:
    """Reads what belongs to some nodes from a pool; the statements' sources stay as long as the pool is the same."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.rules, self.connection = pool, pool.rules, pool.cursor()
        self._shown: dict[str, object] = {}

    def read(self, whose: Sequence[str], ends: Sequence[str]) -> Held:
        """Return the records of ``whose``, the relations of ``ends``, and what ended or objected to either."""
        held = Held(self.pool, whose)
        self._register("near_whose", whose)
        self._register("near_ends", ends)
        lives = [kind for kind, rule in self.rules.records.items() if rule.life]
        self.connection.execute("BEGIN")
        for kind in [one for one in self.rules.records if one not in lives]:
            held.keep(self.connection, kind, self._records(kind))
        for kind in self.rules.relations:
            held.keep(self.connection, kind, self._relations(kind))
        ids = " UNION ALL ".join(f"SELECT record_id FROM {held.table(k)}" for k in self._kinds(lives))
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE near_ids AS {ids}")
        for kind in lives:
            held.keep(self.connection, kind, self._lives(kind))
        self.connection.execute("COMMIT")
        return held

    def _kinds(self, without: Sequence[str]) -> list[str]:
        return [kind for kind in [*self.rules.records, *self.rules.relations] if kind not in without]

    def _register(self, name: str, nodes: Sequence[str]) -> None:
        self.connection.register(name, pa.table({"name": pa.array(nodes, pa.string())}))

    def _records(self, kind: str) -> str:
        """Select the records of whoever is near, and the trades that name one of them as the partner."""
        partners = {str(p.partner) for p in self.rules.patterns.values() if p.records == kind and p.partner}
        named = [f"{identifier(c)} IN (SELECT name FROM near_whose)" for c in ["subject", *sorted(partners)]]
        return f"SELECT * FROM {self._source(kind)} WHERE {' OR '.join(named)}"

    def _relations(self, kind: str) -> str:
        """Select the relations of the ends, in every version: a correction may have moved an end."""
        touching = "src IN (SELECT name FROM near_ends) OR dst IN (SELECT name FROM near_ends)"
        return self._versions(kind, touching)

    def _lives(self, kind: str) -> str:
        """Select what ended or objected to what was read, and what is known of the near themselves."""
        acting = f"{LIFE_TARGET} IN (SELECT record_id FROM near_ids)"
        return self._versions(kind, f"{acting} OR subject IN (SELECT name FROM near_whose)")

    def _versions(self, kind: str, where: str) -> str:
        name = self._source(kind)
        return f"SELECT * FROM {name} WHERE record_id IN (SELECT record_id FROM {name} WHERE {where})"

    def _source(self, kind: str) -> str:
        """Return the name of a type's rows, shown anew when the pool holds others than before."""
        name, (pending, files) = f"whole_{kind}", self.pool.unfolded(kind)
        now = files, None if pending is None else pending["version"].to_pylist()
        if self._shown.get(kind) != now:
            self.pool.show(self.connection, kind, name)
            self._shown[kind] = now
        return identifier(name)
