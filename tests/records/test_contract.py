"""What is stored keeps the book: whatever ingest lets through does, whatever got in otherwise is told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.records.test_dirt import _reports, dirty  # noqa: F401

from credit_risk.book import Rules
from credit_risk.records import Pool
from credit_risk.records.contract import Breach, breaches

A = "91350100M000100Y43"
GOOD: dict[str, Any] = {
    "record_id": "r", "version": "1", "source": "penalties", "source_record_id": "沪1号", "subject": A,
    "event_date": date(2024, 1, 5), "received_at": datetime(2024, 1, 9), "usable_from": None, "usable_until": None,
    "amount": Decimal("1.00"), "kind": "fine",
}  # fmt: skip


def _told(small: Rules, *rows: dict[str, Any], kind: str = "penalty") -> list[Breach]:
    pool = Pool(small)
    full = [{**GOOD, "record_id": f"r{n}"} | row for n, row in enumerate(rows)]
    pool.write(kind, "by-hand", pa.Table.from_pylist(full, pool.schema(kind)))
    return breaches(pool, kind)


def test_whatever_ingest_lets_through_keeps_the_book(dirty: Rules) -> None:  # noqa: F811
    _reports(dirty)
    pool = Pool(dirty)
    assert pool.scan("penalty").count().execute() > 5
    assert breaches(pool, "penalty") == []


@pytest.mark.parametrize(
    ("row", "column", "rule", "came"),
    [
        ({"amount": Decimal("-1.00")}, "amount", "greater_than_or_equal_to", "-1.00"),
        ({"kind": "other"}, "kind", "isin", "other"),
        ({"subject": "上海某公司"}, "subject", "str_matches", "上海某公司"),
        ({"subject": None}, "subject", "not_nullable", None),
        ({"source_record_id": None}, "source_record_id", "not_nullable", None),
        ({"event_date": date(2024, 2, 1)}, None, "received before it began", "r1"),
        ({"usable_until": date(2024, 1, 1)}, None, "ended before it began", "r1"),
        ({"record_id": "r0"}, None, "multiple_fields_uniqueness", "r0"),
    ],
)
def test_what_got_in_otherwise_is_told_with_column_rule_and_value(
    small: Rules, row: dict[str, Any], column: str | None, rule: str, came: str | None
) -> None:
    (told,) = _told(small, {}, row)
    assert (told.kind, told.column, told.rule) == ("penalty", column, rule)
    assert came is None or came in told.came


def test_fields_that_may_be_missing_may_be_missing(small: Rules) -> None:
    assert _told(small, {"amount": None, "kind": None}, {"usable_from": date(2020, 1, 1)}) == []


def test_a_persons_number_in_place_of_a_pseudonym_is_told(small: Rules) -> None:
    pool = Pool(small)
    row = {
        "record_id": "x", "version": "1", "source": "legal_reps", "source_record_id": "1", "src": "310101198001011234",
        "dst": A, "weight": None, "valid_from": date(2020, 1, 1), "valid_to": None, "received_at": datetime(2020, 2, 1),
    }  # fmt: skip
    pool.write("legal_rep", "by-hand", pa.Table.from_pylist([row], pool.schema("legal_rep")))
    assert [(one.column, one.rule) for one in breaches(pool, "legal_rep")] == [("src", "str_matches")]
