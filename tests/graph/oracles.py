"""Slow, plain counterparts of the graph computations, over networkx."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx

__all__ = ["called_by_failures", "controller_of", "held_over_chains", "pressure_by_walks"]

PARTS = 10_000


def pressure_by_walks(
    graph: nx.DiGraph, seeds: dict[str, int], steps: int, damping: Fraction
) -> dict[str, Fraction]:
    """Return the sum over all walks of up to ``steps`` edges that never turn straight back: seed times weights."""
    total = dict.fromkeys(graph, Fraction(0))

    def walk(way: list[str], value: Fraction) -> None:
        for onward in graph.successors(way[-1]):
            if len(way) > 1 and onward == way[-2]:
                continue
            arrived = value * graph.edges[way[-1], onward]["weight"]
            total[onward] += arrived
            if len(way) < steps:
                walk([*way, onward], arrived * damping)

    for node, seed in seeds.items():
        if node in graph:
            walk([node], Fraction(seed))
    return total


def controller_of(graph: nx.DiGraph, node: str) -> tuple[str, bool]:
    """Return who is reached by following majorities, and whether that is a ring."""
    way = [node]
    while True:
        above = [o for o in graph.predecessors(way[-1]) if graph.edges[o, way[-1]]["share"] > Fraction(1, 2)]
        if not above:
            return way[-1], False
        if above[0] in way:
            return min(way[way.index(above[0]) :]), True
        way.append(above[0])


def held_over_chains(graph: nx.DiGraph, owner: str, owned: str, links: int) -> Fraction:
    """Return the sum over walks of up to ``links`` edges from owner to owned of the products of shares."""
    reach = {owner: Fraction(1)}
    total = Fraction(0)
    for _ in range(links):
        after: dict[str, Fraction] = {}
        for node, value in reach.items():
            for onward in graph.successors(node):
                after[onward] = after.get(onward, Fraction(0)) + value * graph.edges[node, onward]["share"]
        total += after.get(owned, Fraction(0))
        reach = after
    return total


def called_by_failures(
    graph: nx.DiGraph, seeds: dict[str, int], capacity: dict[str, int], steps: int
) -> dict[str, Fraction]:
    """Return what every bearer must bear; an edge goes from the bearer to whom it stands for."""
    first = {n: min(Fraction(seeds.get(n, 0)), Fraction(1)) for n in graph}
    fails, called = dict(first), dict.fromkeys(graph, Fraction(0))
    for _ in range(steps):
        called = {
            n: sum((graph.edges[n, m]["weight"] * fails[m] for m in graph.successors(n)), Fraction(0))
            for n in graph
        }
        fails = {
            n: max(
                first[n], min(called[n] / capacity[n], Fraction(1)) if capacity.get(n, 0) > 0 else Fraction(0)
            )
            for n in graph
        }
    return called
