"""Several series that weaken together raise a signal; one or two of them, or slow filings alone, raise none."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.warnings.anomaly import Usual
from credit_risk.warnings.signals import met

RULES = open_rules(ROOT)
BURNER = {"days_later": 4.0, "fading_share": 0.6, "anomaly_fading": 0.999, "in_zone": 1.0, "exited": 0.0}


@pytest.mark.parametrize(
    ("otherwise", "raised"),
    [
        ({}, True),
        ({"days_later": -0.5}, False),  # staff moved to a branch, a line given away: nothing comes later
        ({"fading_share": 0.0}, False),  # a new accountant: nothing declines
        ({"fading_share": 0.2}, False),  # one series of five
        ({"anomaly_fading": 0.9}, False),  # as others of its industry and size do
        ({"fading_share": None}, False),  # nothing can be compared: what is not known raises no signal
        ({"anomaly_fading": None}, False),
        ({"exited": 1.0}, False),
    ],
)
def test_only_what_converges_is_raised(otherwise: dict[str, float | None], raised: bool) -> None:
    table = pd.DataFrame([{**BURNER, **otherwise}]).astype(float)
    assert met(RULES, table, date(2025, 6, 30), ["M10"])["M10"].tolist() == [raised]


def test_every_series_of_the_signal_is_backed_by_records_of_its_own() -> None:
    told = RULES.signals["M10"].evidence
    assert sorted(told) == sorted(RULES.anomalies["fading"].over)


def test_a_sign_counts_in_the_direction_that_its_indicator_calls_risk() -> None:
    for name, weight in RULES.anomalies["fading"].weights.items():
        assert RULES.indicators[name].risk == ("increases" if weight > 0 else "decreases"), name


def test_many_weak_signs_come_before_one_strong_sign() -> None:
    """Everything a spread and a half worse than usual outranks one series that is far out, and all others."""
    rule = RULES.anomalies["fading"]
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(400, len(rule.over))), columns=rule.over)
    toward = np.sign([rule.weights[name] for name in rule.over])
    table.loc[0] = 1.5 * toward
    table.loc[1] = np.where(np.array(rule.over) == "revenue_fall", 8.0, 0.0) * toward
    table.loc[2] = -1.5 * toward
    usual = Usual.of(rule, table, pd.Series("g", index=table.index))
    assert usual is not None
    told = usual.told(table, pd.Series("g", index=table.index))
    assert told[0] > 0.99 > told[1] > 0.5 > 0.01 > told[2]
