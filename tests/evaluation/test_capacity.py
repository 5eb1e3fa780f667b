"""What a ranking is worth within a capacity, against counts done by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit_risk.evaluation.bootstrap import auc_draws, judge
from credit_risk.evaluation.capacity import listed, onsets, within_capacity

DAYS = [date(2019, 1, 31), date(2019, 2, 28), date(2019, 3, 31)]
#        Jan         Feb         Mar
LABEL = {"a": [0, 0, 1], "b": [0, 0, 0], "c": [1, 1, 0], "d": [0, 0, 0]}
PD = {"a": [0.9, 0.1, 0.8], "b": [0.2, 0.7, 0.1], "c": [0.5, 0.6, 0.2], "d": [0.1, 0.2, 0.3]}
ROWS = pd.DataFrame(
    [(who, t, y) for who, ys in LABEL.items() for t, y in zip(DAYS, ys, strict=True)],
    columns=["subject", "as_of", "label"],
)
SCORES = np.array([p for ps in PD.values() for p in ps])


def test_the_list_of_each_date_holds_its_highest_and_no_more():
    chosen = ROWS[listed(ROWS, SCORES, 0.25)]
    assert list(zip(chosen["subject"], chosen["as_of"], strict=True)) == [
        ("a", DAYS[0]),
        ("a", DAYS[2]),
        ("b", DAYS[1]),
    ]


def test_an_onset_is_the_first_bad_after_good_and_its_lead_counts_from_the_first_listing():
    found = onsets(ROWS, listed(ROWS, SCORES, 0.25)).set_index("subject")["lead"]
    assert found["a"] == 2 and np.isnan(found["c"]) and len(found) == 2


def test_figures_within_a_capacity_are_those_counted_by_hand():
    told = within_capacity(ROWS, SCORES, [0.25], draws=200)
    assert told["precision_at_25"].value == pytest.approx(1 / 3)
    assert told["caught_at_25"].value == pytest.approx(1 / 2)
    assert told["lead_at_25"].value == 2
    assert all(i.low <= i.value <= i.high for i in told.values())


def test_a_listing_after_the_onset_catches_nothing():
    late = ROWS.assign(label=[1, 0, 0] + [0] * 9)
    scores = np.where((ROWS["subject"] == "a") & (ROWS["as_of"] == DAYS[2]), 1.0, 0.0)
    assert within_capacity(late, scores, [0.25], draws=50)["caught_at_25"].value in (0.0, 1.0)
    assert np.isnan(onsets(late, (scores == 1.0))["lead"].iloc[0])


def test_draws_of_the_auc_are_those_of_the_judged_interval():
    rng = np.random.default_rng(1)
    y, p, who = rng.integers(0, 2, 200), rng.random(200), rng.integers(0, 60, 200)
    interval = judge(y, p, clusters=who, threshold=0.5, draws=500)["roc_auc"]
    drawn = auc_draws(y, p, who, 500)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([interval.low, interval.high])
