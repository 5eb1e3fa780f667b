"""The list of what-if: what can be mended first, the worst and newest on top; no harmless record among the adverse."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from tests.conftest import END

from credit_risk.archive import Line, read_archive
from credit_risk.book.schema import Text
from credit_risk.explain.borders import Borders
from credit_risk.explain.mendable import Mendable, mendable
from credit_risk.explain.remedies import Action
from credit_risk.explain.suppose import Moved, Scored, WhatIf
from credit_risk.records.reader import Reader
from credit_risk.serving.console.mending import Offer, offers_of, possible_on, reckoned, stages_of
from credit_risk.zone import Book

TITLE = Text(zh="题", en="title")


def _line(book: Book, record_id: str, kind: str, day: str, status: str = "usable", **codes: str) -> Line:
    rule = book.rules.records[kind]
    facts = [(rule.fields[n].title or TITLE, (rule.fields[n].codes or {})[code]) for n, code in codes.items()]
    return Line(
        date.fromisoformat(day), datetime(2024, 1, 1), kind, rule.title, rule.department, rule.severity, status, facts,
        record_id, "s", record_id, 1,
    )  # fmt: skip


def _action(record_id: str, kind: str) -> Action:
    day = date(2024, 1, 1)
    return Action("repair", TITLE, kind, record_id, day, day, 0, "法", {})


def test_the_worst_come_first_then_the_newest(book: Book) -> None:
    lines = [
        _line(book, "old", "enforced_person", "2023-01-01"),
        _line(book, "new", "enforced_person", "2024-01-01"),
        _line(book, "grave", "admin_penalty", "2022-01-01", severity="serious"),
        _line(book, "light", "admin_penalty", "2024-02-01", severity="minor"),
        _line(book, "gone", "enforced_person", "2024-01-05", status="expired"),
        _line(book, "clean", "inspection", "2024-01-06", result="clean"),
        _line(book, "found", "inspection", "2024-01-06", result="problem"),
        _line(book, "sold", "judicial_auction", "2023-05-01"),
        _line(book, "honour", "honour", "2024-01-07"),
    ]
    mended = {n: _action(n, "x") for n in ("old", "new", "grave", "light", "gone")}
    told = offers_of(book.rules, lines, Mendable(mended, frozenset({"clean"})))
    assert [one.line.record_id for one in told.open] == ["grave", "new", "old", "light"]
    assert [one.line.record_id for one in told.shut] == ["sold", "found"]


def test_every_usable_adverse_record_of_an_archive_is_offered_or_told_shut_or_harmless(book: Book) -> None:
    subject = book.records.as_of("enforced_person", END).to_pandas()["subject"].iloc[0]
    archive = read_archive(book.rules, Reader(book.pool), subject, END, everything=False)
    found = mendable(book.matrix, subject, END)
    told = offers_of(book.rules, archive.lines, found)
    opened, shut = ({one.line.record_id for one in part} for part in (told.open, told.shut))
    adverse = {
        line.record_id
        for line in archive.lines
        if line.status == "usable" and line.severity in ("minor", "general", "serious")
    }
    assert adverse <= opened | shut | found.harmless and not opened & shut and not shut & found.harmless
    assert opened <= set(found.actions)


def _scored(score: float) -> Scored:
    return Scored(score, 0.1, "B", {}, {})


@pytest.mark.parametrize("same", [4.0, None, "code"])
def test_only_indicators_whose_value_changes_are_named_and_the_rest_adds_up(same: Any) -> None:
    moved = [
        Moved("fine", 9300.0, 2020.0, 4.9),
        Moved("elsewhere", same, same, -2.0),
        Moved("lost", 1.0, None, 0.5),
    ]
    found = reckoned(WhatIf(_scored(181.3), _scored(183.7), moved), Borders({}))
    assert [one.moved.name for one in found.told] == ["fine", "lost"]
    assert found.elsewhere == pytest.approx(2.4 - 5.4)


def test_what_is_shown_adds_up_to_what_the_shown_scores_differ_by() -> None:
    moved = [Moved(f"n{i}", 3.0, 2.0, 0.34) for i in range(15)]
    found = reckoned(WhatIf(_scored(181.26), _scored(183.71), moved), Borders({}))
    shown = sum(round(one.moved.points, 1) for one in found.told)
    assert len(found.told) == 12 and found.further == 3 and found.total == 2.4
    assert shown + found.further_points + found.elsewhere == pytest.approx(found.total)


def test_a_move_of_no_points_says_that_the_model_does_not_part_the_values_and_when_it_does() -> None:
    borders = Borders({"listed": [0.5, 4.5], "parted": [33.5], "used": [2.0]})
    moved = [
        Moved("listed", 34.0, 33.0, 0.0),
        Moved("parted", 34.0, 33.0, 0.0),
        Moved("never", 34.0, 33.0, 0.0),
        Moved("used", 9.0, 8.0, 1.0),
        Moved("grown", 33.0, 34.0, 0.0),
    ]
    told = {one.moved.name: one for one in reckoned(WhatIf(_scored(1), _scored(1), moved), borders).told}
    assert (told["listed"].alike, told["listed"].until) == (True, 4)
    assert not told["parted"].alike and not told["used"].alike
    assert (told["never"].alike, told["never"].until) == (True, None)
    assert (told["grown"].alike, told["grown"].until) == (True, None), "only fewer of them can be mended"


def test_what_can_be_mended_now_comes_first_and_each_kind_stands_together(book: Book) -> None:
    day = date(2024, 6, 1)
    waits = {"a": 5, "b": 7, "c": 6, "d": 8, "e": 1}
    kinds = {"a": "enforced_person", "b": "enforced_person", "c": "admin_penalty", "d": "admin_penalty", "e": "enforced_person"}  # fmt: skip
    offers = [
        Offer(
            _line(book, name, kind, "2024-01-01"),
            "serious",
            Action("repair", TITLE, kind, name, day, date(2024, waits[name], 2), 0, "法", {}),
        )
        for name, kind in kinds.items()
    ]
    now, later = stages_of(offers, day)
    assert now.now and [[o.line.record_id for o in some] for _, some in now.kinds] == [["a", "e"]]
    assert not later.now and [[o.line.record_id for o in some] for _, some in later.kinds] == [
        ["c", "d"],
        ["b"],
    ]
    assert possible_on(offers, ["a", "c", "b"], day) == date(2024, 7, 2)
    assert possible_on(offers, ["a", "e"], day) is None and possible_on(offers, [], day) is None
