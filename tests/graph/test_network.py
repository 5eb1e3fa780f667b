"""Neighbourhoods and paths against networkx and a plain search, on small networks drawn at random."""

from __future__ import annotations

from datetime import date, datetime

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import END

from credit_risk.graph.network import Network, _closed, _stacked
from credit_risk.graph.views import ego_of, paths_between
from credit_risk.zone import Book

NAMES = [*(f"e{i}" for i in range(9)), "person:p", "person:q"]
Pairs = list[tuple[str, str, str]]


def network_of(pairs: Pairs, limit: int = 50, most: int = 200) -> Network:
    rows = [
        {"src": s, "dst": d, "kind": k, "weight": None, "valid_from": date(2024, 1, 1), "received_at": datetime(2024, 1, i % 28 + 1),
         "record_id": f"r{i}", "source": "s"}
        for i, (s, d, k) in enumerate(pairs)
    ]  # fmt: skip
    edges = pd.DataFrame(rows).sort_values(["src", "dst", "kind", "record_id"], ignore_index=True)
    codes, ids = pd.factorize(pd.concat([edges["src"], edges["dst"]]), sort=True)
    src, dst = codes[: len(edges)], codes[len(edges) :]
    both = _stacked(src, dst, len(ids))
    closed = _closed(edges, src, dst, len(ids), np.diff(both.indptr), {"legal_rep": limit}, most)
    return Network(np.asarray(ids, object), edges, both.indptr, both.indices, both.data - 1, closed)


enterprises = st.sampled_from(NAMES[:9])
edge = st.one_of(
    st.tuples(enterprises, enterprises, st.sampled_from(["owns", "supplies"])).filter(lambda e: e[0] != e[1]),
    st.tuples(st.sampled_from(NAMES[9:]), enterprises, st.just("legal_rep")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(edge, min_size=1, max_size=25))
def test_steps_and_paths_are_those_of_networkx(pairs: Pairs) -> None:
    network, oracle = network_of(pairs), nx.Graph([(s, d) for s, d, _ in pairs])
    for one in oracle:
        away = network.steps_from(network.number(one) or 0, 4)
        expected = nx.single_source_shortest_path_length(oracle, one, cutoff=4)
        assert {str(network.ids[i]): int(s) for i, s in enumerate(away) if s >= 0} == expected
    a, b = pairs[0][0], pairs[-1][1]
    if a == b:
        return
    found = paths_between(network, a, b, most=5)
    every = sorted(nx.all_simple_paths(oracle, a, b, cutoff=4), key=lambda p: (len(p), p))
    assert [len(p.nodes) for p in found] == [len(p) for p in every[: len(found)]] and len(found) == min(
        5, len(every)
    )
    known = {(s, d, k) for s, d, k in pairs}
    for path in found:
        assert len(path.ties) == len(path.nodes) - 1
        for (u, v), tie in zip(zip(path.nodes, path.nodes[1:], strict=False), path.ties, strict=True):
            assert {tie.src, tie.dst} == {u, v} and (tie.src, tie.dst, tie.kind) in known


def test_a_hub_is_shown_but_relates_nobody() -> None:
    pairs = [("person:p", f"e{i}", "legal_rep") for i in range(6)]
    assert len(ego_of(network_of(pairs), "e0", 2).nodes) == 7
    hub = network_of(pairs, limit=5)
    assert {n.id for n in ego_of(hub, "e0", 2).nodes} == {"e0", "person:p"}
    assert paths_between(hub, "e0", "e1") == [] and len(paths_between(network_of(pairs), "e0", "e1")) == 1


def test_the_nearest_are_kept_when_there_are_too_many_and_the_rest_counted() -> None:
    pairs = [("e0", f"n{i:03}", "owns") for i in range(30)] + [
        (f"n{i:03}", f"m{i:03}", "owns") for i in range(30)
    ]
    ego = ego_of(network_of(pairs), "e0", 2, most=20)
    assert len(ego.nodes) == 20 and ego.left_out == 41 and max(n.steps for n in ego.nodes) == 1
    assert ego == ego_of(network_of(pairs), "e0", 2, most=20)
    assert all(-1 <= n.x <= 1 and -1 <= n.y <= 1 for n in ego.nodes)


def test_an_enterprise_without_relations_stands_alone() -> None:
    ego = ego_of(network_of([("e0", "e1", "owns")]), "e7")
    assert [n.id for n in ego.nodes] == ["e7"] and ego.ties == []
    assert paths_between(network_of([("e0", "e1", "owns")]), "e0", "e7") == []


def test_the_network_of_the_zone_holds_just_the_relations_known_at_t(book: Book) -> None:
    for t in (END, "2024-06-30"):
        network = Network.of(book.graph, t)
        expected = sum(
            int(book.graph.as_of(k, t).count().execute()) for k in book.rules.relations if book.pool.holds(k)
        )
        assert len(network.edges) == expected > 0
        assert (network.edges["received_at"] <= pd.Timestamp(f"{t}T23:59:59.999999")).all()


@pytest.mark.parametrize("hops", [1, 2])
def test_a_view_of_the_zone_agrees_with_the_neighbours_of_the_indicators(book: Book, hops: int) -> None:
    network = Network.of(book.graph, END, most_neighbours=10**9)
    pairs = book.graph.neighbours(["supplies"], END).to_pandas()
    subject = str(pairs["subject"].iloc[0])
    ego = ego_of(network, subject, hops, most=10**6)
    assert set(pairs.loc[pairs["subject"] == subject, "neighbour"]) <= {n.id for n in ego.nodes}
