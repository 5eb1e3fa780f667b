"""The master scale: bands, public classes, and grades that are held and do not flap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.book.scale import GradeBand
from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.models.scale import MasterScale

RULES = open_rules(ROOT)
SCALE = MasterScale.of(list(RULES.grades.values()), RULES.settings.grading.margin)
pds = st.floats(1e-6, 1 - 1e-6)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


@given(pd=pds)
def test_who_had_no_grade_gets_the_one_whose_band_holds_the_pd(pd: float) -> None:
    rank = SCALE.held(np.array([pd]), np.array([np.nan]))[0]
    assert pd <= SCALE.pd_max[rank] and (rank == 0 or pd > SCALE.pd_max[rank - 1])


@given(pd=pds, before=st.integers(0, len(SCALE.grades) - 1))
def test_a_grade_is_left_only_when_the_pd_is_beyond_its_border_by_the_margin(pd: float, before: int) -> None:
    held = int(SCALE.held(np.array([pd]), np.array([float(before)]))[0])
    below = -np.inf if before == 0 else _logit(SCALE.pd_max[before - 1])
    above = np.inf if before == len(SCALE.grades) - 1 else _logit(SCALE.pd_max[before])
    inside = below - SCALE.margin < _logit(pd) <= above + SCALE.margin
    assert held == (before if inside else int(SCALE.rank(np.array([pd]))[0]))
    assert abs(held - int(SCALE.rank(np.array([pd]))[0])) <= 1


@given(pd=pds, before=st.integers(0, len(SCALE.grades) - 1))
def test_holding_twice_changes_nothing(pd: float, before: int) -> None:
    once = SCALE.held(np.array([pd]), np.array([float(before)]))
    assert (SCALE.held(np.array([pd]), once.astype(float)) == once).all()


@given(first=pds, second=pds, before=st.integers(0, len(SCALE.grades) - 1))
def test_of_two_with_the_same_grade_before_the_greater_pd_never_gets_the_better_grade(
    first: float, second: float, before: int
) -> None:
    low, high = SCALE.held(np.array(sorted([first, second])), np.full(2, float(before)))
    assert low <= high


def test_a_pd_that_trembles_around_a_border_moves_no_grade() -> None:
    rng = np.random.default_rng(0)
    border = SCALE.pd_max[3]
    path = 1 / (1 + np.exp(-(_logit(border) + rng.uniform(-0.9, 0.9, 200) * SCALE.margin)))
    rank, held = np.array([3.0]), []
    for pd in path:
        rank = SCALE.held(np.array([pd]), rank).astype(float)
        held.append(int(rank[0]))
    assert set(held) == {3} and len(set(SCALE.rank(path))) == 2


def test_the_public_class_follows_the_held_grade() -> None:
    rank = SCALE.held(np.array([SCALE.pd_max[2] * 1.05]), np.array([2.0]))
    assert SCALE.named(rank)[0] == "A" and SCALE.public_of(rank)[0] == "A"
    assert SCALE.public_class(np.array([SCALE.pd_max[2] * 1.05]))[0] == "B"


def test_a_stored_scale_is_the_same() -> None:
    assert MasterScale.from_json(SCALE.to_json()) == SCALE


def _bands(*limits: float, public: str = "AABB") -> list[GradeBand]:
    title = Text(zh="级", en="grade")
    return [
        GradeBand(grade=f"G{i}", pd_max=limit, public=public[i], title=title)  # type: ignore[arg-type]
        for i, limit in enumerate(limits)
    ]


def test_a_margin_that_could_hold_two_grades_is_refused_with_the_band_named() -> None:
    with pytest.raises(InputError, match=r"narrowest band \(G1"):
        MasterScale.of(_bands(0.01, 0.012, 0.1, 1.0), margin=0.2)


def test_bands_that_do_not_rise_and_classes_that_get_better_again_are_refused() -> None:
    with pytest.raises(InputError, match="rising to 1"):
        MasterScale.of(_bands(0.1, 0.05, 0.2, 1.0))
    with pytest.raises(InputError, match="never better again"):
        MasterScale.of(_bands(0.1, 0.2, 0.3, 1.0, public="ABAB"))
