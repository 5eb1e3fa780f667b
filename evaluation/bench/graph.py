"""All relational indicators, propagation and paths over a large invented graph, and networkx over a small one.

A million enterprises and five million relations (see ``invented.py``), with the records that relational indicators
read of neighbours. Timed is what a night does: everything over the whole graph, then all indicators that rest on
relations, of every enterprise, in parts. Propagation alone is timed on the relations in memory; paths on a network of
a million relations that is built once. On a small graph drawn the same way networkx does the indicators that are one
aggregate of one column, the propagation and the shortest path; the engine does the same there, and ratios compare them.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from credit_risk.book import open_rules
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.networks import network_tables
from credit_risk.graph import Graph
from credit_risk.graph.diffusion import diffuse, pairs_of
from credit_risk.graph.network import Network
from credit_risk.graph.ties import MILLION, read_ties
from credit_risk.graph.views import paths_between
from credit_risk.records import Pool, Records
from evaluation.bench.apart import apart
from evaluation.bench.by_networkx import multigraph, pressure, relational
from evaluation.bench.invented import MONTHLY, invent_records, invent_relations

__all__ = ["codes_of", "graph_against_networkx", "matrix_at"]

ROOT = Path(__file__).resolve().parents[2]
T = "2026-06-30"
ENTERPRISES, RELATIONS, SAMPLE, PART, PAIRS = 1_000_000, 5_000_000, 10_000, 250_000, 100
PEERED = ("count(", "sum(", "mean(", "max(", "min(")


def graph_against_networkx(enterprises: int = ENTERPRISES, relations: int = RELATIONS) -> dict[str, Any]:
    """Compute all relational indicators of a million enterprises, propagate, find paths; beside networkx."""
    with tempfile.TemporaryDirectory() as folder:
        large, middle, small = (Path(folder) / name for name in ("large", "middle", "small"))
        count = _invent(large, enterprises, relations)
        _invent(middle, enterprises // 5, relations // 5)
        _invent(small, SAMPLE, SAMPLE * 5)
        night, spread = apart(_night, large, enterprises), apart(_propagation, large)
        paths, peer = apart(_paths, middle, enterprises // 5), apart(_against, small)
    return {
        "enterprises": enterprises, "relations": count, **night, **_less(spread), **_less(paths), **_less(peer),
        "peak_gib_propagation": spread["peak_gib"],
    }  # fmt: skip


def _less(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name != "peak_gib"}


def _invent(var: Path, enterprises: int, relations: int) -> int:
    matrix = matrix_at(var)
    catalogue = matrix.catalogue
    need = [catalogue.entries[n] for n in catalogue.closure(_names(catalogue))]
    types = sorted({str(e.rule.from_) for e in need if e.stage == "record"} | {"bonded_transfer"})
    counts = {
        kind: enterprises * (2 if kind in MONTHLY else 1) // (1 if kind in MONTHLY else 20) for kind in types
    }
    invent_records(matrix.catalogue.rules, enterprises, counts | {"registration": enterprises})
    return invent_relations(matrix.catalogue.rules, enterprises, relations)


def _names(catalogue: Catalogue) -> list[str]:
    return [name for name in catalogue.entries if catalogue.rests_on_relations(name)]


def matrix_at(var: Path) -> Matrix:
    """Return the zone's catalogue over the pool in another folder."""
    os.environ["CREDIT_RISK_VAR"] = str(var)
    pool = Pool(open_rules(ROOT))
    return Matrix(Catalogue.of(pool.rules), Records(pool), Graph(pool))


def codes_of(enterprises: int) -> list[str]:
    """Return the codes of invented enterprises."""
    return [f"91310115MA{n:08}" for n in range(enterprises)]


def _night(var: Path, enterprises: int) -> dict[str, Any]:
    matrix = matrix_at(var)
    names, codes = _names(matrix.catalogue), codes_of(enterprises)
    began = time.perf_counter()
    network_tables(matrix, matrix.catalogue.rules.networks, T)
    whole = time.perf_counter()
    for first in range(0, enterprises, PART):
        matrix.build(codes[first : first + PART], T, names)
    ended = time.perf_counter()
    return {
        "indicators": len(names), "seconds_relational": round(ended - began, 1),
        "seconds_whole_graph": round(whole - began, 1),
    }  # fmt: skip


