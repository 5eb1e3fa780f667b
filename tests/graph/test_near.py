"""Who is near: one hop along everything, two along what is followed further, and nobody through a crowded mediator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from credit_risk.book import open_rules
from credit_risk.graph.diffusion import diffuse, pairs_of
from credit_risk.graph.near import Surroundings
from credit_risk.graph.ties import MILLION, Ties

ROOT = Path(__file__).resolve().parents[2]


def _ties(**edges: list[tuple[str, str]]) -> Ties:
    ids = np.array(sorted({end for pairs in edges.values() for pair in pairs for end in pair}), object)
    at = {name: place for place, name in enumerate(ids)}
    columns = {
        kind: tuple(np.array([[at[a], at[b], MILLION] for a, b in sorted(pairs)], np.int64).T)
        for kind, pairs in edges.items()
    }
    return Ties(ids, columns, np.zeros(len(ids), bool))  # type: ignore[arg-type]


def test_neighbours_of_neighbours_count_only_along_what_is_followed_further() -> None:
    ties = _ties(
        shareholder=[("A", "B"), ("B", "C"), ("C", "D")], guarantees=[("A", "E"), ("E", "F")],
        legal_rep=[("person:1", "A"), ("person:1", "G")],
    )  # fmt: skip
    around = Surroundings(ties, open_rules(ROOT), ["shareholder"]).around(["A"])
    assert around.asked == ["A"] and around.near == ["A", "B", "E", "G"]
    assert around.far == ["A", "B", "C", "E", "G"]
    assert around.ends == ["A", "person:1"] and around.far_ends == ["A", "B", "E", "G", "person:1"]


def test_a_crowded_mediator_is_seen_but_leads_to_nobody() -> None:
    limit = open_rules(ROOT).relations["legal_rep"].hub_limit
    crowd = [("person:1", f"E{i:03}") for i in range(limit + 1)]
    around = Surroundings(_ties(legal_rep=crowd), open_rules(ROOT), []).around(["E000"])
    assert around.near == around.far == ["E000"] and "person:1" in around.ends
    assert len(Surroundings(_ties(legal_rep=crowd[:-1]), open_rules(ROOT), []).around(["E000"]).near) == limit


def test_whoever_has_no_relation_is_near_itself() -> None:
    around = Surroundings(_ties(guarantees=[("A", "B")]), open_rules(ROOT), []).around(["Z"])
    assert around.asked == around.near == around.far == around.ends == around.far_ends == ["Z"]


@pytest.mark.parametrize("seed", range(20))
def test_a_diffusion_around_a_few_is_that_of_the_whole_graph_to_the_bit(seed: int) -> None:
    rules = open_rules(ROOT)
    rule = rules.networks["contagion"]
    rng = np.random.default_rng(seed)
    names = [f"E{i:03}" for i in range(150)]
    kinds = ("shareholder", "guarantees", "supplies")
    drawn = {k: {tuple(rng.choice(names, 2, replace=False)) for _ in range(90)} for k in kinds}
    people = {(f"person:{rng.integers(40)}", str(rng.choice(names))) for _ in range(90)}
    ties = _ties(
        **{k: [(str(a), str(b)) for a, b in pairs] for k, pairs in drawn.items()}, legal_rep=list(people)
    )
    pairs = pairs_of(ties, rule.channels, rules.relations)
    seeds = rng.integers(0, 3, ties.size) * MILLION * (rng.random(ties.size) < 0.2)
    whole = diffuse(pairs, seeds, rule, ties.stopped)
    few = np.unique(rng.integers(0, ties.size, 3))
    near, kept = pairs.near(few, rule.steps)
    told = diffuse(near, seeds[kept], rule, ties.stopped[kept]).iloc[np.searchsorted(kept, few)]
    assert told.to_numpy().tobytes() == whole.iloc[few].to_numpy().tobytes()
