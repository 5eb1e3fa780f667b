"""Anomalies: what is planted far out is found, against peers or the own past; the ordinary and the unknown are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.schema import Text
from credit_risk.book.warning_rules import Anomaly
from credit_risk.warnings.anomaly import Usual, anomalies

N = 400


def _rule(detector: str, against: str) -> Anomaly:
    return Anomaly(
        anomaly="odd",
        title=Text(zh="异常", en="Odd"),
        detector=detector,
        against=against,
        over=["x", "y"],  # type: ignore[arg-type]
    )


def _scores(rule: Anomaly, table: pd.DataFrame, groups: pd.Series) -> np.ndarray:
    usual = Usual.of(rule, table, groups)
    assert usual is not None
    return usual.told(table, groups)


def _all(table: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    usual = Usual.of(_rule("ecod", "own"), table, groups)
    assert usual is not None
    return anomalies([usual], table, groups)


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    found = pd.DataFrame(rng.normal(size=(N, 2)), columns=["x", "y"])
    found.loc[:1, :] = [7.0, -7.0]
    found.loc[5, :] = np.nan
    return found


@pytest.mark.parametrize("detector", ["ecod", "copod", "hbos", "iforest"])
def test_every_detector_finds_what_is_planted(table: pd.DataFrame, detector: str) -> None:
    told = _scores(_rule(detector, "own"), table, pd.Series("g", index=table.index))
    assert (told[:2] > 0.99).all() and np.isnan(told[5]) and np.nanmin(told) > 0 and np.nanmax(told) < 1


def test_against_peers_what_is_usual_in_its_group_is_not_odd(table: pd.DataFrame) -> None:
    """Group b lives around 50: odd among all, ordinary among its own; one of group a at 50 is odd among its own."""
    groups = pd.Series(["a"] * (N - 50) + ["b"] * 50)
    table.loc[N - 50 :, ["x", "y"]] += 50
    table.loc[10, ["x", "y"]] = 50.0
    told = _scores(_rule("ecod", "peers"), table, groups)
    assert told[10] > 0.99 and np.nanmedian(told[N - 50 :]) < 0.8


def test_the_order_of_rows_changes_nothing(table: pd.DataFrame) -> None:
    groups = pd.Series("g", index=table.index)
    one = _all(table, groups)
    order = np.random.default_rng(2).permutation(N)
    other = _all(table.iloc[order], groups.iloc[order])
    pd.testing.assert_frame_equal(one, other.sort_index())


def test_too_few_to_compare_with_have_no_score() -> None:
    few = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 9.0]})
    assert Usual.of(_rule("ecod", "own"), few, pd.Series(["g", "g"])) is None


def test_one_alone_is_told_against_everybody_as_among_them(table: pd.DataFrame) -> None:
    groups = pd.Series(["a", "b"] * (N // 2))
    usual = Usual.of(_rule("ecod", "peers"), table, groups)
    assert usual is not None
    among = usual.told(table, groups)
    alone = [usual.told(table.iloc[[i]], groups.iloc[[i]])[0] for i in (0, 7, 100)]
    np.testing.assert_allclose(alone, among[[0, 7, 100]], atol=0.01)
    assert 0 < usual.told(table.iloc[[7]], pd.Series(["never seen"], index=[7]))[0] < 1
