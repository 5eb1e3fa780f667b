"""A challenger joins the champion only where its gain is sure, and the weight is chosen on rows given for that."""

from __future__ import annotations

import numpy as np
import pytest

from credit_risk.evaluation.blend import late_blend
from credit_risk.evaluation.metrics import roc_auc

ROWS = 1500


@pytest.fixture(scope="module")
def world() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    one, other, noise = rng.normal(size=(3, ROWS))
    labels = (one + other + rng.normal(size=ROWS) > 1).astype(np.int64)
    who = np.array([f"e{i // 2}" for i in range(ROWS)], object)
    return labels, one, other, noise, who


def test_a_challenger_that_knows_something_else_joins_and_gains_on_rows_that_had_no_say(world) -> None:
    labels, one, other, _, who = world
    half = ROWS // 2
    blend = late_blend(labels[:half], one[:half], other[:half], who[:half], draws=300)
    assert blend.weight == pytest.approx(0.5, abs=0.2) and blend.gain.low > 0
    rest = blend.raw(one[half:], other[half:])
    assert roc_auc(labels[half:], rest) > roc_auc(labels[half:], one[half:]) + 0.05


def test_noise_does_not_join(world) -> None:
    labels, one, _, noise, who = world
    blend = late_blend(labels, one, noise, who, draws=300)
    assert blend.weight == 0 and blend.gain.low <= 0
    assert np.array_equal(blend.raw(one, noise), one)


def test_a_copy_of_the_champion_gains_nothing_and_stays_out(world) -> None:
    labels, one, _, _, who = world
    blend = late_blend(labels, one, one.copy(), who, draws=100)
    assert blend.weight == 0 and blend.gain.value == pytest.approx(0, abs=1e-9)
