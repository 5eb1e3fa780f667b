"""What is computed over the whole graph, once for an as-of date: asked by the nightly batch and one request alike.

The table of a network is kept below the book's ``var/networks``, in a folder named after all that determines it: the
declaration, the code, and the stored batches of the types it reads. A new batch of any of these makes another
folder, so what is kept is never stale; batches of other types do not matter. A pool seen otherwise (``View``) is
computed and not kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.book.networks import NETWORK_FIELDS, NetworkRule
from credit_risk.features.hashes import code_hash, environment, text_hash
from credit_risk.features.plan import Writer
from credit_risk.features.session import Session
from credit_risk.graph.cascade import Burdens, cascade
from credit_risk.graph.diffusion import diffuse, pairs_of
from credit_risk.graph.ownership import ownership
from credit_risk.graph.patterns import Reading, pattern_table
from credit_risk.graph.ties import MILLION, Ints, Ties, columns_of, ties_of
from credit_risk.records.clock import Moment, moment
from credit_risk.records.store import atomic_path
from credit_risk.records.view import View

if TYPE_CHECKING:
    from credit_risk.features.matrix import Matrix

__all__ = ["network_table", "network_types"]


def network_table(matrix: Matrix, name: str, t: Moment) -> pa.Table:
    """Return ``subject`` and the fields of a network for every enterprise that has a relation at t."""
    pool, rule = matrix.records.pool, matrix.catalogue.rules.networks[name]
    if isinstance(pool, View):
        return _computed(matrix, rule, t)
    path = pool.rules.var / "networks" / _key(matrix, rule) / f"{moment(t):%Y%m%dT%H%M%S%f}.parquet"
    if not path.exists():
        table = _computed(matrix, rule, t)
        with atomic_path(path) as draft:
            pq.write_table(table, draft, compression="zstd")
    return pq.read_table(path)


def network_types(matrix: Matrix, rule: NetworkRule) -> list[str]:
    """Return the record and relation types that a network reads, life records included."""
    rules = matrix.catalogue.rules
    types = {c.relation for c in rule.channels} | ({rule.relation} if rule.relation else set())
    types |= {name for name, kind in rules.records.items() if kind.life}
    if rule.pattern:
        pattern = rules.patterns[rule.pattern]
        facts = [f.from_ for f in (pattern.founded, *pattern.failed) if f]
        types |= {*pattern.relations, *facts, *([pattern.records] if pattern.records else [])}
    asked = [word for word in (rule.seeds, rule.capacity) if word]
    entries = [matrix.catalogue.entries[name] for name in matrix.catalogue.closure(asked)]
    return sorted(types | {str(e.rule.from_) for e in entries if e.stage == "record"})


def _key(matrix: Matrix, rule: NetworkRule) -> str:
    digest, pool = hashlib.sha256(), matrix.records.pool
    for kind in network_types(matrix, rule):
        for path in pool.files(kind):
            digest.update(f"{kind}/{path.name}:{path.stat().st_size}\n".encode())
    based_on = [matrix.catalogue.hash, code_hash(), environment(), rule.model_dump_json(), digest.hexdigest()]
    return f"{rule.network}-{text_hash(based_on)[:24]}"


def _computed(matrix: Matrix, rule: NetworkRule, t: Moment) -> pa.Table:
    subjects, fields = COMPUTE[rule.kind](matrix, rule, t)
    enterprise = np.array([":" not in s for s in subjects], bool)
    columns = {"subject": pa.array(subjects[enterprise], pa.string())}
    for name in NETWORK_FIELDS[rule.kind]:
        values = fields[name].to_numpy(float)[enterprise]
        columns[name] = pa.array(values, pa.float64(), from_pandas=True)
    return pa.table(columns)


Found = tuple["np.ndarray[tuple[int], np.dtype[np.object_]]", pd.DataFrame]


def _diffusion(matrix: Matrix, rule: NetworkRule, t: Moment) -> Found:
    ties = _ties(matrix, t, [c.relation for c in rule.channels])
    pairs = pairs_of(ties, rule.channels, matrix.catalogue.rules.relations)
    return ties.ids, diffuse(pairs, _own(matrix, ties, str(rule.seeds), t), rule, ties.stopped)


def _ownership(matrix: Matrix, rule: NetworkRule, t: Moment) -> Found:
    ties = _ties(matrix, t, [str(rule.relation)])
    none = np.zeros(0, np.int64)
    src, dst, share = ties.edges.get(str(rule.relation), (none, none, none))
    seeds = _own(matrix, ties, str(rule.seeds), t)
    return ties.ids, ownership(src, dst, share, ties.size, seeds, rule.steps)


def _cascade(matrix: Matrix, rule: NetworkRule, t: Moment) -> Found:
    ties = _ties(matrix, t, [c.relation for c in rule.channels])
    burdens = Burdens(*(np.concatenate(c) if c else np.zeros(0, np.int64) for c in _sides(ties, rule)))
    room = None
    if rule.capacity:
        room = _own(matrix, ties, rule.capacity, t, missing=-MILLION) // MILLION
    return ties.ids, cascade(burdens, _own(matrix, ties, str(rule.seeds), t), room, ties.size, rule.steps)


def _sides(ties: Ties, rule: NetworkRule) -> list[list[Ints]]:
    """Return who bears whose failure: ``forth`` lets the destination bear the source's, ``back`` the other way."""
    columns: list[list[Ints]] = [[], [], []]
    for channel in rule.channels:
        src, dst, weight = ties.edges.get(channel.relation, (np.zeros(0, np.int64),) * 3)
        for bearer, failing, share in ((dst, src, channel.forth), (src, dst, channel.back)):
            if share:
                part = weight // 1000 * round(share * 1000)
                for column, values in zip(columns, (bearer, failing, part), strict=True):
                    column.append(values)
    return columns


