"""Tests of calibration: right where PDs are right, loud where they are not, equal to other ways to the same number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, kstest

from credit_risk.errors import InputError
from credit_risk.evaluation.calibrated import (
    chance_all_inside,
    grade_tests,
    hosmer_lemeshow,
    once,
    overall,
    spiegelhalter,
)

GRADES = ["A", "B", "C"]
PDS = {"A": 0.01, "B": 0.05, "C": 0.2}


def _world(rows: int, rng: np.random.Generator, factor: float = 1.0):
    grades = rng.choice(GRADES, rows)
    pds = np.array([PDS[g] for g in grades])
    return grades, (rng.random(rows) < pds * factor).astype(int), pds


def test_a_right_pd_lies_within_the_band_about_ninety_five_times_in_a_hundred():
    rng = np.random.default_rng(1)
    inside = [t.inside for _ in range(400) for t in grade_tests(*_world(1500, rng), GRADES)]
    assert 0.93 <= np.mean(inside) <= 0.975


def test_a_pd_half_as_large_as_the_truth_is_called_too_optimistic_in_every_grade():
    grades, y, pds = _world(20_000, np.random.default_rng(2), factor=2.0)
    for found in grade_tests(grades, y, pds, GRADES):
        assert not found.inside and found.jeffreys < 1e-6 and found.binomial < 1e-6


def test_the_band_is_that_of_the_beta_distribution():
    found = grade_tests(["A"] * 40, [1] * 3 + [0] * 37, [0.1] * 40, GRADES)[0]
    assert (found.n, found.bad, found.rate) == (40, 3, 0.075)
    assert (found.low, found.high) == pytest.approx(beta(3.5, 37.5).ppf([0.025, 0.975]))


def test_right_grades_all_lie_inside_as_often_as_the_chance_says_and_in_the_joint_band_in_ninety_five_of_a_hundred():
    rng = np.random.default_rng(6)
    worlds = [grade_tests(*_world(1500, rng), GRADES) for _ in range(500)]
    said = np.mean([chance_all_inside(one) for one in worlds])
    assert np.mean([all(t.inside for t in one) for one in worlds]) == pytest.approx(said, abs=0.04)
    assert 0.93 <= np.mean([all(t.inside_joint for t in one) for one in worlds]) <= 0.98


def test_the_joint_band_is_wider_and_of_one_grade_alone_the_same():
    several = grade_tests(*_world(1500, np.random.default_rng(7)), GRADES)
    assert all(t.joint_low < t.low and t.high < t.joint_high for t in several)
    alone = grade_tests(["A"] * 40, [1] * 3 + [0] * 37, [0.1] * 40, GRADES)[0]
    assert (alone.joint_low, alone.joint_high) == (alone.low, alone.high)


def test_p_values_of_right_pds_are_spread_evenly():
    rng = np.random.default_rng(3)
    both = [
        (hosmer_lemeshow(*w)[1], spiegelhalter(w[1], w[2])[1])
        for w in (_world(4000, rng) for _ in range(400))
    ]
    for values in zip(*both, strict=True):
        assert kstest(values, "uniform").pvalue > 0.01


def test_wrong_pds_are_found_by_both():
    rng = np.random.default_rng(4)
    grades, y, pds = _world(20_000, rng, factor=1.3)
    found = overall(grades, y, pds)
    assert found.hosmer_lemeshow_p < 1e-4 and found.spiegelhalter_p < 1e-4 and found.rate > found.pd


def test_hosmer_lemeshow_is_the_textbook_sum_over_bad_and_good():
    grades, y, pds = _world(900, np.random.default_rng(5))
    square = 0.0
    for grade in GRADES:
        rows = grades == grade
        for seen, foreseen in (
            (y[rows].sum(), pds[rows].sum()),
            ((1 - y[rows]).sum(), (1 - pds[rows]).sum()),
        ):
            square += (seen - foreseen) ** 2 / foreseen
    assert hosmer_lemeshow(grades, y, pds)[0] == pytest.approx(square)


def test_once_keeps_at_most_one_row_of_each_and_each_row_with_the_same_chance():
    subjects, moments = ["a", "b", "a", "c", "b", "a"], [1, 1, 2, 3, 3, 3]
    counts = np.zeros(6)
    for seed in range(3000):
        kept = once(subjects, moments, seed)
        assert len(set(np.array(subjects)[kept])) == len(kept)
        counts[kept] += 1
    assert counts / 3000 == pytest.approx(np.full(6, 1 / 3), abs=0.03)
    assert once(["a", "b", "c"], [7, 7, 7]).tolist() == [0, 1, 2]


def test_who_goes_bad_and_leaves_early_does_not_count_more_than_others():
    """Half of the bad stand at the first date only; drawn among the rows of each, they would count double."""
    rng, n = np.random.default_rng(3), 40_000
    bad = rng.random(n) < 0.1
    leaves = bad & (rng.random(n) < 0.5)
    who = np.concatenate([np.arange(n), np.flatnonzero(~leaves)])
    when = np.repeat([1, 2], [n, len(who) - n])
    kept = once(who, when)
    assert bad[who[kept]].mean() == pytest.approx(bad[who].mean(), abs=0.006)


def test_pds_outside_zero_and_one_are_refused():
    with pytest.raises(InputError, match="within"):
        overall(["A"], [1], [1.2])
