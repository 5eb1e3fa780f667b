"""Neighbours equal those of networkx on small random graphs, at each time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import networkx as nx
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_risk.book import open_rules
from credit_risk.graph import Graph, components
from credit_risk.records import Pool
from credit_risk.records.envelope import relation_schema

BOOK = """
relations:
  - {type: supplies, title: {zh: 供应, en: Supplies}}
  - {type: legal_rep, title: {zh: 法定代表人, en: Legal representative}, src: person, hub_limit: 3}
"""
HEAD = 'name = "g"\nversion = "1"\nsubject = "text"\n[title]\nzh = "图"\nen = "graph"\n'
T = "2024-06-30"
edges = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from([5, 6, 7]), st.booleans()), max_size=14
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("graph")
    (root / "sources").mkdir()
    (root / "credit-risk.toml").write_text(HEAD, encoding="utf-8")
    (root / "sources" / "all.yaml").write_text(BOOK, encoding="utf-8")
    return root


def _graph(folder: Path, kind: str, drawn: Sequence[tuple[int, int, int, bool]], src: str) -> Graph:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CREDIT_RISK_VAR", raising=False)
        pool = Pool(open_rules(folder))
        rows = [
            {
                "record_id": f"{i}", "version": "1", "source": "s", "source_record_id": f"{i}", "src": f"{src}{a}",
                "dst": f"e{b}", "weight": None, "valid_from": date(2024, 1, 1),
                "valid_to": date(2024, 6, 30) if ended else None, "received_at": datetime(2024, month, 15),
            }
            for i, (a, b, month, ended) in enumerate(drawn)
        ]  # fmt: skip
        pool.write(kind, "all", pa.Table.from_pylist(rows, relation_schema()))
        return Graph(pool)


def _known(drawn: Sequence[tuple[int, int, int, bool]]) -> set[tuple[int, int]]:
    return {(a, b) for a, b, month, ended in drawn if month <= 6 and not ended}


def _pairs(table: Any) -> set[tuple[str, str]]:
    return set(table.select("subject", "neighbour").to_pandas().itertuples(index=False, name=None))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=edges)
def test_neighbours_by_direction_and_hops_are_those_of_networkx(folder: Path, drawn: list[Any]) -> None:
    graph = _graph(folder, "supplies", drawn, "e")
    oracle = nx.DiGraph((f"e{a}", f"e{b}") for a, b in _known(drawn) if a != b)
    assert _pairs(graph.neighbours(["supplies"], T, "out")) == set(oracle.edges)
    assert _pairs(graph.neighbours(["supplies"], T, "in")) == {(b, a) for a, b in oracle.edges}
    both = oracle.to_undirected()
    assert _pairs(graph.neighbours(["supplies"], T)) == {p for a, b in both.edges for p in ((a, b), (b, a))}
    lengths = dict(nx.all_pairs_shortest_path_length(both, cutoff=2))
    second = {(a, b) for a, found in lengths.items() for b, n in found.items() if n == 2}
    assert _pairs(graph.neighbours(["supplies"], T, hops=2)) == second
    found = components(graph, T)
    turned = components(_graph(folder, "supplies", drawn[::-1], "e"), T)
    assert found == turned
    assert {frozenset(n for n in found if found[n] == c) for c in set(found.values())} == {
        frozenset(c) for c in nx.connected_components(both)
    }


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=edges)
def test_enterprises_that_share_a_person_are_neighbours_unless_the_person_is_a_hub(
    folder: Path, drawn: list[Any]
) -> None:
    graph = _graph(folder, "legal_rep", drawn, "person:")
    members: dict[int, set[int]] = {}
    for a, b in _known(drawn):
        members.setdefault(a, set()).add(b)
    expected = {(f"e{x}", f"e{y}") for m in members.values() if len(m) <= 3 for x in m for y in m if x != y}
    assert _pairs(graph.neighbours(["legal_rep"], T)) == expected
    persons = {(f"e{b}", f"person:{a}") for a, b in _known(drawn)}
    assert _pairs(graph.neighbours(["legal_rep"], T, to="person")) == persons
