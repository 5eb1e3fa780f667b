"""The board of cases: what fits a filter, in the order of work, against a plain loop over the same rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_risk.serving.board import Asked, Board
from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import OPEN, Person
from credit_risk.zone import Book

TODAY = date(2026, 6, 30)
DAYS = ["2026-06-28", "2026-06-30", "2026-07-03"]
STATES = ["new", "assigned", "second", "closed"]


def rows_of(book: Book) -> st.SearchStrategy[list[dict[str, Any]]]:
    codes = sorted(book.rules.signals)[:6]
    row = st.fixed_dictionaries(
        {
            "subject": st.sampled_from(["91310115MA0000001A", "91310115MA0000002B"]),
            "state": st.sampled_from(STATES),
            "level": st.sampled_from(["red", "orange", "yellow", "blue"]),
            "codes": st.lists(st.sampled_from(codes), min_size=1, max_size=3, unique=True).map(",".join),
            "assignee": st.sampled_from([None, "wang", "li"]),
            "due_on": st.sampled_from(DAYS),
            "snoozed_until": st.sampled_from([None, *DAYS]),
        }
    )
    return st.lists(row, max_size=12)


def fits(row: dict[str, Any], asked: Asked, book: Book) -> bool:
    signals = book.rules.signals
    own = row["codes"].split(",")
    asleep = (row["snoozed_until"] or "") > TODAY.isoformat()
    return (
        row["state"] in asked.states
        and asked.level in ("", row["level"])
        and asked.assignee in ("", row["assignee"])
        and (not asked.code or asked.code in own)
        and (not asked.kind or any(signals[c].kind == asked.kind for c in own))
        and (not asked.department or any(signals[c].department == asked.department for c in own))
        and row["subject"].startswith(asked.text.upper())
        and (asked.awake_on is None or not asleep)
        and (asked.asleep_on is None or asleep)
        and (asked.due != "late" or row["due_on"] < TODAY.isoformat())
        and (asked.due != "today" or row["due_on"] <= TODAY.isoformat())
    )


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_filter_keeps_what_a_loop_keeps_in_the_order_of_work(book: Book, data: st.DataObject) -> None:
    rows = data.draw(rows_of(book))
    signals = list(book.rules.signals.values())
    awake = data.draw(st.booleans())
    asked = Asked(
        states=data.draw(st.sampled_from([OPEN, ("closed",), ("second",)])),
        level=data.draw(st.sampled_from(["", "red"])),
        code=data.draw(st.sampled_from(["", sorted(book.rules.signals)[0]])),
        kind=data.draw(st.sampled_from(["", signals[0].kind])),
        department=data.draw(st.sampled_from(["", signals[0].department])),
        assignee=data.draw(st.sampled_from(["", "wang"])),
        text=data.draw(st.sampled_from(["", "91310115ma0000002"])),
        due=data.draw(st.sampled_from(["", "late", "today"])) if awake else "",
        awake_on=TODAY if awake else None,
        asleep_on=None if awake else data.draw(st.sampled_from([None, TODAY])),
    )
    for number, row in enumerate(rows):
        row["case_id"] = f"c{number}"
    columns = ["case_id", "subject", "state", "level", "codes", "assignee", "due_on", "snoozed_until"]
    board = Board(pd.DataFrame(rows, columns=columns), book.rules, None)
    assert board.asked(asked) == [row["case_id"] for row in rows if fits(row, asked, book)]


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    found: Desk = app.state.desk
    return found


def test_the_overview_is_in_the_order_of_the_queue(desk: Desk) -> None:
    table = desk.ledger.overview(OPEN)
    assert table["case_id"].tolist() == [c.case_id for c in desk.ledger.queue(limit=100_000).cases]
    assert set(table["state"]) <= set(OPEN)


def test_the_board_is_new_after_a_move_and_the_same_before(desk: Desk) -> None:
    first = desk.boards.now("s", None)
    assert desk.boards.now("s", None) is first
    case_id = str(first.table["case_id"][0])
    desk.ledger.act(case_id, "note", Person("wang", "王监管", "supervisor"), "看过 seen")
    assert desk.boards.now("s", None) is not first
