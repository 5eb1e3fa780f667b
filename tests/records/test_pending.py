"""What waits in the inbox is joined with whatever is stored, however much that is."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tests.conftest import ROOT

from credit_risk.records.view import View
from credit_risk.zone import Book

MANY = 5000  # from about two thousand rows DuckDB filters what it scans by what it will be joined with
ITSELF = """SELECT count(*) FROM "all" WHERE record_id IN (
    SELECT record_id FROM "all" WHERE record_id IN (SELECT * FROM asked) OR subject IN (SELECT 'e1'))"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    return Book.open(ROOT)


def _rows(book: Book, name: str, count: int) -> pa.Table:
    day = date(2026, 1, 5)
    received = datetime(2026, 1, 6)
    told = [
        {"record_id": f"{name}{n:x}", "version": "1", "source": "s", "source_record_id": f"{name}{n}",
         "subject": f"e{n}", "event_date": day, "received_at": received, "usable_from": received}
        for n in range(count)
    ]  # fmt: skip
    return pa.Table.from_pylist(told, book.pool.schema("honour"))


@pytest.mark.parametrize("seen", ["pending", "supposed"])
def test_rows_that_are_not_stored_are_joined_with_many_that_are(
    seen: str, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.pool.write("honour", "batch", _rows(book, "a", MANY))
    more = _rows(book, "b", 30)
    pool = book.pool
    if seen == "pending":
        monkeypatch.setattr(pool, "unfolded", lambda kind, waiting=None: (more, pool.files(kind)))
    else:
        pool = View(pool, {"honour": more})
    connection = pool.cursor()
    pool.show(connection, "honour", "all")
    connection.execute("CREATE TEMP TABLE asked AS SELECT 'b' || n AS record_id FROM range(9) t(n)")
    assert connection.execute(ITSELF).fetchone() == (10,)
