"""Rings, carousels and clusters equal slow searches, and honest look-alikes are left alone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.pools import graph_of as _graph

from credit_risk.graph import Finding, Graph, find_patterns
from credit_risk.graph.patterns.carousels import Sale, rounds_of
from credit_risk.graph.patterns.circles import rings
from credit_risk.graph.patterns.hands import nominees

T = "2026-06-30"
arcs = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda e: e[0] != e[1]), max_size=18, unique=True
)


@settings(max_examples=80, deadline=None)
@given(arcs)
def test_rings_are_the_shortest_through_each_edge_and_every_edge_on_a_short_ring_has_one(
    edges: list[Any],
) -> None:
    oracle = [tuple(c) for c in nx.simple_cycles(nx.DiGraph(edges), length_bound=5)]
    found = list(rings(edges, 5))
    turned = {tuple(c[c.index(min(c)) :] + c[: c.index(min(c))]) for c in map(list, oracle)}
    assert set(found) <= turned and len(set(found)) == len(found)
    for edge in edges:
        through = [len(c) for c in turned if edge in set(zip(c, (*c[1:], c[0]), strict=True))]
        mine = [len(c) for c in found if edge in set(zip(c, (*c[1:], c[0]), strict=True))]
        assert (min(through) if through else None) == (min(mine) if mine else None)


def _sale(seller: str, buyer: str, day: int, lot: float, number: int) -> Sale:
    return Sale(seller, buyer, day, lot, lot * 10, f"r{number:02}")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 9), st.sampled_from([100.0, 200.0])).filter(lambda e: e[0] != e[1]), max_size=7))  # fmt: skip
def test_a_round_is_found_where_a_plain_search_over_all_orders_finds_one(drawn: list[Any]) -> None:
    sales = [_sale(f"e{a}", f"e{b}", day, lot, i) for i, (a, b, day, lot) in enumerate(drawn)]
    found = list(rounds_of(sales, 5, 0.05, 4))
    for way in found:
        assert [s.buyer for s in way] == [s.seller for s in way[1:]] + [way[0].seller]
        assert all(a.day <= b.day for a, b in pairwise(way)) and way[-1].day <= way[0].day + 5
        assert len({s.quantity for s in way}) == 1
    orders = (way for size in (2, 3, 4) for way in permutations(sales, size))
    exists = any(
        way[-1].buyer == way[0].seller
        and all(a.buyer == b.seller and a.day <= b.day for a, b in pairwise(way))
        and way[-1].day <= way[0].day + 5
        and len({s.quantity for s in way}) == 1
        and len({s.seller for s in way}) == len(way)
        for way in orders
    )
    assert bool(found) == exists


def _born(**days: date) -> list[dict[str, Any]]:
    return [{"subject": s, "event_date": d, "established": d} for s, d in days.items()]


def _found(graph: Graph, pattern: str, t: str = T) -> list[Finding]:
    return find_patterns(graph, t, [pattern])


def test_enterprises_founded_together_that_share_three_kinds_are_a_cluster_and_a_family_or_incubator_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell, family, hatch = (["a", "b", "c"], ["f", "g", "h"], ["x", "y", "z"])
    ties = [(kind, who, f"group:{kind}:{group[0]}") for group in (shell, family) for who in group
            for kind in ("same_address", "same_phone", "same_agent")]  # fmt: skip
    ties += [("same_address", who, "group:hatch") for who in hatch]
    born = _born(a=date(2024, 3, 1), b=date(2024, 4, 1), c=date(2024, 5, 1), f=date(2010, 1, 1), g=date(2015, 1, 1),
                 h=date(2020, 1, 1), x=date(2024, 3, 1), y=date(2024, 3, 2), z=date(2024, 3, 3))  # fmt: skip
    graph = _graph(tmp_path, monkeypatch, ties, {"registration": born})
    (only,) = _found(graph, "shell_cluster")
    assert only.members == shell and len(only.edges) == 9 and len(only.records) == 3
    assert (only.first, only.last) == (date(2024, 3, 1), date(2024, 5, 1))
    assert not _found(graph, "shell_cluster", "2024-12-31"), "nothing that was received later is known"


def test_a_guarantee_circle_names_its_edges_and_a_chain_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ties = [("guarantees", *e) for e in ("ab", "bc", "ca", "cd", "de")]
    (only,) = _found(_graph(tmp_path, monkeypatch, ties, {}), "guarantee_circle")
    assert only.members == ["a", "b", "c"] and [(e.src, e.dst) for e in only.edges] == [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
    ]
    assert only.record_ids == ["t0", "t1", "t2"]


def test_goods_that_go_round_twice_are_a_carousel_and_partners_with_their_own_goods_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sold(who: str, to: str, day: int, goods: str, month: int) -> dict[str, Any]:
        return {"subject": who, "buyer": to, "event_date": date(2026, month, day), "goods": goods,
                "quantity": Decimal("400"), "amount": Decimal("1000000"), "received_at": datetime(2026, 6, 1)}  # fmt: skip

    ring = [
        sold(a, b, d, "27", m) for m in (2, 3) for a, b, d in (("a", "b", 1), ("b", "c", 4), ("c", "a", 9))
    ]
    honest = [
        sold(a, b, 1, g, m) for m in (2, 3) for a, b, g in (("x", "y", "1"), ("y", "z", "2"), ("z", "x", "3"))
    ]
    graph = _graph(tmp_path, monkeypatch, [], {"bonded_transfer": ring + honest})
    (only,) = _found(graph, "carousel")
    assert only.members == ["a", "b", "c"] and only.score == 2 and len(only.record_ids) == 6


def test_a_new_firm_of_old_hands_is_found_and_an_older_sister_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ties = [
        (kind, who, f"group:{kind}")
        for who in ("old", "new", "sis")
        for kind in ("same_address", "same_phone")
    ]
    ties += [("legal_rep", "person:p", who) for who in ("old", "new", "sis")]
    born = _born(old=date(2015, 1, 1), new=date(2024, 9, 1), sis=date(2012, 1, 1))
    records = {"registration": born, "bankruptcy": [{"subject": "old", "event_date": date(2024, 6, 1)}]}
    graph = _graph(tmp_path, monkeypatch, ties, records)
    (only,) = _found(graph, "old_hand")
    assert only.members == ["new", "old"] and only.concerns == ["new"] and only.score == 3


class _Read:
    """A reading of nothing but what is given."""

    stopped: tuple[str, ...] = ()

    def __init__(self, graph: Graph, edges: pd.DataFrame, founded: pd.DataFrame) -> None:
        self.graph, self._edges, self._founded = graph, edges, founded

    def edges(self, kinds: list[str]) -> pd.DataFrame:
        return self._edges[self._edges["kind"].isin(kinds)].reset_index(drop=True)

    def table(self, kind: str) -> pa.Table:
        held = self.edges([kind]).drop(columns="kind").astype({"src": str, "dst": str})
        return pa.Table.from_pandas(held, preserve_index=False)

    def first_facts(self, _: Any) -> pd.DataFrame:
        return self._founded


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    with pytest.MonkeyPatch.context() as patch:
        return _graph(tmp_path_factory.mktemp("empty"), patch, [], {})


@settings(max_examples=60, deadline=None)
@given(
    serves=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), max_size=12, unique=True),
    owns=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=3),
    days=st.lists(st.integers(0, 400), min_size=7, max_size=7),
)
def test_nominees_are_those_of_a_plain_loop_over_people(
    empty: Graph, serves: list[Any], owns: list[Any], days: list[int]
) -> None:
    rows = [("legal_rep", f"person:{p}", f"e{e}") for p, e in serves]
    rows += [("shareholder", f"e{a}", f"e{b}") for a, b in owns]
    edges = pd.DataFrame(rows, columns=["kind", "src", "dst"]).assign(
        weight=1.0, valid_from=date(2020, 1, 1), source="s", record_id=[f"r{i:02}" for i in range(len(rows))]
    )
    born = {f"e{i}": pd.Timestamp(2020, 1, 1) + pd.Timedelta(days=day) for i, day in enumerate(days)}
    founded = pd.DataFrame({"day": pd.Series(born), "record_id": pd.Series({e: f"b{e}" for e in born})})
    pattern = empty.pool.rules.patterns["nominee"]
    expected = []
    for person in ("person:0", "person:1"):
        mine = sorted({dst for kind, src, dst in rows if src == person}, key=lambda e: (born[e], e))
        sets = [[o for o in mine if born[e] <= born[o] <= born[e] + pd.Timedelta(days=183)] for e in mine]
        best = max(sets, key=len, default=[])
        owned = {(a, b) for kind, a, b in rows if kind == "shareholder"}
        kept = [m for m in best if not any((o, m) in owned or (m, o) in owned for o in best)]
        if len(kept) >= pattern.at_least:
            expected.append((person, sorted(kept)))
    found = nominees(_Read(empty, edges, founded), pattern)  # type: ignore[arg-type]
    assert [(f.through[0], f.members) for f in found] == expected
