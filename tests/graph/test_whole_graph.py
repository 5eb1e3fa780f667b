"""Contagion, control and exposure equal slow counterparts over networkx on small random graphs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.oracles import called_by_failures, controller_of, held_over_chains, pressure_by_walks

from credit_risk.book.networks import Channel, NetworkRule
from credit_risk.book.schema import RelationType, Text
from credit_risk.graph.cascade import Burdens, cascade
from credit_risk.graph.diffusion import Pairs, diffuse, pairs_of
from credit_risk.graph.ownership import ownership
from credit_risk.graph.ties import MILLION, Ties, club_pairs

NODES = [f"e{i}" for i in range(8)]
TITLE = Text(zh="题", en="t")
weighted = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 10)).filter(lambda e: e[0] != e[1]),
    max_size=16,
)
seeds = st.dictionaries(st.sampled_from(NODES), st.integers(1, 3), max_size=4)


def rule(**told: Any) -> NetworkRule:
    return NetworkRule(**{
        "network": "n", "title": TITLE, "kind": "diffusion", "seeds": "s", "seed_cap": 100, "personal_cap": 1000,
        "damping": 0.5, "steps": 4, "channels": [Channel(relation="supplies", forth=0.5, back=0.25, weighted=True)],
    } | told)  # fmt: skip


def ties_of(edges: list[tuple[int, int, int]], kind: str = "supplies", stopped: int | None = None) -> Ties:
    src, dst, weight = (np.array([e[i] for e in edges], np.int64) for i in range(3))
    flags = np.zeros(8, bool)
    flags[[] if stopped is None else [stopped]] = True
    return Ties(np.array(NODES, object), {kind: (src, dst, weight * MILLION // 10)}, flags)


def pairs(ties: Ties, asked: NetworkRule, limit: int = 1000) -> Pairs:
    kinds = {"supplies": RelationType(type="supplies", title=TITLE, hub_limit=limit),
             "legal_rep": RelationType(type="legal_rep", title=TITLE, src="person", hub_limit=limit)}  # fmt: skip
    return pairs_of(ties, asked.channels, kinds)


def millionths(values: dict[str, int]) -> np.ndarray:
    return np.array([values.get(n, 0) * MILLION for n in NODES], np.int64)


def directed(edges: list[tuple[int, int, int]]) -> nx.DiGraph:
    """The weights that pass: half forwards, a quarter backwards, at most one in all."""
    graph = nx.DiGraph()
    graph.add_nodes_from(NODES)
    for a, b, w in edges:
        for s, d, share in ((a, b, Fraction(1, 2)), (b, a, Fraction(1, 4))):
            before = graph.get_edge_data(NODES[s], NODES[d], {"weight": Fraction(0)})["weight"]
            graph.add_edge(NODES[s], NODES[d], weight=min(Fraction(1), before + Fraction(w, 10) * share))
    return graph


@settings(max_examples=80, deadline=None)
@given(edges=weighted, known=seeds)
def test_pressure_is_the_sum_over_walks_that_do_not_turn_back(
    edges: list[Any], known: dict[str, int]
) -> None:
    came = diffuse(pairs(ties_of(edges), rule()), millionths(known), rule())
    expected = pressure_by_walks(directed(edges), known, 4, Fraction(1, 2))
    for i, node in enumerate(NODES):
        assert came["pressure"][i] == pytest.approx(float(expected[node]), abs=2e-4)
        assert came["direct"][i] + came["indirect"][i] == pytest.approx(came["pressure"][i], abs=1e-9)
    plain = nx.DiGraph(directed(edges).edges)
    for i, node in enumerate(NODES):
        ways = [nx.shortest_path_length(plain, s, node) for s in known if s != node and s in plain and node in plain and nx.has_path(plain, s, node)]  # fmt: skip
        near = [w for w in ways if w <= 4]
        if near:
            assert came["nearest"][i] == min(near)


@settings(max_examples=40, deadline=None)
@given(edges=weighted, known=seeds, order=st.randoms())
def test_the_order_of_relations_moves_no_bit_and_what_is_farther_than_the_steps_moves_nobody(
    edges: list[Any], known: dict[str, int], order: Any
) -> None:
    whole = diffuse(pairs(ties_of(edges), rule(steps=2)), millionths(known), rule(steps=2))
    turned = list(edges)
    order.shuffle(turned)
    again = diffuse(pairs(ties_of(turned), rule(steps=2)), millionths(known), rule(steps=2))
    assert whole.equals(again)
    near = nx.single_source_shortest_path_length(nx.Graph(directed(edges)), "e0", cutoff=2)
    part = [e for e in edges if NODES[e[0]] in near or NODES[e[1]] in near]
    alone = diffuse(pairs(ties_of(part), rule(steps=2)), millionths(known), rule(steps=2))
    assert alone.iloc[0].equals(whole.iloc[0]), "one enterprise over its own neighbourhood equals the batch"


def test_an_enterprise_without_relations_feels_nothing_whoever_falls() -> None:
    edges = [(0, 1, 10), (1, 2, 10)]
    for known in ({"e0": 3}, {"e0": 3, "e1": 3, "e2": 3}):
        came = diffuse(pairs(ties_of(edges), rule()), millionths(known), rule())
        assert came["pressure"][7] == 0 and np.isnan(came["nearest"][7])


def test_own_facts_do_not_come_straight_back() -> None:
    came = diffuse(pairs(ties_of([(0, 1, 10)]), rule()), millionths({"e0": 3}), rule())
    assert came["pressure"][0] == 0 and came["pressure"][1] > 0


def test_what_arrives_through_people_is_capped_and_a_crowded_or_stopped_person_passes_nothing() -> None:
    told = rule(channels=[Channel(relation="legal_rep", forth=1)], personal_cap=0.5)
    edges = [(6, i, 10) for i in range(4)]
    bad = millionths({"e0": 3, "e1": 3, "e2": 3})
    shared = diffuse(pairs(ties_of(edges, "legal_rep"), told), bad, told)
    assert shared["personal"][3] == shared["pressure"][3] == 0.5
    free = diffuse(
        pairs(ties_of(edges, "legal_rep"), rule(channels=told.channels)), bad, rule(channels=told.channels)
    )
    assert free["pressure"][3] == pytest.approx(9 / np.sqrt(3), abs=9)
    crowded = diffuse(pairs(ties_of(edges, "legal_rep"), told, limit=3), bad, told)
    stopped = diffuse(pairs(ties_of(edges, "legal_rep", stopped=6), told), bad, told)
    assert not crowded["pressure"].any() and not stopped["pressure"].any()


def test_nothing_passes_through_a_stopped_enterprise_but_its_own_facts_stay() -> None:
    ties = ties_of([(0, 1, 10), (1, 2, 10)], stopped=1)
    came = diffuse(pairs(ties, rule()), millionths({"e0": 1}), rule(), ties.stopped)
    assert came["pressure"][1] > 0 and came["pressure"][2] == 0
    own = diffuse(pairs(ties, rule()), millionths({"e1": 1}), rule(), ties.stopped)
    assert own["pressure"][2] > 0


def test_a_hub_is_damped_by_the_root_of_its_neighbours() -> None:
    edges = [(0, i, 10) for i in range(1, 5)]
    free = diffuse(pairs(ties_of(edges), rule(steps=1)), millionths({"e0": 1}), rule(steps=1))
    damped = diffuse(pairs(ties_of(edges), rule(steps=1), limit=2), millionths({"e0": 1}), rule(steps=1))
    assert damped["pressure"][1] == pytest.approx(free["pressure"][1] * np.sqrt(2 / 4), abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(edges=weighted, known=seeds)
def test_control_and_penetrated_shares_are_those_of_plain_walks(
    edges: list[Any], known: dict[str, int]
) -> None:
    src, dst, weight = (np.array([e[i] for e in edges], np.int64) for i in range(3))
    came = ownership(src, dst, weight * MILLION // 10, 8, millionths(known), 4)
    graph = nx.DiGraph()
    graph.add_nodes_from(NODES)
    for a, b, w in edges:
        before = graph.get_edge_data(NODES[a], NODES[b], {"share": Fraction(0)})["share"]
        graph.add_edge(NODES[a], NODES[b], share=min(Fraction(1), before + Fraction(w, 10)))
    for node in NODES:
        whole = sum((graph.edges[o, node]["share"] for o in graph.predecessors(node)), Fraction(0))
        for owner in list(graph.predecessors(node)):
            graph.edges[owner, node]["share"] /= max(whole, Fraction(1))
    tops = {node: controller_of(graph, node) for node in NODES}
    for i, node in enumerate(NODES):
        top, ring = tops[node]
        group = [n for n in NODES if tops[n][0] == top]
        assert came["members"][i] == len(group) and came["circular"][i] == ring
        assert came["group_seed"][i] == sum(known.get(n, 0) for n in group if n != node)
        if top != node:
            assert came["controller_seed"][i] == known.get(top, 0)
            held = min(float(held_over_chains(graph, top, node, 4)), 1.0)
            assert came["penetrated"][i] == pytest.approx(held, abs=5e-3)
        else:
            assert came["penetrated"][i] == 1 and np.isnan(came["controller_seed"][i])


@settings(max_examples=60, deadline=None)
@given(
    edges=weighted, known=seeds, room=st.dictionaries(st.sampled_from(NODES), st.integers(1, 9), max_size=8)
)
def test_calls_along_guarantees_are_those_of_a_plain_loop(
    edges: list[Any], known: dict[str, int], room: dict[str, int]
) -> None:
    bearer, failing, amount = (np.array([e[i] for e in edges], np.int64) for i in range(3))
    capacity = np.array([room.get(n, -1) for n in NODES], np.int64)
    came = cascade(Burdens(bearer, failing, amount * MILLION), millionths(known), capacity, 8, 3)
    graph = nx.DiGraph()
    graph.add_nodes_from(NODES)
    for a, b, w in edges:
        before = graph.get_edge_data(NODES[a], NODES[b], {"weight": Fraction(0)})["weight"]
        graph.add_edge(NODES[a], NODES[b], weight=before + w)
    expected = called_by_failures(graph, known, room, 3)
    sizes = {n: len(c) for c in nx.weakly_connected_components(graph) for n in c}
    for i, node in enumerate(NODES):
        assert came["called"][i] == pytest.approx(float(expected[node]), abs=0.05)
        assert came["reach"][i] == sizes[node]
        assert (came["chain"][i] > 0) == (came["called"][i] > 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 7)), max_size=20), st.integers(2, 5))
def test_club_pairs_are_all_pairs_of_members_of_clubs_that_are_not_crowded(
    told: list[Any], most: int
) -> None:
    clubs: dict[int, set[int]] = {}
    for club, member in told:
        clubs.setdefault(club, set()).add(member)
    expected = sorted(
        (a, b, len(m)) for m in clubs.values() if len(m) <= most for a in m for b in m if a != b
    )
    left, right, size = club_pairs(*(np.array([e[i] for e in told], np.int64) for i in range(2)), most)
    assert sorted(zip(left.tolist(), right.tolist(), size.tolist(), strict=True)) == expected
