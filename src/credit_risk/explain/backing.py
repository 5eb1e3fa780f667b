"""The records behind many indicators at once, for the enterprises that ask, and nothing read of others.

What ``Evidence`` finds for whoever is asked indicator by indicator, over tables of the whole pool, this finds for pairs
of indicator and enterprise over the records of those enterprises and of their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from credit_risk.explain.evidence import EVIDENCE_COLUMNS, Trace, edges_of, relations_along
from credit_risk.features import Matrix
from credit_risk.features.catalogue import Catalogue, Entry
from credit_risk.features.hashes import text_hash
from credit_risk.features.plan import Writer
from credit_risk.features.session import Session
from credit_risk.graph.as_of import Direction, Graph, Hops, Mediator
from credit_risk.records.as_of import UNUSABLE
from credit_risk.records.clock import Moment
from credit_risk.records.when import When

__all__ = ["BACKING_COLUMNS", "backing"]

BACKING_COLUMNS = ["indicator", *EVIDENCE_COLUMNS, "rank", "total"]
PAIRS = "asked_pairs"
Reach = tuple[tuple[str, ...], Direction, Mediator, Hops]


def backing(matrix: Matrix, pairs: pd.DataFrame, among: Sequence[str], most: int, t: Moment) -> pa.Table:
    """Return up to ``most`` records behind each indicator of each enterprise, as known and usable at t.

    Parameters
    ----------
    pairs
        ``indicator`` and ``subject``: what is asked of whom.
    among
        Every indicator that could be asked, so that the plans are the same whatever is asked.

    Returns
    -------
    pyarrow.Table
        ``BACKING_COLUMNS``, sorted by indicator, subject and ``rank`` (0 first: facts before relations, the latest
        first); ``total`` is how many there are of the indicator, listed or not. What has no record has no row.

    """
    catalogue, names, tables = matrix.catalogue, sorted(set(among)), []
    asked = pa.Table.from_pandas(pairs[["indicator", "subject"]].astype(str), preserve_index=False)
    subjects = pc.unique(asked["subject"]).to_pylist()
    with Session(matrix.records.pool, t) as session:
        session.connection.register(PAIRS, asked)
        for name in sorted(pc.unique(asked["indicator"]).to_pylist()):
            plan = catalogue.plans.get(
                ["backing", names, name, most], partial(_listed, catalogue, names, name, most)
            )
            tables.append(session.run(plan, subjects))
    return (
        pa.concat_tables(tables)
        if tables
        else pa.table({c: pa.array([], pa.string()) for c in BACKING_COLUMNS})
    )


def _listed(catalogue: Catalogue, names: Sequence[str], name: str, most: int, writer: Writer) -> ir.Table:
    return _Backing(catalogue, writer, names).listed(name, most)


class _Backing(Trace):
    """Writes what finds the records behind indicators of some enterprises; its tables hold nobody else's."""

    def __init__(self, catalogue: Catalogue, writer: Writer, names: Sequence[str]) -> None:
        super().__init__(catalogue, writer)
        self.names = list(names)
        self.mark = text_hash([names])[:8]

    def listed(self, name: str, most: int) -> ir.Table:
        """Return up to ``most`` records an enterprise that asks for this indicator."""
        found = self.of(name).semi_join(self._asking([name]), "subject")
        found = self.first(found, most).mutate(indicator=ibis.literal(name))
        return found.order_by(["subject", "rank"]).select(BACKING_COLUMNS)

    def own(self, entry: Entry) -> ir.Table:
        """Return the records of an indicator, of whoever is near."""
        return self.writer.shared(
            f"near_own_{entry.name}_{self.mark}", lambda writer: self._over(writer).counted(entry)
        )

    def records(self, kind: str) -> ir.Table:
        """Return the usable records of a type, of whoever asks for what rests on them and is near."""
        return self.writer.shared(
            f"near_records_{kind}_{self.mark}",
            lambda writer: writer.records.as_of(kind, writer.asked, self._over(writer)._near(kind)),
        )

    def trades(self, kind: str) -> ir.Table:
        """Return the usable records of a type of everybody: a partner may have told of the trade."""
        return super().records(kind)

    def pairs(
        self, kinds: Sequence[str], direction: Direction = "both", to: Mediator = "enterprise", hops: Hops = 1
    ) -> ir.Table:
        """Return who is a neighbour of those who ask."""
        return self.writer.shared(
            "asked_pairs_" + "_".join([*sorted(kinds), direction, to, str(hops)]),
            lambda writer: _graph(writer, hops).neighbours(
                kinds, writer.asked, direction, to, hops, writer.subjects
            ),
        )

    def edges(self, kind: str) -> ir.Table:
        """Return the relations of a kind as evidence of those who ask."""
        return self.writer.shared(
            f"asked_edges_{kind}",
            lambda writer: edges_of(kind, _graph(writer), writer.asked).semi_join(writer.subjects, "subject"),
        )

    def _over(self, writer: Writer) -> _Backing:
        return _Backing(self.catalogue, writer, self.names)

    def _asking(self, names: Sequence[str]) -> ir.Table:
        """Return who asks for one of some indicators."""
        pairs = ibis.table({"indicator": "string", "subject": "string"}, name=PAIRS)
        return pairs.filter(pairs.indicator.isin(list(names))).select("subject")

    def _near(self, kind: str) -> ir.Table:
        """Return those whose records of a type may stand behind what is asked: of who asks, and of neighbours."""
        resting = [name for name in self.names if kind in _kinds(self.catalogue, name)]
        near = [self._asking(resting)]
        for reach in _reaches(self.catalogue, resting):
            asking = self._asking([name for name in resting if reach in _reaches(self.catalogue, [name])])
            near.append(self.pairs(*reach).semi_join(asking, "subject").select(subject="neighbour"))
        return (near[0] if len(near) == 1 else ibis.union(*near)).distinct()


