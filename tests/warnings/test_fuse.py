"""Fusion: levels stand for a chance, families converge, good news never raises anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import ROOT

from credit_risk.book import Rules, open_rules
from credit_risk.warnings.fuse import LEVELS, chance_of, fused

RULES = open_rules(ROOT)
GOOD = list(RULES.good_news)


def _fused(
    signals: dict[str, list[str]],
    chance: dict[str, float],
    good: dict[str, list[str]] | None = None,
    rules: Rules = RULES,
) -> pd.DataFrame:
    subjects = sorted(signals)
    hits = pd.DataFrame([(s, c) for s in subjects for c in signals[s]], columns=["subject", "signal"])
    table = pd.DataFrame({"subject": subjects, "pd": [chance[s] for s in subjects]})
    told = pd.DataFrame(
        [[c in (good or {}).get(s, []) for c in GOOD] for s in subjects], columns=GOOD, dtype=bool
    )
    return fused(rules, hits, table, told).set_index("subject")


def _with(**alerts: Any) -> Rules:
    settings = RULES.settings.model_copy(update={"alerts": RULES.settings.alerts.model_copy(update=alerts)})
    return replace(RULES, settings=settings)


def test_a_level_below_its_chance_is_lowered_and_a_fact_is_not() -> None:
    rules = _with(floor={"red": 0.15, "orange": 0.06}, converge=9)
    found = _fused({"a": ["B01"], "b": ["B01"], "c": ["D02"], "d": ["D02"], "e": ["A01"]},
                   {"a": 0.10, "b": 0.03, "c": 0.30, "d": 0.10, "e": np.nan}, rules=rules)  # fmt: skip
    assert found["level"].to_dict() == {"a": "orange", "b": "yellow", "c": "red", "d": "orange", "e": "red"}


def test_families_that_stand_together_raise_the_level_one_step() -> None:
    rules = _with(floor={}, converge=3)
    found = _fused(
        {"a": ["B03", "C01", "E02"], "b": ["C01", "C04", "C06"]}, {"a": 0.1, "b": 0.1}, rules=rules
    )
    assert found["level"].to_dict() == {"a": "orange", "b": "yellow"}, "three of one family are one family"


@settings(deadline=None, max_examples=50)
@given(
    st.sets(st.sampled_from(sorted(RULES.signals)), min_size=1, max_size=6),
    st.one_of(st.floats(0.001, 0.9), st.just(float("nan"))),
    st.sets(st.sampled_from(GOOD), min_size=1),
)
def test_good_news_raises_neither_level_nor_value(signals: set[str], chance: float, good: set[str]) -> None:
    without = _fused({"a": sorted(signals)}, {"a": chance}).loc["a"]
    found = _fused({"a": sorted(signals)}, {"a": chance}, {"a": sorted(good)}).loc["a"]
    assert found["rank"] >= without["rank"] and found["value"] < without["value"]


def test_the_worst_come_first_and_then_the_most_valuable() -> None:
    rules = _with(floor={}, converge=9)
    found = _fused(
        {"a": ["C01"], "b": ["B01"], "c": ["B01"], "d": ["D02"]},
        {"a": 0.9, "b": 0.1, "c": 0.3, "d": 0.01},
        rules=rules,
    )
    assert list(found.index) == ["d", "c", "b", "a"] and set(found["level"]) <= set(LEVELS)


def test_the_chance_is_the_mean_in_log_odds_or_the_one_that_is_known() -> None:
    nan = float("nan")
    told = chance_of(np.array([0.1, 0.2, nan, nan]), np.array([0.1, nan, 0.3, nan]))
    assert told[:3] == pytest.approx([0.1, 0.2, 0.3]) and np.isnan(told[3])
    between = chance_of(np.array([0.1]), np.array([0.5]))[0]
    assert between == pytest.approx(1 / (1 + 9**0.5))
