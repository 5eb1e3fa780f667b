"""What a pattern found: who, by which relations and records, when. A lead for a person, never a conclusion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from credit_risk.book.networks import Facts
from credit_risk.graph.as_of import Graph
from credit_risk.records.clock import Moment
from credit_risk.records.when import When

__all__ = ["EDGE_COLUMNS", "Edge", "Finding", "Reading", "edges_told", "told"]

EDGE_COLUMNS = ["src", "dst", "weight", "valid_from", "received_at", "record_id", "source"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One relation or trade that the finding rests on."""

    src: str
    dst: str
    kind: str
    since: date
    record_id: str
    source: str
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A pattern found at one t.

    Attributes
    ----------
    pattern
        Name of the pattern in the book.
    members
        Enterprises, sorted; those that are only a link (persons, addresses) stand in ``through``.
    edges
        Relations and trades that make it, in the order of the shape where it has one.
    concerns
        Those of the members whom the finding is about; empty means all.
    records
        Ids of other records it rests on (a founding, a failure), sorted.
    first, last
        The span of dates of its edges.
    score
        How strong; compares findings of one pattern only.

    """

    pattern: str
    members: list[str]
    edges: list[Edge]
    first: date
    last: date
    score: float
    through: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    concerns: list[str] = field(default_factory=list)

    @property
    def record_ids(self) -> list[str]:
        """All records behind it, sorted."""
        return sorted({e.record_id for e in self.edges} | set(self.records))


Ask = Callable[[Sequence[object], Callable[[Graph, When], ir.Table]], pa.Table]


class Reading:
    """The graph as known at one t, read once for all patterns.

    ``ask`` answers a question named by its first argument; by default the second is written and run at once. The
    features floor passes one that writes each question once for all t.
    """

    def __init__(self, graph: Graph, t: Moment, ask: Ask | None = None) -> None:
        self.graph, self.t = graph, t
        self.ask = ask or (lambda _, write: write(graph, t).to_pyarrow())
        self.stopped = graph.stopped(t)
        self._edges: dict[str, pa.Table] = {}
        self._facts: dict[str, pd.DataFrame] = {}

    def edges(self, kinds: Sequence[str]) -> pd.DataFrame:
        """Return the relations of some kinds known and valid at t with ``kind``, in no order."""
        parts = [
            self.table(kind).to_pandas().assign(kind=kind) for kind in kinds if self.graph.pool.holds(kind)
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*EDGE_COLUMNS, "kind"])

    def table(self, kind: str) -> pa.Table:
        """Return the relations of a kind as they were read: as rows of pandas they are several times as large."""
        if kind not in self._edges:
            held = self.graph.pool.holds(kind)
            none = pa.table({name: pa.array([], pa.string()) for name in EDGE_COLUMNS})
            self._edges[kind] = self.ask(["pattern edges", kind], partial(_edges, kind)) if held else none
        return self._edges[kind]

    def first_facts(self, facts: Iterable[Facts]) -> pd.DataFrame:
        """Return ``day`` and ``record_id`` of the earliest of the facts known and usable at t, by subject."""
        parts = [self._read(one) for one in facts]
        joined = pd.concat(parts, ignore_index=True).dropna(subset="day")
        joined = joined.sort_values(["subject", "day", "record_id"])
        return joined.drop_duplicates("subject").set_index("subject")

    def _read(self, one: Facts) -> pd.DataFrame:
        key = one.model_dump_json()
        if key not in self._facts:
            frame = self.ask(["pattern facts", key], partial(_facts, one)).to_pandas()
            frame["day"] = pd.to_datetime(frame["day"])
            self._facts[key] = frame
        return self._facts[key]


def _edges(kind: str, graph: Graph, t: When) -> ir.Table:
    return graph.as_of(kind, t).select(EDGE_COLUMNS)


def _facts(one: Facts, graph: Graph, t: When) -> ir.Table:
    rows = graph.records.as_of(one.from_, t)
    for name, values in one.where.items():
        rows = rows.filter(rows[name].isin(values))
    day = rows[one.field] if one.field else rows.event_date
    return rows.select(subject=rows.subject, day=day, record_id=rows.record_id)


def edges_told(rows: pd.DataFrame) -> list[Edge]:
    """Return the edge of every row of ``Reading.edges``, in their order."""
    days = [day.date() for day in pd.to_datetime(rows["valid_from"])]
    weights = [None if pd.isna(weight) else float(weight) for weight in rows["weight"]]
    columns = [rows[name].tolist() for name in ("src", "dst", "kind", "record_id", "source")]
    src, dst, kind, record_id, source = columns
    return list(map(Edge, src, dst, kind, days, record_id, source, weights))


def told(row: object) -> Edge:
    """Return the edge of a row of ``edges_of``."""
    weight = row.weight  # type: ignore[attr-defined]
    return Edge(
        row.src, row.dst, row.kind, pd.Timestamp(row.valid_from).date(), row.record_id, row.source,  # type: ignore[attr-defined]
        None if pd.isna(weight) else float(weight),
    )  # fmt: skip
