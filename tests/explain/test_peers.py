"""The place of a fresh row among the published others of its peer group."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn

from credit_risk.explain.again import Peers

VALUE = st.sampled_from([-1.0, 0.0, 0.5, 2.0, np.nan])


@given(drawn.arrays(float, (6, 3), elements=VALUE), drawn.arrays(float, 3, elements=VALUE), st.booleans())
def test_it_is_the_share_of_the_others_below_with_ties_counted_half(
    values: np.ndarray, row: np.ndarray, inside: bool
) -> None:
    names = [f"e{i}" for i in range(6)]
    who = "e2" if inside else "somebody else"
    others = [one for name, one in zip(names, values, strict=True) if name != who]
    expected = []
    for place, value in enumerate(row):
        known = [one[place] for one in others if not np.isnan(one[place])]
        told = [1.0 if one < value else 0.5 if one == value else 0.0 for one in known]
        expected.append(np.nan if np.isnan(value) or not known else sum(told) / len(known))
    peers = Peers(pd.Series(dtype=object), {"trade": pd.DataFrame(values, index=names)})
    assert peers.share(who, "trade", row) == pytest.approx(expected, nan_ok=True)
    assert np.isnan(peers.share(who, "unknown", row)).all()
