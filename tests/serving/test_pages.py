"""What pages are made of: figures of warnings, challengers, peers, ways out."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.serving.conftest import PASSWORD

from credit_risk.serving.console.compare import compare
from credit_risk.serving.console.enterprise import apart_of
from credit_risk.serving.console.performance import performance_of
from credit_risk.serving.console.render import one_language, tenth
from credit_risk.serving.dimensions import Dimensions
from credit_risk.warnings.ledger import Person

GRADES = ["AA", "A", "B", "C"]
WANG, LI = Person("wang", "王监管", "supervisor"), Person("li", "李复核", "reviewer")


def _scores(grades: list[str], pds: list[float]) -> pd.DataFrame:
    public = {"AA": "A", "A": "A", "B": "B", "C": "C"}
    names = [f"S{i}" for i in range(len(grades))]
    classes = [public[grade] for grade in grades]
    return pd.DataFrame(
        {"subject": names, "scorable": True, "pd": pds, "grade": grades, "public_class": classes}
    )


def test_a_swap_set_holds_whoever_changes_class_the_farthest_first() -> None:
    ours, theirs = (
        _scores(["AA", "A", "B", "C"], [0.01, 0.02, 0.05, 0.2]),
        _scores(["A", "C", "B", "B"], [0.02, 0.3, 0.05, 0.06]),
    )
    found = compare(ours, theirs, GRADES)
    assert [row["subject"] for row in found.swaps] == ["S1", "S3"]  # AA to A stays in class A
    assert (found.enterprises, found.better, found.worse, found.same) == (4, 1, 1, 0.25)
    assert found.rows == [("AA", [0, 1, 0, 0]), ("A", [0, 0, 0, 1]), ("B", [0, 0, 1, 0]), ("C", [0, 0, 1, 0])]


def test_the_ledger_tells_verdicts_that_stand_and_no_others(app: FastAPI) -> None:
    desk = app.state.desk
    ids = desk.ledger.overview()["case_id"].tolist()[:3]
    for case_id in ids:
        desk.ledger.act(case_id, "check", WANG, "电话核实")
    desk.ledger.act(ids[0], "propose", WANG, "失联")
    desk.ledger.act(ids[0], "approve", LI, "同意")
    desk.ledger.act(ids[1], "reject", WANG, "已恢复经营")
    desk.ledger.act(ids[2], "reject", WANG, "按错了")
    desk.ledger.act(ids[2], "undo", WANG, "撤回")
    table = desk.ledger.overview().set_index("case_id")
    assert table.loc[ids, "conclusion"].fillna("").tolist() == ["confirmed", "rejected", ""]
    assert table.loc[ids, "decided_at"].notna().tolist() == [True, True, False]
    published = desk.published()
    told = performance_of(desk, published, desk.boards.now(published.snapshot_id, published.directory))
    assert sum(level["decided"] for level in told.levels) == 2
    assert sum(level["confirmed"] for level in told.levels) == 1
    assert told.cases == len(table) == sum(level["opened"] for level in told.levels)
    assert (told.seen, told.old, told.lead_months) == (0, 0, None)  # nothing is known after the snapshot
    assert sum(n for _, n in told.weeks) == len(table)


def test_peers_are_named_only_at_the_ends_of_the_group() -> None:
    def one(peer: float | None, points: float) -> dict[str, object]:
        return {"peer": peer, "points": points}

    rows = [one(0.97, -5.0), one(0.5, -9.0), one(None, -9.0), one(0.03, 4.0), one(0.95, -7.0)]
    found = apart_of({"reasons": [{"indicators": rows}]})
    assert [r["points"] for r in found["against"]] == [-7.0, -5.0]
    assert [r["points"] for r in found["strong"]] == [4.0]


def test_a_dimension_is_held_against_the_peers_alone_and_ties_count_half() -> None:
    points = pd.DataFrame(
        {"judicial": [1.0, 2.0, 2.0, 9.0], "trade": [0.0, 0.0, 5.0, 1.0]}, index=list("abcd")
    )
    groups = pd.Series({"d": "other", "c": "ours", "b": "ours", "a": "ours", "e": "ours"})
    own = Dimensions(points, groups)
    assert own.of("b") == pytest.approx({"judicial": 1 / 3 + 1 / 3, "trade": 1 / 3})
    assert own.of("d") == {"judicial": 0.5, "trade": 0.5}
    assert own.of("e") is None


@pytest.mark.parametrize(
    ("told", "language", "shown"),
    [
        ("不在范围 · out of scope", "zh", "不在范围"),
        ("不在范围 · out of scope", "en", "out of scope"),
        ("甲 · 乙", "en", "甲 · 乙"),
    ],
)
def test_a_text_in_two_languages_is_shown_in_one(told: str, language: str, shown: str) -> None:
    assert one_language(told, language) == shown


def test_numbers_have_one_place_and_a_real_minus() -> None:
    assert [tenth(value) for value in (1234.56, -0.25, None)] == ["1,234.6", "\N{MINUS SIGN}0.2", "–"]


def test_a_way_out_is_searched_beside_the_page(app: FastAPI) -> None:
    desk = app.state.desk
    scores = desk.published().scores
    subject = str(scores[scores["scorable"]]["pd"].idxmin())
    with TestClient(app) as client:
        client.post("/console/sign-in", data={"user": "wang", "password": PASSWORD})
        path = f"/console/enterprises/{subject}/what-if"
        assert "寻找改善评级的最少措施" in client.get(path).text
        began = time.monotonic()
        page = client.get(f"{path}?way=1").text
        assert "data-again" in page or "改善评级的途径" in page
        while not desk.way(subject).over and time.monotonic() - began < 120:
            time.sleep(0.2)
        assert "改善评级的途径" in client.get(f"{path}?way=1").text
    found = desk.way(subject).found
    assert found is not None and found.now.grade == scores.at[subject, "pd_grade"]


@pytest.mark.parametrize(("first", "folded"), [(1, True), (99, False)])
def test_of_many_signals_the_first_are_open_and_the_others_are_named(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, first: int, folded: bool
) -> None:
    monkeypatch.setattr("credit_risk.serving.console.case.FIRST", first)
    cases = app.state.desk.ledger.queue().cases
    most = max(cases, key=lambda case: len(case.signals))
    assert len(most.signals) > 2, "the small zone has a case with several signals"
    with TestClient(app) as client:
        client.post("/console/sign-in", data={"user": "wang", "password": PASSWORD})
        page = client.get(f"/console/cases/{most.case_id}").text
    open_part, _, later = page.partition('<details class="later">')
    assert page.count('<article class="finding">') == len(most.signals)
    assert (open_part.count('<article class="finding">') == 1) is folded and bool(later) is folded
