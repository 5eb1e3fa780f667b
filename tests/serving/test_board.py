"""The board of cases: what fits a filter, in the order of work, against a plain loop over the same rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from credit_risk.serving.board import Asked, Board
from credit_risk.serving.desk import Desk
from credit_risk.store.tables import cases
from credit_risk.warnings.ledger import OPEN, Person, merged
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
    table = pd.DataFrame(rows, columns=columns)
    for name in ("due_on", "snoozed_until"):
        table[name] = pd.to_datetime(table[name])
    board = Board(table, book.rules, None)
    assert board.asked(asked) == [row["case_id"] for row in rows if fits(row, asked, book)]


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    found: Desk = app.state.desk
    return found


def test_the_overview_is_in_the_order_of_the_queue(desk: Desk) -> None:
    table = desk.ledger.overview()
    opened = table[table["state"].isin(OPEN)]
    assert opened["case_id"].tolist() == [c.case_id for c in desk.ledger.queue(limit=100_000).cases]
    assert len(table) == _cases(desk)


def test_the_board_is_new_after_a_move_and_the_same_before(desk: Desk) -> None:
    first = desk.boards.now("s", None)
    assert desk.boards.now("s", None) is first
    case_id = str(first.table["case_id"][0])
    desk.ledger.act(case_id, "note", Person("wang", "王监管", "supervisor"), "看过 seen")
    assert desk.boards.now("s", None) is not first


def test_a_board_that_follows_the_moves_is_the_one_that_is_read_anew(desk: Desk) -> None:
    wang = Person("wang", "王监管", "supervisor")
    ids = desk.boards.now("s", None).ids[[0, 3]]
    for act in ("check", "reject", "undo"):
        desk.ledger.act(ids[0], act, wang, "核实 seen")
        desk.ledger.act(ids[1], "note", wang, "记录 noted")
        kept = desk.boards.now("s", None).table
        pd.testing.assert_frame_equal(kept, desk.ledger.overview())


def test_newer_rows_take_their_places_in_the_order_of_work(desk: Desk) -> None:
    table = desk.ledger.overview()
    last, other = table.iloc[[-1]], table.iloc[[0]]
    first = last.assign(rank=0, value=1e6)
    assert merged(table, first)["case_id"].tolist()[0] == last["case_id"].iloc[0]
    unknown = other.assign(case_id="not-seen-before")
    assert len(merged(table, unknown)) == len(table) + 1
    assert merged(table, other.assign(state="closed"))["state"].tolist() == ["closed", *table["state"][1:]]


def _cases(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(cases)).scalar() or 0)