def _pattern(matrix: Matrix, rule: NetworkRule, t: Moment) -> Found:
    return pattern_table(_reading(matrix, t), matrix.catalogue.rules.patterns[str(rule.pattern)])


COMPUTE: dict[str, Callable[[Matrix, NetworkRule, Moment], Found]] = {
    "diffusion": _diffusion, "ownership": _ownership, "cascade": _cascade, "pattern": _pattern,
}  # fmt: skip


def _ties(matrix: Matrix, t: Moment, kinds: list[str]) -> Ties:
    """Return the relations of some kinds at t, read by one plan each."""
    tables, plans = {}, matrix.catalogue.plans
    with Session(matrix.records.pool, t) as session:
        for kind in dict.fromkeys(kinds):
            tables[kind] = session.run(plans.get(["ties", kind], partial(_columns, kind)), [])
    return ties_of(tables, matrix.graph.stopped(t))


def _columns(kind: str, writer: Writer) -> ir.Table:
    return columns_of(writer.graph.as_of(kind, writer.asked))


_READ: list[tuple[tuple[object, ...], Reading]] = []


def _reading(matrix: Matrix, t: Moment) -> Reading:
    """Return the graph at t as patterns read it; the last one is kept, because several patterns ask for the same."""
    key = (matrix.graph, moment(t), matrix.records.pool.state_hash())
    if not _READ or _READ[0][0] != key:
        _READ[:] = [(key, Reading(matrix.graph, t))]
    return _READ[0][1]


def _own(matrix: Matrix, ties: Ties, indicator: str, t: Moment, missing: int = 0) -> Ints:
    """Return an own indicator of every node in millionths, ``missing`` where it is null or the node no enterprise."""
    names = list(_enterprises(ties))
    values = np.full(ties.size, missing, np.int64)
    if names:
        table = matrix.build(names, t, [indicator])
        told = table[indicator].to_numpy()
        known = ~np.isnan(told)
        at = ties.numbers(table["subject"].combine_chunks())
        scaled = np.clip(np.round(told[known] * MILLION), -9e17, 9e17).astype(np.int64)
        values[at[known]] = scaled
    return values


def _enterprises(ties: Ties) -> Iterator[str]:
    return (str(name) for name in ties.ids if ":" not in name)
