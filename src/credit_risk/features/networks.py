"""What is computed over the whole graph, once for an as-of date: asked by the nightly batch and one request alike.

The table of a network is kept below the book's ``var/networks``, in a folder named after all that determines it: the
declaration, the code, and what the pool holds of the types it reads. A new record of any of these makes another folder,
so what is kept is never stale; other types do not matter. A pool seen otherwise (``View``) is computed and kept in
memory as long as the view is, unless the view leaves alone all that a network reads: then it is the pool's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.book.networks import NETWORK_FIELDS, NetworkRule
from credit_risk.features.hashes import code_hash, environment, text_hash
from credit_risk.features.session import Session
from credit_risk.graph import Graph
from credit_risk.graph.cascade import Burdens, cascade
from credit_risk.graph.diffusion import diffuse, pairs_of
from credit_risk.graph.ownership import ownership
from credit_risk.graph.patterns import Reading, pattern_table
from credit_risk.graph.ties import MILLION, Ints, Ties, columns_of, enterprises, ties_of
from credit_risk.records import Pool, Records
from credit_risk.records.clock import Moment, moment
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.store import atomic_path
from credit_risk.records.view import View
from credit_risk.records.when import When

if TYPE_CHECKING:
    from credit_risk.features.matrix import Matrix

__all__ = ["Work", "kinds_of", "network_tables", "network_types", "place_own", "sides_of", "table_of"]


def network_tables(matrix: Matrix, names: Iterable[str], t: Moment) -> dict[str, pa.Table]:
    """Return of each network ``subject`` and its fields for every enterprise that has a relation at t."""
    found: dict[str, pa.Table] = {}
    rules = [matrix.catalogue.rules.networks[name] for name in names]
    with ExitStack() as stack:
        work: Work | None = None
        for rule in rules:
            source = _source(matrix, rule)
            kept = _Kept(source, rule, t)
            table = kept.read()
            if table is None:
                if work is None or work.matrix is not source:
                    work = stack.enter_context(Work(source, t, rules))
                table = work.computed(rule)
                kept.write(table)
            found[rule.network] = table
    return found


class _Kept:
    """Where the table of a network is kept: on disk for the pool itself, in memory for a pool seen otherwise."""

    def __init__(self, matrix: Matrix, rule: NetworkRule, t: Moment) -> None:
        pool, when = matrix.records.pool, f"{moment(t):%Y%m%dT%H%M%S%f}"
        self.pool, self.key = pool, f"{rule.network}-{when}"
        self.path = (
            None
            if isinstance(pool, View)
            else pool.rules.var / "networks" / _key(matrix, rule) / f"{when}.parquet"
        )

    def read(self) -> pa.Table | None:
        if self.path is None:
            return _SEEN.get(self.pool, {}).get(self.key)
        return pq.read_table(self.path) if self.path.exists() else None

    def write(self, table: pa.Table) -> None:
        if self.path is None:
            _SEEN.setdefault(self.pool, {})[self.key] = table
            return
        with atomic_path(self.path) as draft:
            pq.write_table(table, draft, compression="zstd")


_SEEN: WeakKeyDictionary[Pool, dict[str, pa.Table]] = WeakKeyDictionary()


def _source(matrix: Matrix, rule: NetworkRule) -> Matrix:
    """Return the matrix over the pool beneath a view that does not change what the network reads."""
    view = matrix.records.pool
    if not isinstance(view, View) or isinstance(view.base, View) or view.only is not None:
        return matrix
    lives = {n for n, kind in matrix.catalogue.rules.records.items() if kind.life}
    types = network_types(matrix, rule)
    if not set(view.added) <= lives and set(view.added) & set(types):
        return matrix
    targets = {
        str(x)
        for table in view.added.values()
        if LIFE_TARGET in table.column_names
        for x in table[LIFE_TARGET].to_pylist()
    }
    if any(_holds_any(view.base, kind, targets) for kind in types if kind not in lives):
        return matrix
    if view not in _BENEATH:
        _BENEATH[view] = type(matrix)(matrix.catalogue, Records(view.base), Graph(view.base))
    return _BENEATH[view]


_BENEATH: WeakKeyDictionary[Pool, Matrix] = WeakKeyDictionary()


def _holds_any(pool: Pool, kind: str, record_ids: set[str]) -> bool:
    if not record_ids or not pool.holds(kind):
        return False
    connection = pool.connection.con.cursor()
    try:
        pool.show(connection, kind, "looked_at")
        asked = "SELECT count(*) FROM looked_at WHERE record_id IN (SELECT unnest(?))"
        told = connection.execute(asked, [sorted(record_ids)]).fetchone()
        return bool(told and told[0])
    finally:
        connection.close()


def network_types(matrix: Matrix, rule: NetworkRule) -> list[str]:
    """Return the record and relation types that a network reads, life records included."""
    rules = matrix.catalogue.rules
    types = {*kinds_of(rule)} | {name for name, kind in rules.records.items() if kind.life}
    if rule.pattern:
        pattern = rules.patterns[rule.pattern]
        facts = [f.from_ for f in (pattern.founded, *pattern.failed) if f]
        types |= {*pattern.relations, *facts, *([pattern.records] if pattern.records else [])}
    asked = [word for word in (rule.seeds, rule.capacity) if word]
    entries = [matrix.catalogue.entries[name] for name in matrix.catalogue.closure(asked)]
    return sorted(types | {str(e.rule.from_) for e in entries if e.stage == "record"})


def _key(matrix: Matrix, rule: NetworkRule) -> str:
    held = matrix.records.pool.state_hash(network_types(matrix, rule))
    based_on = [matrix.catalogue.hash, code_hash(), environment(), rule.model_dump_json(), held]
    return f"{rule.network}-{text_hash(based_on)[:24]}"


Found = tuple["np.ndarray[tuple[int], np.dtype[np.object_]]", pd.DataFrame]


class Work:
    """Computes networks of one t; what several of ``rules`` read is read once. A context manager."""

    def __init__(self, matrix: Matrix, t: Moment, rules: Sequence[NetworkRule]) -> None:
        self.matrix, self.t, self.rules = matrix, t, rules
        self.session = Session(matrix.records.pool, t)
        self.tables: dict[str, pa.Table] = {}
        self.reading = Reading(matrix.graph, t, self.asked)

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *told: object) -> None:
        self.session.connection.close()

    def computed(self, rule: NetworkRule) -> pa.Table:
        """Return the table of a network."""
        compute = {
            "diffusion": self._diffusion, "ownership": self._ownership, "cascade": self._cascade,
            "pattern": self._pattern,
        }  # fmt: skip
        return table_of(rule, *compute[rule.kind](rule))

    def _diffusion(self, rule: NetworkRule) -> Found:
        ties = self.ties([c.relation for c in rule.channels])
        pairs = pairs_of(ties, rule.channels, self.matrix.catalogue.rules.relations)
        return self.found(ties, diffuse(pairs, self.own(ties, str(rule.seeds)), rule, ties.stopped))

    def _ownership(self, rule: NetworkRule) -> Found:
        ties = self.ties([str(rule.relation)])
        src, dst, share = ties.edges[str(rule.relation)]
        seeds = self.own(ties, str(rule.seeds))
        return self.found(ties, ownership(src, dst, share, ties.size, seeds, rule.steps))

    def _cascade(self, rule: NetworkRule) -> Found:
        ties = self.ties([c.relation for c in rule.channels])
        burdens = Burdens(*(np.concatenate(c) if c else np.zeros(0, np.int64) for c in sides_of(ties, rule)))
        room = None
        if rule.capacity:
            room = self.own(ties, rule.capacity, missing=-MILLION) // MILLION
        fields = cascade(burdens, self.own(ties, str(rule.seeds)), room, ties.size, rule.steps)
        return self.found(ties, fields)

    def _pattern(self, rule: NetworkRule) -> Found:
        return pattern_table(self.reading, self.matrix.catalogue.rules.patterns[str(rule.pattern)])

    def found(self, ties: Ties, fields: pd.DataFrame) -> Found:
        """Return the enterprises among the nodes and their fields."""
        enterprise = enterprises(ties, self.matrix.catalogue.rules.relations)
        return ties.ids[enterprise], fields[enterprise]

    def ties(self, kinds: Iterable[str]) -> Ties:
        """Return the relations of some kinds at t, read by one plan each."""
        chosen = list(dict.fromkeys(kinds))
        for kind in chosen:
            if kind not in self.tables:
                self.tables[kind] = self.asked(["ties", kind], partial(_columns, kind))
        return ties_of({k: self.tables[k] for k in chosen}, self.matrix.graph.stopped(self.t))

    def asked(self, what: Sequence[object], write: Callable[[Graph, When], ir.Table]) -> pa.Table:
        """Return what a question says; it is written once for all t."""
        plan = self.matrix.catalogue.plans.get(what, lambda writer: write(writer.graph, writer.asked))
        return self.session.run(plan, [])

    def own(self, ties: Ties, indicator: str, missing: int = 0) -> Ints:
        """Return an own indicator of every node in millionths, ``missing`` where null or the node no enterprise."""
        values = np.full(ties.size, missing, np.int64)
        place_own(ties, self.indicators, indicator, values, missing)
        return values

    @cached_property
    def indicators(self) -> pa.Table:
        """The own indicators that the networks ask, of every enterprise that has one of their relations."""
        asked = [word for rule in self.rules for word in (rule.seeds, rule.capacity) if word]
        ties = self.ties([kind for rule in self.rules for kind in kinds_of(rule)])
        names = ties.ids[enterprises(ties, self.matrix.catalogue.rules.relations)]
        return self.matrix.build(names.tolist(), self.t, sorted(set(asked)))


def place_own(ties: Ties, table: pa.Table, indicator: str, values: Ints, missing: int) -> None:
    """Put an own indicator of the enterprises of a table into ``values`` by node, see ``Work.own``."""
    told, at = table[indicator].to_numpy(), ties.numbers(table["subject"].combine_chunks())
    values[at[at >= 0]] = missing
    known = ~np.isnan(told) & (at >= 0)
    values[at[known]] = np.clip(np.round(told[known] * MILLION), -9e17, 9e17).astype(np.int64)


def table_of(
    rule: NetworkRule, subjects: np.ndarray[tuple[int], np.dtype[np.object_]], fields: pd.DataFrame
) -> pa.Table:
    """Return the fields of a network by enterprise."""
    columns = {"subject": pa.array(subjects, pa.string())}
    for name in NETWORK_FIELDS[rule.kind]:
        columns[name] = pa.array(fields[name].to_numpy(float), pa.float64(), from_pandas=True)
    return pa.table(columns)


def kinds_of(rule: NetworkRule) -> list[str]:
    """Return the relations that a network goes along."""
    return [c.relation for c in rule.channels] + ([rule.relation] if rule.relation else [])


def _columns(kind: str, graph: Graph, t: When) -> ir.Table:
    return columns_of(graph.as_of(kind, t))


def sides_of(ties: Ties, rule: NetworkRule) -> list[list[Ints]]:
    """Return who bears whose failure: ``forth`` lets the destination bear the source's, ``back`` the other way."""
    columns: list[list[Ints]] = [[], [], []]
    for channel in rule.channels:
        src, dst, weight = ties.edges[channel.relation]
        for bearer, failing, share in ((dst, src, channel.forth), (src, dst, channel.back)):
            if share:
                part = weight // 1000 * round(share * 1000)
                for column, values in zip(columns, (bearer, failing, part), strict=True):
                    column.append(values)
    return columns
