"""Who is around a few enterprises, by the relations of one t, which are kept by node: nothing is read for it.

More may be near than an indicator looks at; nobody whom it looks at is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from credit_risk.book import Rules
from credit_risk.graph.ties import Ints, Ties, club_sizes, enterprises

__all__ = ["Around", "Surroundings"]

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


@dataclass(frozen=True)
class Around:
    """Who is around some enterprises, each list sorted and with all of the one before it.

    ``near`` are one hop away, ``far`` another along what is followed further. ``ends`` are the nodes whose relations
    matter; of those followed further the relations of ``far_ends`` do.
    """

    asked: list[str]
    near: list[str]
    far: list[str]
    ends: list[str]
    far_ends: list[str]


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

    def around(self, subjects: Sequence[str]) -> Around:
        """Return who is around some enterprises."""
        numbers = np.unique(self.ties.numbers(subjects))
        own = numbers[numbers >= 0]
        near, by = self._hop(self.all, own)
        near = np.union1d(own, near)
        further, by_further = self._hop(self.far, near)
        ends, far_ends = np.union1d(own, by), np.unique(np.concatenate([near, by, by_further]))
        return Around(
            sorted(set(subjects)),
            *(self._named(nodes, subjects) for nodes in (near, np.union1d(near, further), ends, far_ends)),
        )

    def reached(self, subjects: Sequence[str]) -> list[str]:
        """Return whose score may follow from that of some enterprises, the nearest first: these are not among them."""
        numbers = np.unique(self.ties.numbers(subjects))
        own = numbers[numbers >= 0]
        near, _ = self._hop(self.all, own)
        beside, _ = self._hop(self.far, own)
        far, _ = self._hop(self.far, beside)
        given = set(subjects)
        in_order = [str(name) for nodes in (near, far) for name in self.ties.ids[nodes]]
        return [name for name in dict.fromkeys(in_order) if name not in given]

    def _hop(self, steps: _Steps, nodes: Ints) -> tuple[Ints, Ints]:
        """Return the enterprises one hop away, and the mediators on the way."""
        beside = steps.from_(nodes)
        by = beside[self.mediator[beside]]
        joined = steps.from_(by)
        reached = np.union1d(beside[~self.mediator[beside]], joined[~self.mediator[joined]])
        return reached, by

    def _named(self, nodes: Ints, more: Sequence[str]) -> list[str]:
        return sorted({*(str(name) for name in self.ties.ids[nodes]), *more})
