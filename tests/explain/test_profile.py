"""A profile compares an enterprise with its own peers and names strengths beside concerns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from credit_risk.book import open_rules
from credit_risk.errors import InputError
from credit_risk.explain.profile import Profile, profile_of
from credit_risk.features import Catalogue

ROOT = Path(__file__).resolve().parents[2]
N = 20


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.of(open_rules(ROOT))


def told(catalogue: Catalogue, subject: str) -> Profile:
    """Twenty peers: the first has most lawsuits, the last most kept commitments; ``z`` is of another group."""
    who = [*(f"e{i:02}" for i in range(N)), "z", "none"]
    scores = pd.DataFrame({
        "subject": who, "scorable": [True] * (N + 1) + [False], "peer_group": ["g"] * N + ["h", None],
    })  # fmt: skip
    sued = [N - i for i in range(N)] + [99, 0]
    kept = [*range(N), 99, 0]
    points = pd.DataFrame({"subject": who, "sued_12m": [10.0 - s for s in sued], "commitments_kept_24m": kept,
                           "contagion_pressure": [0.0] * (N + 2)})  # fmt: skip
    values = pd.DataFrame({"subject": who, "sued_12m": sued, "commitments_kept_24m": kept,
                           "contagion_pressure": [0.0] * (N + 2)})  # fmt: skip
    return profile_of(catalogue, subject, scores, points, values)


def test_the_worst_of_its_peers_has_a_concern_and_the_best_a_strength(catalogue: Catalogue) -> None:
    worst, best = told(catalogue, "e00"), told(catalogue, f"e{N - 1:02}")
    assert [(t.indicator, t.strength) for t in worst.tags] == [("sued_12m", False)]
    assert {t.indicator for t in best.strengths} == {"sued_12m", "commitments_kept_24m"}
    assert worst.tags[0].value == N and worst.tags[0].peer == pytest.approx(1 - 0.5 / N)


def test_a_dimension_is_the_share_of_peers_that_do_worse_and_ties_are_the_middle(
    catalogue: Catalogue,
) -> None:
    shown = {d.path: d.better_than for d in told(catalogue, f"e{N - 1:02}").dimensions}
    assert shown["supervision"] == pytest.approx(1 - 0.5 / N) and shown["relations"] == 0.5
    assert "data_depth" not in shown


def test_only_the_own_group_is_compared_with(catalogue: Catalogue) -> None:
    alone = told(catalogue, "z")
    assert alone.peers == 1 and all(d.better_than == 0.5 for d in alone.dimensions)


def test_who_has_no_score_has_no_profile(catalogue: Catalogue) -> None:
    for subject in ("none", "unknown"):
        with pytest.raises(InputError, match="expected an enterprise with a score"):
            told(catalogue, subject)
