"""Terms and heads beside a score: the term structure never decreases and none is lost."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from credit_risk.explain.beside import Beside

chances = st.lists(st.floats(0, 1), min_size=3, max_size=3)


class _Model:
    """A model that was told what to say."""

    names = ("x",)

    def __init__(self, pds: list[float]) -> None:
        self.pds = pds

    def pd(self, rows: pd.DataFrame) -> Any:
        return np.array(self.pds)


@given(three=chances, six=chances, twelve=chances)
def test_a_shorter_horizon_never_has_the_greater_pd(
    three: list[float], six: list[float], twelve: list[float]
) -> None:
    beside = Beside(terms={3: _Model(three), 6: _Model(six)})  # type: ignore[dict-item]
    terms, heads = beside.told(pd.DataFrame({"x": [1, 2, 3]}), np.array(twelve))
    for told, own in zip(terms, twelve, strict=True):
        found = json.loads(str(told))
        assert found["3m"] <= found["6m"] <= round(own, 6)
    assert heads == [None] * 3


def test_heads_are_told_as_their_models_say(  # they need not add up
) -> None:
    beside = Beside(heads={"insolvency": _Model([0.2]), "compliance": _Model([0.9])})  # type: ignore[dict-item]
    terms, heads = beside.told(pd.DataFrame({"x": [1]}), np.array([0.1]))
    assert terms == [None] and json.loads(str(heads[0])) == {"insolvency": 0.2, "compliance": 0.9}
    assert beside.names == ["x"]
