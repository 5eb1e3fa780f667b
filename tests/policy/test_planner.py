"""The inspection planner."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_risk.errors import InputError
from credit_risk.policy.planner import SPARED, burden, hits, inclusion, plan_inspections


def population(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    tier = rng.choice(["A_aeo", "A", "B", "C", "D"], n, p=[0.05, 0.6, 0.2, 0.1, 0.05])
    rate = pd.Series(tier).map({"A_aeo": 0.2, "A": 0.5, "B": 1.0, "C": 2.0, "D": 5.0})
    return pd.DataFrame(
        {"subject": [f"S{i:05d}" for i in range(n)], "pd": rng.beta(1, 20, n), "tier": tier, "rate": rate,
         "prompted": rng.random(n) < 0.03}
    )  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.integers(20, 300), st.integers(1, 20), st.floats(0.1, 1.0), st.text(max_size=5))
def test_a_plan_has_its_number_once_each_and_keeps_the_random_floor(
    n: int, number: int, share: float, seed: str
) -> None:
    plan = plan_inspections(population(n), number, random_share=share, seed=seed)
    assert len(plan) <= number and plan["subject"].is_unique
    assert (plan["method"] == "random").sum() == np.ceil(round(number * share, 9))
    assert plan["why"].str.len().gt(0).all() and plan["chance"].between(0, 1).all()


def test_nobody_of_class_a_is_visited_by_risk_unless_something_prompts_it() -> None:
    people = population(2000)
    plan = plan_inspections(people, 400)
    targeted = plan[plan["method"] == "targeted"].merge(people[["subject", "prompted"]], on="subject")
    assert targeted[targeted["tier"].isin(SPARED)]["prompted"].all()
    told = burden(plan, people)
    assert told.of_plan < told.of_population


def test_the_targeted_part_goes_by_risk() -> None:
    plan = plan_inspections(population(2000), 300)
    risk = plan.loc[plan["method"] == "targeted", "pd"].to_numpy()
    assert (np.diff(risk) <= 0).all()


def test_the_same_seed_gives_the_same_plan_in_any_row_order_and_another_seed_another() -> None:
    people = population(500)
    plan = plan_inspections(people, 50, seed="2026-06-30")
    again = plan_inspections(people.sample(frac=1, random_state=1), 50, seed="2026-06-30")
    pd.testing.assert_frame_equal(plan, again)
    other = plan_inspections(people, 50, seed="2026-07-31")
    assert set(other["subject"]) != set(plan["subject"])


def test_the_chance_told_is_the_chance_of_being_drawn() -> None:
    people = population(40)
    counts = pd.Series(0.0, index=people["subject"])
    draws = 1500
    for k in range(draws):
        plan = plan_inspections(people, 10, random_share=1.0, seed=str(k))
        counts[plan["subject"]] += 1
    chance = inclusion(np.minimum(people["rate"].to_numpy(), 1.0), 10)
    noise = np.sqrt(chance * (1 - chance) / draws)
    assert (np.abs(counts.to_numpy() / draws - chance) < 4.5 * noise).all()
    assert chance.sum() == pytest.approx(10)
    aeo, plain = (chance[(people["tier"] == t).to_numpy()] for t in ("A_aeo", "B"))
    assert aeo.max() <= 0.2 * plain.min() + 1e-12


def test_hits_are_counted_against_a_random_plan() -> None:
    people = population(1000)
    bad = (people["pd"] > people["pd"].quantile(0.9)).astype(float).set_axis(people["subject"])
    told = hits(plan_inspections(people.assign(tier="B"), 100), bad, people)
    assert told["lift"] > 8 and told["at_random"] == pytest.approx(0.1)


@pytest.mark.parametrize(("number", "share"), [(0, 0.1), (501, 0.1), (10, 0.05), (10, 1.1)])
def test_a_plan_that_cannot_be_is_refused(number: int, share: float) -> None:
    with pytest.raises(InputError, match="expected"):
        plan_inspections(population(500), number, random_share=share)
