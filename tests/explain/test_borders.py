"""Between two borders the model makes no difference, across one it may; told of the real model, row by row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from tests.conftest import END

from credit_risk.explain.borders import Borders
from credit_risk.models.artefact import load_model
from credit_risk.models.model import CreditModel
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def model(book: Book) -> CreditModel:
    snapshot = book.snapshots.read(book.snapshots.current() or "")
    return load_model(book.rules.var / "models" / str(snapshot["model_id"].iloc[0]))


def test_the_score_moves_across_borders_and_only_there(book: Book, model: CreditModel) -> None:
    borders = Borders.of(model)
    scored = book.snapshots.read(book.snapshots.current() or "")
    subjects = scored.loc[scored["scorable"], "subject"].head(60).tolist()
    rows = book.matrix.build(subjects, END, list(model.names)).to_pandas()
    counted = [n for n in model.names if n in borders.at and book.rules.indicators[n].kind == "number"]
    moved = 0
    for name in counted[:25]:
        known = [
            v for v in borders.at[name] if abs(v) < 1e12
        ]  # a split on missing alone lies beyond every number
        tried = [float(v) for v in np.linspace(0, max(known, default=0) + 2, 9)]
        raw = {v: model.raw(rows.assign(**{name: v})) for v in tried}
        for one, other in pairwise(tried):
            if borders.apart(name, one, other):
                moved += bool((raw[one] != raw[other]).any())
            else:
                np.testing.assert_array_equal(raw[one], raw[other])
    assert moved > 20


def test_a_border_belongs_to_what_lies_below_it() -> None:
    borders = Borders({"x": [1.5, 4.0]})
    assert borders.below("x", 9) == 4.0 and borders.below("x", 4.0) == 1.5 and borders.below("x", 1) is None
    assert not borders.apart("x", 4.0, 2) and borders.apart("x", 4.0, 4.1) and not borders.apart("y", 1, 2)
