"""Relations of many kinds in columns: nodes by number, weights in whole millionths. Whole numbers add up exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from credit_risk.book.schema import RelationType
from credit_risk.graph.as_of import Graph
from credit_risk.records.clock import Moment

__all__ = [
    "MILLION",
    "Ints",
    "Ties",
    "club_pairs",
    "club_sizes",
    "columns_of",
    "enterprises",
    "read_ties",
    "sum_by",
    "ties_of",
]

MILLION = 1_000_000
FEW = 1000
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ties:
    """Relations known at one t.

    Attributes
    ----------
    ids
        Sorted names of all nodes; a node's number is its place.
    edges
        Kind -> (src, dst, weight): numbers of nodes, and millionths (one million where the relation has no weight).
        Sorted by (src, dst, weight), so that the rows' order in the pool shows nowhere.
    stopped
        Tells for every node whether the reviewed stop list holds it at t.

    """

    ids: npt.NDArray[np.object_]
    edges: dict[str, tuple[Ints, Ints, Ints]]
    stopped: Bools

    @property
    def size(self) -> int:
        """Number of nodes."""
        return len(self.ids)

    def numbers(self, names: Sequence[str] | pa.Array) -> Ints:
        """Return the number of each name, -1 where it has no relation at t."""
        if len(names) < FEW:  # to look for some is quicker than to hash all
            asked = np.asarray(names, object)
            place = np.searchsorted(self.ids, asked) if len(asked) else np.zeros(0, np.int64)
            there = place < self.size
            there[there] = self.ids[place[there]] == asked[there]
            return np.where(there, place, -1).astype(np.int64)
        found = pc.index_in(pa.array(names, pa.string()), value_set=pa.array(self.ids, pa.string()))
        return np.asarray(pc.fill_null(found, -1)).astype(np.int64)


def columns_of(rows: ir.Table) -> ir.Table:
    """Return ``src``, ``dst`` and the weight in millionths of relations as known at t."""
    weight = (rows.weight.coalesce(1).cast("decimal(38, 6)") * MILLION).cast("int64")
    return rows.select(src=rows.src, dst=rows.dst, weight=weight)


def read_ties(graph: Graph, t: Moment, kinds: Sequence[str]) -> Ties:
    """Read the relations of some kinds known and valid at t."""
    tables = {kind: columns_of(graph.as_of(kind, t)).to_pyarrow() for kind in kinds}
    return ties_of(tables, graph.stopped(t))


def ties_of(tables: Mapping[str, pa.Table], stopped: Sequence[str]) -> Ties:
    """Number the ends of relations that were read (see ``columns_of``) by kind."""
    ends = [column for table in tables.values() for column in (table["src"], table["dst"])]
    joined = pa.chunked_array([c for e in ends for c in e.chunks], type=pa.string()).combine_chunks()
    coded = pc.dictionary_encode(joined)
    names = coded.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(names.astype(object), kind="stable") if len(names) else np.zeros(0, np.int64)
    rank = np.empty(len(names), np.int64)
    rank[order] = np.arange(len(names))
    codes = rank[np.asarray(coded.indices).astype(np.int64)]
    edges, at = {}, 0
    for kind, table in tables.items():
        n = table.num_rows
        src, dst = codes[at : at + n], codes[at + n : at + 2 * n]
        weight = table["weight"].to_numpy().astype(np.int64)
        by = np.lexsort((weight, dst, src))
        edges[kind], at = (src[by], dst[by], weight[by]), at + 2 * n
    ids = names[order].astype(object) if len(names) else np.zeros(0, object)
    return Ties(ids, edges, np.isin(ids.astype(str), list(stopped)))


def enterprises(ties: Ties, relations: Mapping[str, RelationType]) -> Bools:
    """Tell for every node whether it stands where a relation has an enterprise; else it is a person or a group."""
    found = np.zeros(ties.size, bool)
    for kind, (src, dst, _) in ties.edges.items():
        for node, end in ((src, relations[kind].src), (dst, relations[kind].dst)):
            if end == "enterprise":
                found[node] = True
    return found


def club_pairs(club: Ints, member: Ints, most: int) -> tuple[Ints, Ints, Ints]:
    """Return all ordered pairs of different members of the same club, and the club's size beside each.

    Clubs of one or of more than ``most`` distinct members make no pairs.
    """
    both = _distinct(club, member)
    _, start, size = np.unique(both[:, 0], return_index=True, return_counts=True)
    good = (size >= 2) & (size <= most)
    start, size = start[good], size[good]
    each = np.repeat(np.arange(len(size)), size * size)
    inner = np.arange(len(each)) - np.repeat(np.cumsum(size * size) - size * size, size * size)
    left = both[start[each] + inner // size[each], 1]
    right = both[start[each] + inner % size[each], 1]
    other = left != right
    return left[other], right[other], size[each][other]


def _distinct(club: Ints, member: Ints) -> Ints:
    """Return the distinct pairs in order, one a row. Both are numbers of nodes, so their product fits."""
    many = int(member.max(initial=0)) + 1
    return np.stack(np.divmod(np.unique(club * many + member), many), axis=1)


def club_sizes(club: Ints, member: Ints, size: int) -> Ints:
    """Return for each node below ``size`` how many distinct members it has as a club."""
    both = _distinct(club, member)
    return np.bincount(both[:, 0], minlength=size)


def sum_by(key: Ints, value: Ints, size: int) -> Ints:
    """Return exact sums of ``value`` over each key below ``size``; whole numbers, so the order does not matter."""
    total = np.zeros(size, np.int64)
    np.add.at(total, key, value)
    return total
