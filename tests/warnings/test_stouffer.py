"""Stouffer's sum of signs: what is known counts by its weight, what is not takes no part, one sign cannot tell all."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import combine_pvalues, norm

from credit_risk.book.schema import Text
from credit_risk.book.warning_rules import Anomaly
from credit_risk.warnings.stouffer import LIMIT, Stouffer

NOT = float("nan")


def test_it_is_the_method_of_stouffer() -> None:
    z, weights = np.array([1.2, -0.4, 2.5]), [1.0, 1.0, 2.0]
    combined, _ = combine_pvalues(norm.sf(z), "stouffer", weights)
    assert Stouffer(weights).decision_function(z[None, :])[0] == pytest.approx(combined)


def test_what_is_not_known_takes_no_part() -> None:
    detector = Stouffer([-1.0, 2.0, 1.0])
    part = Stouffer([-1.0, 2.0]).decision_function(np.array([[-1.0, 0.5]]))
    assert detector.decision_function(np.array([[-1.0, 0.5, NOT]])) == pytest.approx(part)
    assert detector.decision_function(np.array([[NOT, NOT, NOT]])) == [0.0]


def test_one_sign_counts_up_to_a_limit() -> None:
    told = Stouffer([1.0, 1.0]).decision_function(np.array([[LIMIT, 0.0], [50.0, 0.0]]))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("detector", "weights"),
    [
        ("stouffer", {}),
        ("stouffer", {"x": 1.0}),
        ("stouffer", {"x": 1.0, "y": 0.0}),
        ("ecod", {"x": 1.0, "y": 1.0}),
    ],
)
def test_a_book_must_weigh_every_sign_of_a_sum_and_nothing_else(
    detector: str, weights: dict[str, float]
) -> None:
    told = {"anomaly": "odd", "title": Text(zh="异常", en="Odd"), "against": "own", "over": ["x", "y"]}
    with pytest.raises(ValidationError, match="weights"):
        Anomaly(**told, detector=detector, weights=weights)
