"""Migration: every enterprise stands in one cell, those without a grade too."""

from __future__ import annotations

import pandas as pd
import pytest

from credit_risk.book.scale import GradeBand
from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.evaluation.migration import migration, off_target
from credit_risk.models.scale import MasterScale

GRADES = ["A", "B", "C"]


def _table(**grades: str | None) -> pd.DataFrame:
    return pd.DataFrame({"subject": list(grades), "grade": list(grades.values())})


def test_every_enterprise_stands_in_the_cell_of_its_two_grades():
    found = migration(_table(a="A", b="A", c="C", d=None), _table(a="A", b="C", c="B", d="B", e="A"), GRADES)
    assert (
        found.counts.loc["A", "A"] == 1
        and found.counts.loc["A", "C"] == 1
        and found.counts.loc["C", "B"] == 1
    )
    assert found.counts.loc["-", "B"] == 1 and found.counts.loc["-", "A"] == 1
    assert found.counts.to_numpy().sum() == 5 and found.both == 3
    assert found.moved == pytest.approx(2 / 3) and found.worse == pytest.approx(1 / 3)
    assert found.by_steps(2) == pytest.approx(1 / 3)
    assert found.shares().loc["A"].sum() == pytest.approx(1)


def test_a_grade_of_another_scale_is_refused():
    with pytest.raises(InputError, match="'Z'"):
        migration(_table(a="Z"), _table(a="A"), GRADES)


def test_a_subject_that_stands_twice_is_refused():
    twice = pd.DataFrame({"subject": ["a", "a"], "grade": ["A", "B"]})
    with pytest.raises(InputError, match="once in before"):
        migration(twice, _table(a="A"), GRADES)


def test_a_share_outside_what_the_zone_expects_is_named():
    title = Text(zh="级", en="grade")
    spans = {"A": (0.6, 0.8), "B": (0.1, 0.3), "C": None}
    bands = [
        GradeBand(grade=g, pd_max=m, public="A", title=title, share=spans[g])
        for g, m in zip(GRADES, (0.1, 0.2, 1.0), strict=True)
    ]
    found = off_target(MasterScale.of(bands), pd.Series(["A"] * 9 + ["B"] * 1 + [None]))
    assert found == {"A": (0.9, (0.6, 0.8))}
