"""What a graph network sees of the enterprises it is asked about: they, those around them, and what is known of each.

Every as-of date has its own surroundings (relations and indicators as known at t); those of several dates stand side by
side and never touch. Only who is within the network's steps is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.features import Matrix
from credit_risk.graph.ties import Ints, Ties, read_ties
from credit_risk.models.encode import Encoder
from credit_risk.models.graph_sage import Surroundings, surroundings_of

__all__ = ["Neighbourhood", "Scales"]

Floats = npt.NDArray[np.float32]
FAR = 5.0  # standard deviations beyond which a value counts no more


@dataclass(frozen=True)
class Scales:
    """Indicators as a network takes them: log of the size, standardised as in training, nulls 0 with a column of flags.

    A category has a column for each value that training saw.
    """

    encoder: Encoder
    mean: Floats
    spread: Floats

    @classmethod
    def learn(cls, encoder: Encoder, rows: pd.DataFrame) -> Scales:
        """Take mean and spread from the training rows; a column that is null throughout, or constant, tells nothing."""
        values = np.ma.masked_invalid(_log(encoder.matrix(rows)))
        spread = values.std(axis=0).filled(0)
        return cls(encoder, values.mean(axis=0).filled(0), np.where(spread > 0, spread, np.inf))

    def columns(self, rows: pd.DataFrame) -> Floats:
        """Return shape (rows, columns), finite."""
        raw = self.encoder.matrix(rows)
        known = np.clip((_log(raw) - self.mean) / self.spread, -FAR, FAR)
        null = np.isnan(raw)
        known[null] = 0
        columns = [known, null]
        for j, name in enumerate(self.encoder.names):
            if name in self.encoder.categories:
                known[:, j] = 0
                columns.append(raw[:, [j]] == np.arange(len(self.encoder.categories[name])))
        return np.hstack([np.asarray(c, np.float32) for c in columns])


@dataclass(frozen=True)
class Neighbourhood:
    """Reads the relations ``kinds`` and looks up, within ``steps``, what ``scales`` ask of an enterprise."""

    matrix: Matrix
    kinds: Sequence[str]
    steps: int
    scales: Scales

    def around(self, rows: pd.DataFrame) -> tuple[Surroundings, Ints]:
        """Return the surroundings of rows (``subject``, ``as_of``, indicators) and the node of each row."""
        nodes = np.zeros(len(rows), np.int64)
        found, size = [], 0
        for t in sorted(rows["as_of"].unique()):
            here = (rows["as_of"] == t).to_numpy()
            around, at = self._at(t, rows[here])
            nodes[here] = at + size
            found.append(around)
            size += len(around.known)
        return _side_by_side(found), nodes

    def _at(self, t: date, rows: pd.DataFrame) -> tuple[Surroundings, Ints]:
        ties = _with(read_ties(self.matrix.graph, t, self.kinds), rows["subject"].to_numpy(object))
        nodes = ties.numbers(rows["subject"].tolist())
        person, group = (self._ends(ties, end) for end in ("person", "group"))
        near = _within(ties, nodes, self.steps) & ~person & ~group
        near[nodes] = False
        told = self.scales.columns(rows)
        known = np.zeros((ties.size, told.shape[1] + 2), np.float32)
        known[nodes, 2:] = told
        if near.any():
            names = list(self.scales.encoder.names)
            others = self.matrix.build(ties.ids[near].tolist(), t, names).to_pandas()
            known[ties.numbers(others["subject"].tolist()), 2:] = self.scales.columns(others)
        known[person, 0], known[group, 1] = 1, 1
        return surroundings_of(ties, known, self.kinds), nodes

    def _ends(self, ties: Ties, end: str) -> npt.NDArray[np.bool_]:
        """Tell which nodes are ends of a kind: persons, or groups."""
        found = np.zeros(ties.size, bool)
        for kind in self.kinds:
            rule = self.matrix.catalogue.rules.relations[kind]
            for told, nodes in zip((rule.src, rule.dst), ties.edges[kind], strict=False):
                found[nodes] |= told == end
        return found


def _log(values: Floats) -> Floats:
    return np.sign(values) * np.log1p(np.abs(values))


def _with(ties: Ties, subjects: npt.NDArray[np.object_]) -> Ties:
    """Return the ties with nodes for subjects that have no relation."""
    ids = np.array(sorted({*ties.ids, *subjects}), object)
    at = np.searchsorted(ids, ties.ids)
    stopped = np.zeros(len(ids), bool)
    stopped[at] = ties.stopped
    edges = {kind: (at[src], at[dst], weight) for kind, (src, dst, weight) in ties.edges.items()}
    return Ties(ids, edges, stopped)


def _within(ties: Ties, nodes: Ints, steps: int) -> npt.NDArray[np.bool_]:
    reached = np.zeros(ties.size, bool)
    reached[nodes] = True
    for _ in range(steps):
        wider = reached.copy()
        for src, dst, _ in ties.edges.values():
            wider[dst[reached[src]]] = True
            wider[src[reached[dst]]] = True
        reached = wider
    return reached


def _side_by_side(parts: Sequence[Surroundings]) -> Surroundings:
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *(len(p.known) for p in parts)])
    beside = {}
    for kind in parts[0].beside:
        lists = [p.beside[kind] for p in parts]
        edges = np.cumsum([0, *(len(near) for _, near in lists)])
        start = np.concatenate([s[:-1] + e for (s, _), e in zip(lists, edges, strict=False)])
        near = np.concatenate([n + b for (_, n), b in zip(lists, before, strict=False)])
        beside[kind] = np.append(start, edges[-1]), near
    return Surroundings(np.vstack([p.known for p in parts]), beside)
