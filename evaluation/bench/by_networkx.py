"""The same graph computations over networkx, as somebody would write them who has no engine; for a small sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import networkx as nx
import pandas as pd

from credit_risk.features import Catalogue
from credit_risk.features.catalogue import Entry
from credit_risk.graph import Graph
from credit_risk.graph.diffusion import Pairs

__all__ = ["multigraph", "pressure", "relational"]


def multigraph(graph: Graph, t: str) -> nx.MultiDiGraph:
    """Return all relations known at t, one edge each with ``kind`` and ``weight``."""
    whole = nx.MultiDiGraph()
    for kind in graph.pool.rules.relations:
        if graph.pool.holds(kind):
            for row in (
                graph.as_of(kind, t).select("src", "dst", "weight").to_pandas().itertuples(index=False)
            ):
                weight = 1.0 if pd.isna(row.weight) else float(row.weight)
                whole.add_edge(row.src, row.dst, kind=kind, weight=weight)
    return whole


def relational(
    catalogue: Catalogue, whole: nx.MultiDiGraph, own: pd.DataFrame, names: Iterable[str]
) -> dict[str, dict[str, float]]:
    """Return count, sum, mean, max or min of a neighbour's indicator for every enterprise, by indicator.

    ``own`` holds the enterprises' own indicators by subject. Indicators that say more than one aggregate of one column
    are left out; who asks looks at the keys.
    """
    told: dict[str, dict[str, float]] = {}
    kept: dict[str, dict[str, dict[str, float]]] = {}
    columns = {name: own[name].to_dict() for name in own.columns}
    for name in names:
        entry = catalogue.entries[name]
        folded = _folded(entry, columns)
        if folded is None:
            continue
        over = entry.rule.over
        assert over is not None
        key = over.model_dump_json()
        if key not in kept:
            kept[key] = _neighbours(catalogue, whole, entry)
        told[name] = {subject: folded(beside) for subject, beside in kept[key].items()}
    return told


def _folded(
    entry: Entry, columns: Mapping[str, dict[str, float]]
) -> Callable[[dict[str, float]], float] | None:
    """Return what folds neighbours and weights to the indicator, None where it is said in another way."""
    kind, _, rest = entry.rule.value.partition("(")
    word = rest.removesuffix(")")
    if entry.where or entry.rule.over is None or entry.rule.over.to != "enterprise":
        return None
    if kind == "count" and not word:
        return lambda beside: float(len(beside))
    fold: dict[str, Callable[[list[float]], float]] = {
        "sum": sum, "max": max, "min": min, "mean": lambda values: sum(values) / len(values),
    }  # fmt: skip
    if kind not in fold or not (word in columns or word == "weight"):
        return None

    def folded(beside: dict[str, float]) -> float:
        values = beside.values() if word == "weight" else (columns[word].get(n, float("nan")) for n in beside)
        known = [v for v in values if v == v]
        return float(fold[kind](known)) if known else (0.0 if kind == "sum" else float("nan"))

    return folded


def _neighbours(catalogue: Catalogue, whole: nx.MultiDiGraph, entry: Entry) -> dict[str, dict[str, float]]:
    over = entry.rule.over
    assert over is not None
    relations = catalogue.rules.relations
    kinds = list(relations) if over.relation == "any" else list(over.relation)
    near: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for kind in kinds:
        rule = relations[kind]
        edges = [(a, b, d["weight"]) for a, b, d in whole.edges(data=True) if d["kind"] == kind]
        if rule.src == rule.dst == "enterprise":
            for a, b, weight in edges:
                if over.direction in ("out", "both"):
                    near[a][b] += weight
                if over.direction in ("in", "both"):
                    near[b][a] += weight
            continue
        clubs: dict[str, list[str]] = defaultdict(list)
        for a, b, _ in edges:
            club, member = (a, b) if rule.dst == "enterprise" else (b, a)
            clubs[club].append(member)
        for club, members in clubs.items():
            if len(set(members)) <= rule.hub_limit and club not in catalogue.rules.stops:
                for a in members:
                    for b in members:
                        if a != b:
                            near[a][b] += 1.0
    if over.hops == 1:
        return near
    far: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for a, beside in list(near.items()):
        for b, weight in beside.items():
            for c, onward in list(near[b].items()):
                if c != a and c not in beside:
                    far[a][c] += min(weight, onward)
    return far


def pressure(
    pairs: Pairs, ids: Any, seeds: Mapping[str, float], steps: int, damping: float
) -> dict[str, float]:
    """Return what arrives at every node by messages along the edges of a networkx graph, never straight back."""
    flow = nx.DiGraph()
    for a, b, other, personal in zip(pairs.sender, pairs.receiver, pairs.other, pairs.personal, strict=True):
        flow.add_edge(ids[a], ids[b], weight=(other + personal) / 1e6)
    total: dict[str, float] = defaultdict(float)
    sent = {(a, b): seeds.get(a, 0.0) * d["weight"] for a, b, d in flow.edges(data=True)}
    for _ in range(steps):
        arrived: dict[str, float] = defaultdict(float)
        for (_, b), value in sent.items():
            arrived[b] += value
        for node, value in arrived.items():
            total[node] += value
        sent = {
            (a, b): (arrived[a] - sent.get((b, a), 0.0)) * damping * d["weight"]
            for a, b, d in flow.edges(data=True)
        }
    return total
