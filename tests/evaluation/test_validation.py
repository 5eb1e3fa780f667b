"""The validation report: every table from the same rows, marked where it should be, on one printable page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from credit_risk.book.recipe import LearnerRule
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.evaluation.report import PlainTable, ReportContent, write_report
from credit_risk.evaluation.segments import LEAST_BAD, judge_segments, segment_classes, segment_values
from credit_risk.evaluation.validation import (
    ablation_table,
    calibration_tables,
    challenger_tables,
    reason_stability,
    score_stability,
    segment_tables,
    stress_table,
    swap_table,
    thin_table,
)
from credit_risk.evaluation.validation.challenged import CHAMPION, last_grades, rule_weights
from credit_risk.evaluation.validation.rests_on import sources_of
from credit_risk.evaluation.validation.stable import _kept
from credit_risk.models.model import CreditModel
from credit_risk.policy.planner import SPARED, burden, hits, plan_inspections
from credit_risk.zone import Book, Trained


@pytest.fixture(scope="module")
def model(trained: Trained) -> CreditModel:
    return trained.model.credit


@pytest.fixture(scope="module")
def rows(trained: Trained) -> pd.DataFrame:
    return trained.training.part("test")


def test_a_segment_is_judged_as_its_rows_alone_would_be_and_one_with_too_few_bad_is_not() -> None:
    rng = np.random.default_rng(0)
    pds = rng.beta(1, 6, 3000)
    y = (rng.random(3000) < pds).astype(int)
    values = pd.DataFrame({"by": np.where(np.arange(3000) < 2900, "large", "tiny")})
    large, tiny = judge_segments(values, y, pds)
    assert (large.value, large.n, large.bad) == ("large", 2900, y[:2900].sum())
    assert large.auc == roc_auc(y[:2900], pds[:2900])
    assert tiny.bad < LEAST_BAD and not tiny.enough and np.isnan(tiny.auc)


def test_a_segment_below_its_floor_is_marked(model: CreditModel, rows: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    y, pds = (rng.random(len(rows)) < 0.3).astype(int), rng.random(len(rows))
    values = pd.DataFrame({"by": np.full(len(rows), "all")})
    segments = judge_segments(values, y, pds)
    assert segment_tables(segments, 0.65, values, rows, model)[0].marked == [0]
    assert segment_tables([replace(segments[0], z=0.0)], 0.0, values, rows, model)[0].marked == []


def test_segments_are_read_as_known_at_the_row_s_own_time(book: Book, rows: pd.DataFrame) -> None:
    values = segment_values(book.records, {"age": "registration.established"}, rows)
    first = rows.iloc[0]
    latest = book.records.as_of("registration", str(first["as_of"]), [first["subject"]]).to_pandas()
    days = (pd.Timestamp(str(first["as_of"])) - latest["established"].iloc[-1]).days
    bands = {
        "<90d": (0, 90),
        "90d-1y": (90, 365),
        "1-3y": (365, 1095),
        "3-10y": (1095, 3650),
        ">10y": (3650, 99999),
    }
    low, high = bands[values["age"].iloc[0]]
    assert low <= days < high


def test_classes_are_read_as_known_at_the_row_s_own_time_and_the_first_that_holds_counts(
    book: Book, rows: pd.DataFrame
) -> None:
    some = rows.groupby("as_of").head(60)
    told = segment_classes(book.matrix, some)
    for t, group in some.groupby("as_of"):
        names = ["age_years", "largest_share", "owners_count", "sources_reporting"]
        seen = (
            book.matrix.build(group["subject"].tolist(), str(t)[:10], names).to_pandas().set_index("subject")
        )
        for i, subject in group["subject"].items():
            share, depth = seen.at[subject, "largest_share"], told.at[i, "depth"]
            assert (told.at[i, "ownership"] == "controlled") == (share >= 0.5)
            assert (depth == "G") == (seen.at[subject, "age_years"] < 0.25)
            assert depth != "A" or seen.at[subject, "sources_reporting"] == 4
    assert told["ownership"].nunique() > 1 and told["depth"].nunique() > 1


def test_new_firms_and_thin_files_are_told_apart_and_everybody_counts_once(
    book: Book, model: CreditModel, rows: pd.DataFrame
) -> None:
    values = segment_values(book.records, {"age": "registration.established"}, rows)
    values["depth"] = segment_classes(book.matrix, rows)["depth"]
    table = thin_table(book.rules, values, rows, model)
    assert sum(int(row[1].replace(",", "")) for row in table.rows) == len(rows)
    assert sum(int(row[2].replace(",", "")) for row in table.rows) == rows["label"].sum()


def test_the_last_grade_is_what_the_model_said_of_what_was_known_a_year_before(
    book: Book, model: CreditModel, trained: Trained, rows: pd.DataFrame
) -> None:
    some = rows[rows["as_of"] == rows["as_of"].min()].head(80)
    day = trained.recipe.horizon.before(pd.Timestamp(str(some["as_of"].iloc[0])).date())
    told = last_grades(book.matrix, trained.recipe, model, some)
    then = book.matrix.build(some["subject"].tolist(), day, model.names).to_pandas().set_index("subject")
    known = set(book.records.known("registration", day).select("subject").to_pandas()["subject"])
    ranks = model.scale.rank(model.pd(then.loc[some["subject"]].reset_index()))
    there = some["subject"].isin(known).to_numpy()
    assert there.any() and np.array_equal(told[there], ranks[there])
    assert (told[~there] == np.median(ranks[there])).all()


def test_rules_alone_add_up_the_weights_of_what_the_book_s_rules_say(book: Book, rows: pd.DataFrame) -> None:
    some = rows[rows["as_of"] == rows["as_of"].max()].head(400)
    told = rule_weights(book.matrix, some)
    day = str(some["as_of"].iloc[0])[:10]
    seen = book.matrix.build(
        some["subject"].tolist(), day, ["abnormal_24m", "abnormal_6m", "zero_filings_4m"]
    )
    seen = seen.to_pandas().set_index("subject").loc[some["subject"]]
    twice = ((seen["abnormal_24m"] >= 2) & (seen["abnormal_6m"] >= 1)).to_numpy()
    weight = book.rules.settings.alerts.weight
    assert (told[twice] >= weight[book.rules.signals["A02"].level]).all()
    assert (told == 0).any() and (told > 0).any()


def test_a_challenger_that_ranks_as_the_model_does_gains_nothing_and_a_worse_one_loses() -> None:
    rng = np.random.default_rng(2)
    score = rng.random(2000)
    rows = pd.DataFrame(
        {"subject": [f"s{i // 2}" for i in range(2000)], "label": (rng.random(2000) < score / 3) * 1}
    )
    ranked = {CHAMPION: score, "同 same": score.copy(), "乱 chance": rng.random(2000)}
    values = pd.DataFrame({"half": np.where(np.arange(2000) < 1000, "one", "two")})
    told, apart = challenger_tables(ranked, rows, values)
    assert told.rows[1][3] == "+0.000 [+0.000, +0.000]"
    low = float(told.rows[2][3].split("[")[1].split(",")[0])
    assert low > 0.05
    assert [row[0] for row in apart.rows] == ["half: one", "half: two"]
    assert all(row[2] == row[3] for row in apart.rows)


def test_every_source_of_an_indicator_is_left_out_once(
    book: Book, model: CreditModel, trained: Trained
) -> None:
    sources = sources_of(book.rules, model.names)
    named = [n for names in sources.values() for n in names]
    assert len(named) == len(set(named)) and set(named) <= set(model.names)
    assert any("relations" in source for source in sources)
    table = ablation_table(book.rules, model, trained.training, trained.recipe, "test")
    assert len(table.rows) == 1 + len(sources)


def test_a_shock_never_lowers_the_mean_pd_and_a_missing_source_is_told(
    book: Book, model: CreditModel, rows: pd.DataFrame
) -> None:
    table = stress_table(book.rules, model, rows)
    assert len(table.rows) == len(sources_of(book.rules, model.names))
    assert all(float(row[4].rstrip("%")) >= -0.005 for row in table.rows)


def test_the_same_model_swaps_nobody_and_another_names_who_and_why(
    book: Book, model: CreditModel, rows: pd.DataFrame
) -> None:
    newest = rows[rows["as_of"] == rows["as_of"].max()].reset_index(drop=True)
    assert swap_table(book.rules, model, model, newest).rows == []
    moved = replace(
        model,
        calibrator=replace(model.calibrator, calibrated=tuple(v + 1 for v in model.calibrator.calibrated)),
    )
    told = swap_table(book.rules, model, moved, newest, most=5)
    assert 0 < len(told.rows) <= 5
    before, after = told.rows[0][1].split(" → ")
    assert after > before and told.rows[0][4]


def test_reasons_and_scores_are_told_as_stable_as_they_are(
    book: Book, model: CreditModel, trained: Trained
) -> None:
    quick = trained.recipe.model_copy(
        update={"learner": LearnerRule(rounds=20, params=trained.recipe.learner.params)}
    )
    kept = [
        float(row[1].rstrip("%"))
        for row in reason_stability(book.rules, model, trained.training, quick, "test").rows
    ]
    assert len(kept) == 2 and all(0 <= share <= 100 for share in kept)
    days = trained.training.part("test")["as_of"].nunique()
    assert len(score_stability(model, trained.training, trained.recipe, "test").rows) == days


def test_reasons_that_are_the_same_are_kept_whole_however_few_there_are() -> None:
    few, many = np.array([[-3.0, 1.0, -2.0]]), np.arange(8.0).reshape(1, 8)
    assert _kept(few, few) == 1.0 and _kept(many, many) == 1.0
    assert _kept(many, -many) == 0.0


def test_the_page_shows_every_table_marks_its_rows_and_escapes_texts(
    model: CreditModel, rows: pd.DataFrame, tmp_path: Path
) -> None:
    words = {"zh": "标题", "en": "title"}
    odd = PlainTable("odd", words, [words, words], [["<b>x</b>", "1"], ["y", "2"]], words, [1])  # type: ignore[list-item, arg-type]
    tables = [*calibration_tables(model, rows), odd]
    page = tmp_path / "report.html"
    write_report(page, ReportContent(words, words, "m", "2026-06-30", tables=tables))  # type: ignore[arg-type]
    text = page.read_text(encoding="utf-8")
    assert all(f'id="{t.name}"' in text for t in tables)
    assert "&lt;b&gt;x" in text and '<tr class="marked"><th scope="row">y' in text.replace("\n", "")
    assert "<script" not in text


def test_a_plan_finds_twice_what_chance_finds_on_rows_that_no_fit_saw(
    model: CreditModel, rows: pd.DataFrame
) -> None:
    lifts = []
    for day, here in rows.groupby("as_of"):
        pds = model.pd(here)
        tier = model.scale.public_class(pds)
        rate = pd.Series(tier).map({"A": 0.5, "B": 1.0, "C": 2.0, "D": 5.0}).to_numpy()
        population = pd.DataFrame(
            {"subject": here["subject"].to_numpy(), "pd": pds, "tier": tier, "rate": rate, "prompted": False}
        )
        plan = plan_inspections(population, max(20, len(here) // 15), seed=str(day))
        told = hits(plan, here.set_index("subject")["label"].astype(float), population)
        lifts.append(told["lift"])
        assert (plan["method"] == "random").mean() >= 0.10
        assert burden(plan, population).of_plan <= population["tier"].isin(SPARED).mean()
    assert np.mean(lifts) >= 2.0
