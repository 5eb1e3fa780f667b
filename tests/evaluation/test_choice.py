"""How smesd was chosen: the simplest of a tie is the base, and a partner passes under every dealing or not at all."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from evaluation.choice import Candidate, told

from credit_risk.book.recipe import LearnerRule
from credit_risk.features.training_set import TrainingSet

ROWS = 1500


@pytest.fixture(scope="module")
def world() -> tuple[TrainingSet, dict[str, dict[str, np.ndarray]]]:
    rng = np.random.default_rng(5)
    one, other, noise = rng.normal(size=(3, ROWS))
    rows = pd.DataFrame({
        "subject": [f"e{i}" for i in range(ROWS)], "as_of": date(2018, 12, 31),
        "part": np.where(np.arange(ROWS) < 1000, "train", "validation"),
        "label": (one + other + rng.normal(size=ROWS) > 0).astype(int),
    })  # fmt: skip

    def scores(first: np.ndarray, second: np.ndarray) -> dict[str, np.ndarray]:
        return {"fold0": first[:1000], "fold1": second[:1000], "validation": first[1000:]}

    made = {
        "trees-few": scores(one, one),
        "trees-many": scores(one * 2, one * 3),  # ranks alike: a tie
        "useful": scores(other, other),
        "once": scores(other, noise),
        "noise": scores(noise, noise),
    }
    return TrainingSet(rows, [], {}), made


def test_the_simplest_of_a_tie_is_the_base_and_only_who_passes_twice_is_blended(world) -> None:
    training, scores = world
    sizes = {"trees-few": 2, "trees-many": 9, "useful": 3, "once": 3, "noise": 3}
    found = [Candidate(name, LearnerRule(), ["x"] * sizes[name]) for name in scores]
    result = told(found, scores, training)
    assert result["base"] == "trees-few"
    weights = {name: blend["weight"] for name, blend in result["blends"].items()}
    assert weights["useful"] > 0 == weights["once"] == weights["noise"] == weights["trees-many"]
    base = result["candidates"]["trees-few"]["value"]
    assert result["blends"]["useful"]["value"] > base + 0.05
    assert result["blends"]["noise"]["value"] == base
