"""Grades as published: held against the last ones, with all that made them beside them, and how much is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.conftest import EARLIER, END, ROOT

from credit_risk.book import open_rules
from credit_risk.errors import BookError, CheckFailed
from credit_risk.explain.graded import Held, add_grades, check_depths, data_depth, depth_names
from credit_risk.explain.score import score_as_of
from credit_risk.features.definitions import check_definitions
from credit_risk.models.scale import MasterScale
from credit_risk.zone import Book

RULES = open_rules(ROOT)
SCALE = MasterScale.of(list(RULES.grades.values()), RULES.settings.grading.margin)


def _said(pds: list[float]) -> pd.DataFrame:
    pd_ = np.array(pds)
    return pd.DataFrame(
        {
            "pd": pd_,
            "grade": SCALE.grade(pd_),
            "grade_rank": SCALE.rank(pd_),
            "public_class": SCALE.public_class(pd_),
        }
    )


def test_a_grade_is_held_against_the_last_published_one_and_says_what_it_was_made_of() -> None:
    above = SCALE.pd_max[2] * 1.05
    held = Held("2026-03-31-x", pd.Series({"a": "A", "c": "AAA"}))
    found = add_grades(_said([above, above, above]), pd.Series(["a", "b", "c"]), SCALE, held)
    assert found["grade"].tolist() == ["A", "BBB", "BBB"]
    assert found["pd_grade"].tolist() == ["BBB", "BBB", "BBB"]
    assert found["public_class"].tolist() == ["A", "B", "B"]
    assert found["grade_before"].tolist() == ["A", None, "AAA"]
    assert found["held_from"].tolist() == ["2026-03-31-x", None, "2026-03-31-x"]


def test_every_published_row_can_be_graded_again_from_itself(book: Book) -> None:
    scores = book.snapshots.read(str(book.snapshots.current())).query("scorable")
    again = SCALE.held(scores["pd"].to_numpy(), SCALE.index(scores["grade_before"].tolist()))
    assert SCALE.named(again).tolist() == scores["grade"].tolist()
    assert (scores["pd_grade"] == SCALE.grade(scores["pd"].to_numpy())).all()
    assert scores["grade_before"].notna().mean() > 0.8
    assert scores["held_from"].dropna().unique().tolist()[0].startswith(EARLIER)


def test_grades_are_held_only_against_what_was_published_before_t(book: Book, tmp_path: Path) -> None:
    model_id = book.champion()[1].credit.model_id
    assert book.snapshots.grades_before(EARLIER, model_id) is None
    held = book.snapshots.grades_before(END, model_id)
    assert held is not None and held.snapshot.startswith(EARLIER)


def test_the_pd_lies_within_its_bounds_for_every_enterprise(book: Book) -> None:
    scores = book.snapshots.read(str(book.snapshots.current())).query("scorable")
    assert ((scores["pd_low"] <= scores["pd"]) & (scores["pd"] <= scores["pd_high"])).all()


def test_data_depth_is_the_first_class_whose_condition_holds() -> None:
    values = pd.DataFrame(
        {
            "sources_reporting": [4, 4, 3, 2, 1, 0, 4, None],
            "age_years": [5.0, 2.5, 1.0, 1.0, 1.0, 9.0, 0.1, None],
        }
    )
    assert data_depth(RULES, values, END).tolist() == ["A", "B", "C", "D", "E", "F", "G", "G"]
    assert set(depth_names(Book.open(ROOT).catalogue)) == {"sources_reporting", "age_years"}


def test_every_enterprise_of_a_snapshot_has_a_data_depth(book: Book) -> None:
    scores = book.snapshots.read(str(book.snapshots.current()))
    assert scores["data_depth"].isin(list("ABCDEFG")).all() and scores["data_depth"].nunique() >= 4


def test_a_class_of_depth_that_names_no_indicator_is_refused_at_its_line() -> None:
    band = RULES.depths["A"].model_copy(update={"when": "sources_reportin >= 1"})
    rules = RULES.__class__(**{**RULES.__dict__, "depths": {**RULES.depths, "A": band}})
    with pytest.raises(BookError, match=r"depth\.yaml.*sources_reportin"):
        check_depths(rules)


def test_a_model_refuses_a_catalogue_that_computes_an_indicator_otherwise(book: Book, tmp_path: Path) -> None:
    recipe, model = book.champion()
    name = next(n for n in model.credit.names if book.rules.indicators[n].from_)
    changed = {**model.credit.definitions, name: "0" * 16}
    with pytest.raises(CheckFailed, match=f"{name} is computed otherwise"):
        check_definitions(changed, book.catalogue)
    other = model.credit.__class__(**{**model.credit.__dict__, "definitions": {**changed, "lost": "0" * 16}})
    with pytest.raises(CheckFailed, match="lost is gone"):
        score_as_of(book.matrix, other, recipe, END, tmp_path)


def test_words_may_change_but_not_windows_fields_or_codes(book: Book) -> None:
    from credit_risk.book.schema import Text
    from credit_risk.features import Catalogue
    from credit_risk.features.definitions import definitions_of

    name = next(n for n, r in book.rules.indicators.items() if r.from_ and book.rules.records[r.from_].fields)
    rule = book.rules.indicators[name]
    before = definitions_of(book.catalogue, [name])

    def now(**update: object) -> dict[str, str]:
        rules = {**book.rules.indicators, name: rule.model_copy(update=update)}
        return definitions_of(
            Catalogue.of(book.rules.__class__(**{**book.rules.__dict__, "indicators": rules})), [name]
        )

    assert now(title=Text(zh="新", en="new")) == before
    assert now(where="1 == 1") != before
    record = book.rules.records[str(rule.from_)]
    fields = {**record.fields}
    field = next(iter(fields))
    fields[field] = fields[field].model_copy(update={"codes": {"x": Text(zh="x", en="x")}})
    records = {**book.rules.records, record.type: record.model_copy(update={"fields": fields})}
    catalogue = Catalogue.of(book.rules.__class__(**{**book.rules.__dict__, "records": records}))
    assert definitions_of(catalogue, [name]) != before
