"""Names are numbered alike whether some are looked for or all are hashed."""

from __future__ import annotations

import numpy as np
import pytest

from credit_risk.graph import ties
from credit_risk.graph.ties import Ties


@pytest.mark.parametrize("few", [0, 1000])
def test_some_names_get_the_numbers_that_many_get(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ties, "FEW", few)
    ids = np.array(["a", "b", "企业", "高"], object)
    known = Ties(ids, {}, np.zeros(4, bool))
    assert known.numbers(["高", "zz", "a", "", "企业", "龘"]).tolist() == [3, -1, 0, -1, 2, -1]
    assert known.numbers([]).tolist() == []
    assert Ties(ids[:0], {}, np.zeros(0, bool)).numbers(["a"]).tolist() == [-1]
