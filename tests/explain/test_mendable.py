"""What can be mended is told by the book, and a check without a finding is nobody's adverse record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.conftest import END

from credit_risk.explain.mendable import mendable
from credit_risk.explain.remedies import open_actions
from credit_risk.zone import Book

DAY = date.fromisoformat(END)


def _in_time(due: str, done: str) -> Callable[[dict[str, Any]], bool]:
    return lambda row: row[due] >= (row[done] or DAY)


BY_HAND: dict[str, Callable[[dict[str, Any]], bool]] = {
    "inspection": lambda row: row["result"] == "clean",
    "customs_inspection": lambda row: row["result"] == "clean",
    "commitment_result": lambda row: row["state"] == "kept",
    "lawsuit": lambda row: row["role"] == "plaintiff",
    "complaint": lambda row: row["verified"] is False,
    "tax_status": lambda row: row["state"] == "lifted",
    "tax_arrears": lambda row: row["balance"] == 0,
    "account_book": _in_time("due_on", "done_on"),
    "transit": _in_time("due_on", "arrived_on"),
}


def test_every_rule_of_the_book_is_looked_at_here(book: Book) -> None:
    assert set(book.rules.harmless) == set(BY_HAND)


@pytest.mark.parametrize("kind", sorted(BY_HAND))
def test_harmless_records_are_those_found_one_by_one(book: Book, kind: str) -> None:
    rows = book.records.as_of(kind, END).order_by("record_id").to_pyarrow().to_pylist()
    assert rows, "the small zone has records of this type"
    for subject in list(dict.fromkeys(row["subject"] for row in rows))[:4]:
        own = [row for row in rows if row["subject"] == subject]
        expected = {row["record_id"] for row in own if BY_HAND[kind](row)}
        found = mendable(book.matrix, subject, END).harmless
        assert found & {row["record_id"] for row in own} == expected


def test_what_can_be_mended_is_what_the_remedies_say(book: Book) -> None:
    subject = book.records.as_of("enforced_person", END).to_pandas()["subject"].iloc[0]
    actions = open_actions(book.matrix, subject, END)
    assert mendable(book.matrix, subject, END).actions == {a.record_id: a for a in actions}
    assert any(a.kind == "enforced_person" for a in actions)
