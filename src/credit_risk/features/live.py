"""Networks told for a few enterprises while records come in: the relations are kept, facts are kept up with.

What ``network_tables`` says of an enterprise rests on what is within some steps of it, or in its component. So the
relations of one t are numbered once, what each enterprise starts from is worked out once and then anew for those of
whom something came in, and only the part around those asked about is computed. Whole numbers make it the same to the
last bit. Relations, or records that end others, make everything be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from credit_risk.book.networks import NETWORK_FIELDS, NetworkRule
from credit_risk.features.matrix import Matrix
from credit_risk.features.networks import (
    Work,
    kinds_of,
    network_tables,
    network_types,
    place_own,
    sides_of,
    table_of,
)  # fmt: skip
from credit_risk.graph.cascade import Burdens, cascade
from credit_risk.graph.diffusion import Pairs, diffuse, pairs_of
from credit_risk.graph.ownership import ownership
from credit_risk.graph.ties import MILLION, Ints, Ties
from credit_risk.records.clock import Moment
from credit_risk.records.held import Held

__all__ = ["LiveNetworks"]


class LiveNetworks:
    """The networks of a pool at one t."""

    def __init__(self, matrix: Matrix, t: Moment) -> None:
        self.matrix, self.t, self.rules = matrix, t, matrix.catalogue.rules
        self._mark = ""
        self._kept: _Kept | None = None
        self._patterns: dict[str, tuple[str, pa.Table]] = {}

    def tables(self, names: Sequence[str], subjects: Iterable[str], near: Matrix) -> dict[str, pa.Table]:
        """Return of each network the fields of those of ``subjects`` that have a relation, as the pool is now.

        ``near`` is the catalogue over what was read of the pool just now for these subjects.
        """
        asked, found = sorted(set(subjects)), {}
        for name in names:
            rule = self.rules.networks[name]
            found[name] = self._pattern(rule) if rule.kind == "pattern" else self._now(near).told(rule, asked)
        return found

    def supposed(
        self, names: Sequence[str], subjects: Iterable[str], near: Matrix, seen: Matrix, whose: Sequence[str]
    ) -> dict[str, pa.Table]:
        """Return the same as if ``whose`` started from what ``seen`` says of them; none of ``names`` is a pattern."""
        kept, asked = self._now(near), sorted(set(subjects))
        with kept.supposing(seen, whose):
            return {name: kept.told(self.rules.networks[name], asked) for name in names}

    def _pattern(self, rule: NetworkRule) -> pa.Table:
        """Return the whole table of a pattern, found again when a type that it reads has changed."""
        mark = self.matrix.records.pool.state_hash(network_types(self.matrix, rule))
        if self._patterns.get(rule.network, ("",))[0] != mark:
            table = network_tables(self.matrix, [rule.network], self.t)[rule.network]
            self._patterns[rule.network] = mark, table
        return self._patterns[rule.network][1]

    def _now(self, near: Matrix) -> _Kept:
        """Return what is kept, brought up to what the pool holds."""
        pool = self.matrix.records.pool
        lives = [name for name, kind in self.rules.records.items() if kind.life]
        mark = pool.state_hash([*self.rules.relations, *lives])
        mark += pool.state_hash(self.rules.records, pending=False)
        if self._kept is None or mark != self._mark:
            self._mark, self._kept = mark, _Kept(self.matrix, self.t)
        self._kept.keep_up(near)
        return self._kept


class _Kept:
    """Ties, what is made of them, and what their nodes start from."""

    def __init__(self, matrix: Matrix, t: Moment) -> None:
        self.matrix, self.t, self.rules = matrix, t, matrix.catalogue.rules
        self._ties: dict[tuple[str, ...], Ties] = {}
        self._pairs: dict[str, Pairs] = {}
        self._parts: dict[str, Ints] = {}
        self._own: dict[tuple[tuple[str, ...], str, int], Ints] = {}
        self._seen = {version for _, version in self._pending()}
        rules = [rule for rule in self.rules.networks.values() if rule.kind != "pattern"]
        self._work = Work(matrix, t, rules)
        for rule in rules:  # all at once: what is kept later is of the same moment
            ties, at = self._of(_kinds(rule))
            self._started(ties, at, str(rule.seeds))
            if rule.capacity:
                self._started(ties, at, rule.capacity, -MILLION)

    def keep_up(self, near: Matrix) -> None:
        """Work out anew what those start from of whom something came in since."""
        new = {subject for subject, version in self._pending() if version not in self._seen}
        if not new or not self._own:
            return
        held = near.records.pool
        reads = near if isinstance(held, Held) and new <= held.whose else self.matrix
        table = reads.build(sorted(new), self.t, sorted({indicator for _, indicator, _ in self._own}))
        for (kinds, indicator, missing), values in self._own.items():
            place_own(self._ties[kinds], table, indicator, values, missing)
        self._seen |= {version for _, version in self._pending()}

    @contextmanager
    def supposing(self, seen: Matrix, whose: Sequence[str]) -> Iterator[None]:
        """Let ``whose`` start from what ``seen`` says of them, until the end."""
        before = {key: (at, values[at]) for key, values, at in self._starts(whose)}
        table = seen.build(whose, self.t, sorted({indicator for _, indicator, _ in self._own}))
        try:
            for (kinds, indicator, missing), values in self._own.items():
                place_own(self._ties[kinds], table, indicator, values, missing)
            yield
        finally:
            for key, (at, old) in before.items():
                self._own[key][at] = old

    def _starts(self, whose: Sequence[str]) -> Iterator[tuple[tuple[tuple[str, ...], str, int], Ints, Ints]]:
        for key, values in self._own.items():
            at = self._ties[key[0]].numbers(sorted(whose))
            yield key, values, at[at >= 0]

    def _pending(self) -> list[tuple[str, str]]:
        """Return subject and version of every record that waits in the inbox."""
        tables = [self.matrix.records.pool.unfolded(kind)[0] for kind in self.rules.records]
        told = [(t["subject"].to_pylist(), t["version"].to_pylist()) for t in tables if t is not None]
        return [pair for subjects, versions in told for pair in zip(subjects, versions, strict=True)]

    def told(self, rule: NetworkRule, subjects: Sequence[str]) -> pa.Table:
        """Return the fields of a network for those of ``subjects`` (sorted) that are among its nodes."""
        ties, at = self._of(_kinds(rule))
        nodes = np.unique(ties.numbers(subjects))
        nodes = nodes[nodes >= 0]
        if not len(nodes):
            nothing = pd.DataFrame(columns=NETWORK_FIELDS[rule.kind], dtype=float)
            return table_of(rule, np.empty(0, object), nothing)
        if rule.kind == "diffusion":
            kept, fields = self._diffusion(rule, ties, at, nodes)
        else:
            kept, fields = self._component(rule, ties, at, nodes)
        return table_of(rule, ties.ids[nodes], fields.iloc[np.searchsorted(kept, nodes)])

    def _diffusion(
        self, rule: NetworkRule, ties: Ties, at: tuple[str, ...], nodes: Ints
    ) -> tuple[Ints, pd.DataFrame]:
        if rule.network not in self._pairs:
            self._pairs[rule.network] = pairs_of(ties, rule.channels, self.rules.relations)
        near, kept = self._pairs[rule.network].near(nodes, rule.steps)
        seeds = self._started(ties, at, str(rule.seeds))
        return kept, diffuse(near, seeds[kept], rule, ties.stopped[kept])

    def _component(
        self, rule: NetworkRule, ties: Ties, at: tuple[str, ...], nodes: Ints
    ) -> tuple[Ints, pd.DataFrame]:
        """Compute an ownership or a cascade in the components of the nodes."""
        if rule.kind == "ownership":
            columns = list(ties.edges[str(rule.relation)])
        else:
            sides = sides_of(ties, rule)
            columns = [np.concatenate(c) if c else np.zeros(0, np.int64) for c in sides]
        if rule.network not in self._parts:
            self._parts[rule.network] = _components(columns[0], columns[1], ties.size)
        part = self._parts[rule.network]
        inside = np.isin(part, part[nodes])
        kept = np.flatnonzero(inside)
        rows = inside[columns[0]]
        one, other = (np.searchsorted(kept, column[rows]) for column in columns[:2])
        seeds, weight = self._started(ties, at, str(rule.seeds))[kept], columns[2][rows]
        if rule.kind == "ownership":
            return kept, ownership(one, other, weight, len(kept), seeds, rule.steps)
        room = None
        if rule.capacity:
            room = self._started(ties, at, rule.capacity, -MILLION)[kept] // MILLION
        return kept, cascade(Burdens(one, other, weight), seeds, room, len(kept), rule.steps)

    def _of(self, kinds: tuple[str, ...]) -> tuple[Ties, tuple[str, ...]]:
        if kinds not in self._ties:
            self._ties[kinds] = self._work.ties(kinds)
        return self._ties[kinds], kinds

    def _started(self, ties: Ties, at: tuple[str, ...], indicator: str, missing: int = 0) -> Ints:
        key = (at, indicator, missing)
        if key not in self._own:
            self._own[key] = self._work.own(ties, indicator, missing)
        return self._own[key]


def _kinds(rule: NetworkRule) -> tuple[str, ...]:
    return tuple(dict.fromkeys(kinds_of(rule)))


def _components(src: Ints, dst: Ints, size: int) -> Ints:
    ones = np.ones(len(src), np.int8)
    _, label = connected_components(csr_matrix((ones, (src, dst)), shape=(size, size)), directed=False)
    part: Ints = label.astype(np.int64)
    return part
