"""Slow burners fade in everything at once and before anything adverse; honest shrinkers in one or two things."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from credit_risk.simulation.draws import Draws, Scene
from credit_risk.simulation.fading import DELAY, ENERGY, MONEY, SALES, STAFF, TRADE
from credit_risk.simulation.punctual import days_taken
from credit_risk.simulation.schemes import BURNER, HONEST_SHRINKER
from credit_risk.simulation.simulate import _scene

SERIES = (STAFF, ENERGY, SALES, TRADE, MONEY, DELAY)
DUE = 15


@pytest.fixture(scope="module")
def scene() -> Scene:
    return _scene(3, 3000, 0.2, 36, date(2023, 7, 1))


def _lost(scene: Scene, kind: int) -> np.ndarray:
    """Return (member, series): what is lost at the end of the course."""
    who = scene.world.schemes.enterprise[scene.world.schemes.of(kind)]
    return np.stack([scene.fading.of(series)[who, -1] for series in SERIES], axis=1)


def test_a_slow_burner_loses_a_few_per_cent_a_month_in_every_series(scene: Scene) -> None:
    schemes, fading = scene.world.schemes, scene.fading
    rows = schemes.of(BURNER)
    assert (schemes.end - schemes.start)[rows].min() >= 11 and (schemes.end - schemes.start)[rows].max() <= 14
    for series in SERIES[:-1]:
        monthly = np.diff(fading.of(series)[schemes.enterprise[rows]], axis=1)
        paces = monthly[monthly > 1e-9]
        assert paces.min() >= 0.03 and paces.max() <= 0.075, series
        before = fading.of(series)[schemes.enterprise[rows], schemes.start[rows] - 1]
        assert not before.any(), series


def test_an_honest_shrinker_weakens_in_one_or_two_things_and_is_in_no_scheme_that_strikes(
    scene: Scene,
) -> None:
    weak = (_lost(scene, HONEST_SHRINKER) > 0).sum(axis=1)
    assert set(weak) == {1, 2}
    schemes = scene.world.schemes
    assert not schemes.struck[schemes.of(HONEST_SHRINKER)].any()
    assert len(weak) == len(schemes.of(BURNER))
    assert not set(schemes.enterprise[schemes.of(HONEST_SHRINKER)]) & set(
        schemes.enterprise[schemes.of(BURNER)]
    )


def test_nobody_else_fades(scene: Scene) -> None:
    schemes = scene.world.schemes
    fading = schemes.enterprise[np.isin(schemes.kind, [BURNER, HONEST_SHRINKER])]
    others = np.setdiff1d(np.arange(scene.world.count), fading)
    assert not any(scene.fading.of(series)[others].any() for series in SERIES)


def test_hidden_risk_does_not_tell_a_slow_burner_before_the_end(scene: Scene) -> None:
    schemes, risk = scene.world.schemes, scene.hidden.risk
    rows = schemes.of(BURNER)
    rows = rows[schemes.end[rows] < scene.calendar.months]
    rise = (
        risk[schemes.enterprise[rows], schemes.end[rows] - 1]
        - risk[schemes.enterprise[rows], schemes.start[rows]]
    )
    assert abs(rise.mean()) < 3 * rise.std() / np.sqrt(len(rise)) + 0.1


def test_days_are_within_the_term_unless_late_and_a_delay_carries_past_it(scene: Scene) -> None:
    i, m = np.nonzero(scene.alive_inside)
    late = np.random.default_rng(1).random(len(i)) < 0.02
    taken, told_late = days_taken(Draws(scene, 3, "days"), i, m, DUE, late)
    delay = scene.fading.of(DELAY)[i, m]
    assert (taken[told_late] > DUE).all() and taken.min() >= 1
    assert (taken[~told_late] <= DUE).all()
    assert set(np.flatnonzero(told_late & ~late)) <= set(np.flatnonzero(delay > 0))
    assert taken[delay > 6].mean() > taken[delay == 0].mean() + 4


def test_whoever_a_scheme_happens_to_stood_before_it_began(scene: Scene) -> None:
    schemes, calendar = scene.world.schemes, scene.calendar
    founded = calendar.month_of(scene.world.founded)[schemes.enterprise]
    assert len(schemes.enterprise) and (founded <= schemes.start).all()
