"""Several series that weaken together raise a signal; one or two of them, or slow filings alone, raise none."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.warnings.signals import met

RULES = open_rules(ROOT)
BURNER = {
    "days_later": 4.0,
    "fading_series": 3.0,
    "fading_share": 0.6,
    "anomaly_peer_fading": 0.97,
    "in_zone": 1.0,
    "exited": 0.0,
}


@pytest.mark.parametrize(
    ("otherwise", "raised"),
    [
        ({}, True),
        ({"days_later": 0.5}, False),  # staff moved to a branch, a line given away: nothing comes later
        ({"fading_series": 0.0, "fading_share": 0.0}, False),  # a new accountant: nothing declines
        ({"fading_series": 1.0, "fading_share": 0.2}, False),  # one series of five
        ({"anomaly_peer_fading": 0.5}, False),  # the whole industry declines
        ({"fading_share": None}, False),  # nothing can be compared: what is not known raises no signal
        ({"exited": 1.0}, False),
    ],
)
def test_only_what_converges_is_raised(otherwise: dict[str, float | None], raised: bool) -> None:
    table = pd.DataFrame([{**BURNER, **otherwise}]).astype(float)
    assert met(RULES, table, date(2025, 6, 30), ["M10"])["M10"].tolist() == [raised]


def test_every_series_of_the_signal_is_backed_by_records_of_its_own() -> None:
    told = RULES.signals["M10"].evidence
    assert len(told) >= 6 and all(name in RULES.indicators for name in told)
