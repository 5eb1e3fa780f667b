"""A circle of guarantees is to be found while it is closed; what looks like a pattern and is none is named."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from evaluation.patterns import judged

from credit_risk.graph import Finding
from credit_risk.simulation.truth import Truth

T = "2026-06-30"


def _finding(pattern: str, *members: str) -> Finding:
    return Finding(pattern, sorted(members), [], date(2025, 1, 1), date(2025, 1, 1), 1.0)


@pytest.fixture
def truth() -> Truth:
    def ring(members: str, last: str | None, first: str = "2024-01-01") -> list[tuple[object, ...]]:
        pairs = list(zip(members, members[1:] + members[:1], strict=True))
        ends = [last, *[None] * (len(pairs) - 1)]
        return [
            ("guarantee_circle", "guarantees", a, b, first, end)
            for (a, b), end in zip(pairs, ends, strict=True)
        ]

    columns = ["scheme", "relation", "src", "dst", "first_day", "last_day"]
    edges = pd.DataFrame(
        ring("abc", None) + ring("def", "2025-06-30") + ring("ghi", "2026-05-31") + ring("jkl", None, "2026-06-15"),
        columns=columns,
    )  # fmt: skip
    structures = pd.DataFrame({"uscc": list("abcdefghijkl"), "structure": "guarantee_circle"})
    schemes = pd.DataFrame({"uscc": ["x", "y", "z"], "scheme": ["shell_cluster", "shell_cluster", "old_hand"],
                            "first_day": "2025-01-01", "last_day": ["2026-06-01", "2025-06-01", None]})  # fmt: skip
    alike = pd.DataFrame({"uscc": ["n", "x"], "kind": ["newcomer", "newcomer"],
                          "first_day": "2025-01-01", "last_day": "2026-12-31"})  # fmt: skip
    nothing = pd.DataFrame()
    return Truth(nothing, nothing, nothing, schemes, alike, structures, edges)


def test_only_closed_circles_that_have_settled_are_wanted_and_those_just_opened_count_as_right(
    truth: Truth,
) -> None:
    found = [_finding("guarantee_circle", *"abc"), _finding("guarantee_circle", *"ghi")]
    told = judged(found, truth, T)["guarantee_circle"]
    assert (told["wanted"], told["recall"], told["precision"]) == (3, 1, 1)
    ended = judged([_finding("guarantee_circle", *"def")], truth, T)["guarantee_circle"]
    assert (ended["recall"], ended["precision"]) == (0, 0)
    assert ended["hard_negatives"]["open_circle"] == {"stood": 3, "found": 3}


def test_a_member_of_another_scheme_counts_against_precision_and_is_no_honest_look_alike(
    truth: Truth,
) -> None:
    told = judged([_finding("old_hand", "x", "z", "n")], truth, T)["old_hand"]
    assert told["precision"] == pytest.approx(1 / 3) and told["found_of_other_schemes"] == 1
    assert told["hard_negatives"]["newcomer"] == {"stood": 1, "found": 1}
    shells = judged([_finding("shell_cluster", "x")], truth, T)["shell_cluster"]
    assert (shells["wanted"], shells["recall"], shells["precision"]) == (1, 1, 1)
