"""Walking forward: nothing that became known later than a window moves a figure of it."""

from datetime import date

import pandas as pd
import pytest

from credit_risk.book.recipe import Recipe
from credit_risk.book.schema import Outcome
from credit_risk.evaluation.walk import known_by, windows

TEXT = {"zh": "甲", "en": "a"}


def _recipe(horizon="3m"):
    return Recipe.model_validate(
        {"recipe": "r", "title": TEXT, "outcome": "o", "horizon": horizon, "observations": {"first": "2018-01-31", "last": "2019-12-31"},
         "split": {"kind": "time", "train_until": "2018-06-30", "test_from": "2018-12-31", "walk_months": 3}}
    )  # fmt: skip


def _outcome(lag="0d"):
    return Outcome.model_validate({"outcome": "o", "title": TEXT, "any": [{"from": "x"}], "lag": lag})


ENDS = [stamp.date() for stamp in pd.date_range("2018-06-30", "2019-06-30", freq="ME")]


@pytest.mark.parametrize(
    ("horizon", "lag", "last"),
    [("3m", "0d", date(2018, 9, 30)), ("1d", "3m", date(2018, 8, 31)), ("3m", "2m", date(2018, 7, 31))],
)
def test_a_window_is_fitted_only_on_what_had_matured_when_it_began(horizon, lag, last):
    early = known_by(pd.Series(ENDS), _recipe(horizon), _outcome(lag), date(2018, 12, 31))
    assert max(t for t, known in zip(ENDS, early, strict=True) if known) == last


def test_windows_are_runs_of_calendar_months_that_hold_every_date_once():
    dates = [t for t in ENDS if t >= date(2018, 12, 31)]
    runs = windows(dates, 3)
    assert [t for run in runs for t in run] == dates
    assert [len(run) for run in runs] == [3, 3, 1]
    assert [run[0] for run in windows(dates, 1)] == dates