class _GraphOfAskers(Graph):
    """The relations of those who ask and of whoever shares a mediator with one of them; of others it knows nothing."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.outline, writer.records)
        self.writer = writer

    def as_of(self, kind: str, t: When, lives: Sequence[str] = UNUSABLE) -> ir.Table:
        """Return the relations of one type that are known and valid at t, read once for all that look at them."""
        return self.writer.shared(f"asked_relations_{kind}", lambda writer: _of_askers(kind, writer, lives))


def _graph(writer: Writer, hops: Hops = 1) -> Graph:
    """Return the graph of those who ask; a second hop leads through the relations of others."""
    return _GraphOfAskers(writer) if hops == 1 else writer.graph


def _of_askers(kind: str, writer: Writer, lives: Sequence[str]) -> ir.Table:
    """Return the relations near those who ask: all versions are read of what touches them in any version."""
    rule, rows, askers = writer.plans.rules.relations[kind], writer.outline.scan(kind), writer.subjects
    ends = [end for end in ("src", "dst") if getattr(rule, end) == "enterprise"]
    found = [rows.semi_join(askers, rows[end] == askers.subject) for end in ends]
    touching = found[0] if len(found) == 1 else ibis.union(*found)
    if len(ends) == 1:
        shared = "dst" if ends == ["src"] else "src"
        clubs = touching.select(club=shared).distinct()
        touching = rows.semi_join(clubs, rows[shared] == clubs.club)
    rows = rows.semi_join(touching.select("record_id").distinct(), "record_id")
    return writer.graph.valid(rows, writer.asked, lives, few=True)


def _kinds(catalogue: Catalogue, name: str) -> set[str]:
    """Return the record types on which an indicator rests."""
    return catalogue.record_types(_resting_on(catalogue, [name]))


def _resting_on(catalogue: Catalogue, names: Sequence[str]) -> list[str]:
    """Return indicators and all that they rest on, also by way of a network."""
    found = catalogue.closure(names)
    networks = {str(catalogue.entries[n].rule.network) for n in found if catalogue.entries[n].rule.network}
    seeds = [str(catalogue.rules.networks[n].seeds) for n in networks if catalogue.rules.networks[n].seeds]
    return found if set(seeds) <= set(found) else _resting_on(catalogue, [*found, *seeds])


def _reaches(catalogue: Catalogue, names: Sequence[str]) -> list[Reach]:
    """Return the neighbourhoods from which records may come."""
    found: set[Reach] = set()
    for name in _resting_on(catalogue, names):
        entry = catalogue.entries[name]
        over, every = entry.rule.over, sorted(catalogue.rules.relations)
        if over is not None and over.to == "enterprise":
            kinds = every if over.relation == "any" else sorted(over.relation)
            found.add((tuple(kinds), over.direction, over.to, over.hops))
        network = catalogue.rules.networks[entry.rule.network] if entry.rule.network else None
        if network is not None and network.seeds:
            found.add((tuple(relations_along(catalogue.rules, network)), "both", "enterprise", 1))
    return sorted(found)
