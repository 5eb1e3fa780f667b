"""Anomalies: what is planted far out is found, against peers or the own past; the ordinary and the unknown are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.schema import Text
from credit_risk.book.warning_rules import Anomaly
from credit_risk.warnings.anomaly import anomalies, anomaly_scores

N = 400


def _rule(detector: str, against: str) -> Anomaly:
    return Anomaly(
        anomaly="odd",
        title=Text(zh="异常", en="Odd"),
        detector=detector,
        against=against,
        over=["x", "y"],  # type: ignore[arg-type]
    )


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    found = pd.DataFrame(rng.normal(size=(N, 2)), columns=["x", "y"])
    found.loc[:1, :] = [7.0, -7.0]
    found.loc[5, :] = np.nan
    return found


@pytest.mark.parametrize("detector", ["ecod", "copod", "hbos", "iforest"])
def test_every_detector_finds_what_is_planted(table: pd.DataFrame, detector: str) -> None:
    told = anomaly_scores(_rule(detector, "own"), table, pd.Series("g", index=table.index))
    assert (told[:2] > 0.99).all() and np.isnan(told[5]) and np.nanmin(told) > 0 and np.nanmax(told) < 1


def test_against_peers_what_is_usual_in_its_group_is_not_odd(table: pd.DataFrame) -> None:
    """Group b lives around 50: odd among all, ordinary among its own; one of group a at 50 is odd among its own."""
    groups = pd.Series(["a"] * (N - 50) + ["b"] * 50)
    table.loc[N - 50 :, ["x", "y"]] += 50
    table.loc[10, ["x", "y"]] = 50.0
    told = anomaly_scores(_rule("ecod", "peers"), table, groups)
    assert told[10] > 0.99 and np.nanmedian(told[N - 50 :]) < 0.8


def test_the_order_of_rows_changes_nothing(table: pd.DataFrame) -> None:
    groups = pd.Series("g", index=table.index)
    one = anomalies([_rule("ecod", "own")], table, groups)
    order = np.random.default_rng(2).permutation(N)
    other = anomalies([_rule("ecod", "own")], table.iloc[order], groups.iloc[order])
    pd.testing.assert_frame_equal(one, other.sort_index())


def test_too_few_to_compare_with_have_no_score() -> None:
    few = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 9.0]})
    assert np.isnan(anomaly_scores(_rule("ecod", "own"), few, pd.Series(["g", "g"]))).all()