def _propagation(var: Path) -> dict[str, Any]:
    matrix = matrix_at(var)
    rule = matrix.catalogue.rules.networks["contagion"]
    ties = read_ties(matrix.graph, T, [c.relation for c in rule.channels])
    seeds = (np.random.default_rng(7).random(ties.size) < 0.02) * MILLION
    began = time.perf_counter()
    diffuse(pairs_of(ties, rule.channels, matrix.catalogue.rules.relations), seeds, rule, ties.stopped)
    return {"seconds_propagation": round(time.perf_counter() - began, 1)}


def _paths(var: Path, enterprises: int) -> dict[str, Any]:
    matrix = matrix_at(var)
    began = time.perf_counter()
    network = Network.of(matrix.graph, T)
    built = time.perf_counter() - began
    codes, rng, took, found = codes_of(enterprises), np.random.default_rng(7), [], 0
    for one, other in rng.integers(0, enterprises, (PAIRS, 2)):
        began = time.perf_counter()
        found += bool(paths_between(network, codes[one], codes[other]))
        took.append(time.perf_counter() - began)
    return {
        "path_relations": len(network.edges), "path_network_seconds": round(built, 1), "path_pairs": PAIRS,
        "path_pairs_related": found, "path_seconds_median": round(float(np.median(took)), 3),
        "path_seconds_slowest": round(max(took), 3),
    }  # fmt: skip


def _against(var: Path) -> dict[str, Any]:
    """Compare the two on one small graph: the same indicators, the same propagation, one shortest path."""
    matrix, codes = matrix_at(var), codes_of(SAMPLE)
    catalogue = matrix.catalogue
    entries = [catalogue.entries[n] for n in _names(catalogue)]
    chosen = [e.name for e in entries if e.stage == "relation" and e.rule.value.startswith(PEERED)]
    needed = sorted({n for name in chosen for n in catalogue.entries[name].names} - {"weight"})
    own = matrix.build(codes, T, needed).to_pandas().set_index("subject")
    whole = multigraph(matrix.graph, T)
    peer, told = _timed(lambda: relational(catalogue, whole, own, chosen))
    same = list(told)
    matrix.build(codes[:10], T, same)  # the plan is written once and kept
    engine, table = _timed(lambda: matrix.build(codes, T, same).to_pandas().set_index("subject"))
    worst = max(_worst(table[name], told[name]) for name in same)
    rule = catalogue.rules.networks["contagion"]
    ties = read_ties(matrix.graph, T, [c.relation for c in rule.channels])
    seeds = (np.random.default_rng(7).random(ties.size) < 0.02) * MILLION
    pairs = pairs_of(ties, rule.channels, catalogue.rules.relations)
    free = rule.model_copy(update={"personal_cap": 1000.0})
    spread, came = _timed(lambda: diffuse(pairs, seeds, free, ties.stopped))
    known = dict(zip(ties.ids, seeds / MILLION, strict=True))
    slow, expected = _timed(lambda: pressure(pairs, ties.ids, known, rule.steps, rule.damping))
    gap = np.abs(came["pressure"].to_numpy() - np.array([expected.get(n, 0.0) for n in ties.ids])).max()
    network, plain = Network.of(matrix.graph, T), nx.Graph(whole)
    ways = [(codes[a], codes[b]) for a, b in np.random.default_rng(1).integers(0, SAMPLE, (20, 2))]
    ways = [(a, b) for a, b in ways if a in plain and b in plain and nx.has_path(plain, a, b)]
    walked, _ = _timed(lambda: [nx.single_source_shortest_path(plain, a, cutoff=4).get(b) for a, b in ways])
    found, _ = _timed(lambda: [paths_between(network, a, b) for a, b in ways])
    return {
        "ratio_to_networkx": round(peer / engine, 1), "ratio_to_networkx_propagation": round(slow / spread, 1),
        "ratio_to_networkx_paths": round(walked / found, 2), "sample_enterprises": SAMPLE,
        "sample_indicators": len(same), "sample_largest_difference": float(worst),
        "sample_largest_difference_propagation": round(float(gap), 6),
    }  # fmt: skip


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _worst(column: Any, told: dict[str, float]) -> float:
    """Return the largest relative difference over the enterprises that networkx has a value for."""
    came = column.reindex(list(told)).to_numpy(float)
    expected = np.array(list(told.values()))
    both = ~np.isnan(came) & ~np.isnan(expected)
    if (np.isnan(came) != np.isnan(expected)).any():
        return float("inf")
    return float((np.abs(came - expected)[both] / np.maximum(np.abs(expected[both]), 1)).max(initial=0))
