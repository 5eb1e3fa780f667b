"""Reasons add up to the score, are said in both languages, and come out the same when asked again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import END

from credit_risk.explain import Wording, score_as_of
from credit_risk.explain.contributions import Explainer
from credit_risk.explain.peers import Groups, peer_groups, shares, twice_ranks
from credit_risk.explain.words import say
from credit_risk.models.scale import FACTOR
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def scores(book: Book) -> pd.DataFrame:
    table = book.snapshots.read(book.snapshots.current() or "")
    return table[table["scorable"]].reset_index(drop=True)


@pytest.fixture(scope="module")
def indicators(book: Book, scores: pd.DataFrame) -> pd.DataFrame:
    table = book.snapshots.read(book.snapshots.current() or "", "indicators")
    return table[table["subject"].isin(scores["subject"])].reset_index(drop=True)


def test_contributions_add_up_to_the_score(
    book: Book, indicators: pd.DataFrame, scores: pd.DataFrame
) -> None:
    explained = book.champion()[1].explain(indicators)
    total = explained.base + explained.points.sum(axis=1) + explained.calibration
    np.testing.assert_allclose(total, scores["score"], atol=1e-9)
    assert np.abs(explained.calibration).max() < 1e-6  # the calibrator is a straight line


def test_contributions_are_those_of_shap(book: Book, indicators: pd.DataFrame) -> None:
    model = book.champion()[1].credit
    rows = indicators.head(60)
    values = shap.TreeExplainer(model.boosters[0]).shap_values(model.encoder.matrix(rows).astype(np.float64))
    expected = -FACTOR * model.calibrator.slope() * np.asarray(values)
    np.testing.assert_allclose(Explainer(model).explain(rows).points, expected, atol=1e-6)


@pytest.fixture(scope="module")
def reasons(book: Book, scores: pd.DataFrame) -> list[list[dict[str, Any]]]:
    rows = [book.snapshots.row(book.snapshots.current() or "", s) for s in scores["subject"]]
    return [row["reasons"] for row in rows if row]


def test_reasons_add_up_to_the_shown_score_in_tenths(
    scores: pd.DataFrame, reasons: list[list[dict[str, Any]]]
) -> None:
    for row, told in zip(scores.itertuples(), reasons, strict=True):
        points = [reason["points"] for reason in told]
        tenths = [round(10 * x) for x in [row.base_points, row.other_points, *points]]
        assert sum(tenths) == round(10 * row.shown_score)
        assert abs(row.shown_score - row.score) <= 0.05 + 1e-9


def test_asking_again_at_the_same_time_gives_the_same_bytes(
    book: Book, scores: pd.DataFrame, tmp_path: Path
) -> None:
    recipe, model = book.champion()
    held = book.snapshots.grades_before(END, model.credit.model_id)
    again = score_as_of(
        book.matrix, model.credit, recipe, END, tmp_path, beside=book.beside(recipe), held=held
    )
    assert again.id == book.snapshots.current()
    pd.testing.assert_frame_equal(again.scores[again.scores["scorable"]].reset_index(drop=True), scores)


def test_a_single_enterprise_has_the_score_it_has_in_the_batch(
    book: Book, scores: pd.DataFrame, tmp_path: Path
) -> None:
    recipe, model = book.champion()
    one = scores.iloc[7]
    held = book.snapshots.grades_before(END, model.credit.model_id)
    told = score_as_of(book.matrix, model.credit, recipe, END, tmp_path, [one["subject"]], held=held)
    alone = told.scores.iloc[0]
    assert (alone["score"], alone["pd"], alone["grade"]) == (one["score"], one["pd"], one["grade"])


def test_every_reason_has_a_sentence_in_both_languages_and_records_or_nothing_on_record(
    reasons: list[list[dict[str, Any]]],
) -> None:
    with_evidence = 0
    for told in reasons:
        for reason in told:
            for shown in reason["indicators"]:
                assert shown["says"]["zh"] and shown["says"]["en"]
                with_evidence += bool(shown["evidence"])
                assert len({e["record_id"] for e in shown["evidence"]}) == len(shown["evidence"])
                assert all(e["received_at"] <= END + " 23:59:59" for e in shown["evidence"])
    assert with_evidence > len(reasons)


def test_every_indicator_of_the_book_can_say_a_value_and_that_nothing_is_known(book: Book) -> None:
    words = Wording.of(book.catalogue, list(book.catalogue.entries))
    for name, one in words.indicators.items():
        value = "unknown-code" if one.kind == "category" else 1234.5678
        for peer in (0.5, None, float("nan")):
            said = say(one, value, peer)
            assert "{" not in said["zh"] + said["en"] and "nan" not in said["zh"] + said["en"], name
            assert "不详" not in said["zh"] and "0%的" not in said["zh"].replace("50%", ""), name
        assert say(one, None, None)["zh"].endswith("没有足够的记录，模型按“无记录”计分")
    assert Wording.from_json(json.loads(json.dumps(words.to_json()))) == words


def test_an_enterprise_outside_the_population_is_not_scorable_and_told_why(book: Book) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    outside = table[~table["scorable"]]
    assert len(outside) > 0
    assert outside["why_not"].str.contains("不属于评分范围").all()
    assert outside[["score", "pd", "grade"]].isna().all().all()
    row = book.snapshots.row(book.snapshots.current() or "", outside["subject"].iloc[0])
    assert row and row["reasons"] == []


def test_a_small_peer_group_falls_back_to_a_larger_one() -> None:
    from credit_risk.book.settings import PeerGroup

    keys = pd.DataFrame({"industry": ["a"] * 5 + ["b"], "size": ["s"] * 3 + ["l"] * 2 + ["s"]})
    groups = peer_groups(keys, PeerGroup(record="r", by=["industry", "size"], minimum=3))
    assert groups.tolist() == ["a/s"] * 3 + ["a"] * 2 + ["all"]


def test_the_share_below_counts_ties_half_and_leaves_nulls_out() -> None:
    values, groups = np.array([1.0, 2.0, 2.0, 3.0, np.nan]), Groups.of(["g"] * 5)
    share = shares(twice_ranks(values, groups), groups.counts(values)[groups.code])
    np.testing.assert_allclose(share, [0.0, 0.5, 0.5, 1.0, np.nan])


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([float("nan"), -1.0, 0.0, -0.0, 1.5, 1e300])),
        max_size=40,
    )
)
def test_the_share_below_is_the_average_rank_of_pandas(rows: list[tuple[str, float]]) -> None:
    values = np.array([value for _, value in rows], dtype=np.float64)
    groups = Groups.of([name for name, _ in rows])
    share = shares(twice_ranks(values, groups), groups.counts(values)[groups.code])
    grouped = pd.Series(values).groupby(groups.code)
    expected = (grouped.rank(method="average") - 1) / (grouped.transform("count") - 1).replace(0, np.nan)
    np.testing.assert_array_equal(share, expected.to_numpy())
