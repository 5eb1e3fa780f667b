"""Coverage and freshness of sources: as known at t, overdue by the source's own habit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from credit_risk.book import Rules
from credit_risk.records import Pool, coverage, ingest, newest_delivery

A, B = "91350100M000100Y43", "913100007109392661"
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
Put = Callable[..., Path]


def _monthly(put: Put, months: int) -> None:
    rows = []
    for n in range(months):
        day = date(2024, 1, 5) + timedelta(days=30 * n)
        rows.append(f"{(A, B)[n % 2]},沪{n}号,{day},{day + timedelta(days=4)} 10:00:00,,1,罚款")
    put("penalties.csv", HEADER + "\n".join(rows) + "\n" + f"{A},坏,x,2024-01-09,,1,罚款\n")


def _row(small: Rules, t: str, source: str = "penalties") -> dict[str, Any]:
    return next(r for r in coverage(Pool(small), t).to_pylist() if r["source"] == source)


def test_a_source_tells_what_came_when_and_how_late(small: Rules, put: Put) -> None:
    _monthly(put, 12)
    ingest(Pool(small), now=datetime(2024, 12, 31))
    told = _row(small, "2024-12-31")
    assert (told["records"], told["enterprises"], told["quarantined"]) == (12, 2, 1)
    assert (told["median_lag_days"], told["every_days"], told["overdue"]) == (4.0, 30.0, False)
    assert told["last_event"] == date(2024, 1, 5) + timedelta(days=330)


def test_what_came_after_t_is_not_counted(small: Rules, put: Put) -> None:
    _monthly(put, 12)
    ingest(Pool(small), now=datetime(2024, 12, 31))
    told = _row(small, "2024-02-10")
    assert told["records"] == 2 and told["last_received"] == datetime(2024, 2, 8, 10)


def test_a_monthly_source_is_overdue_after_a_month_and_a_half_of_silence(small: Rules, put: Put) -> None:
    _monthly(put, 12)
    ingest(Pool(small), now=datetime(2024, 12, 31))
    last = datetime(2024, 12, 4, 10)
    assert _row(small, "2024-12-31")["last_received"] == last
    assert [_row(small, str((last + timedelta(days=d)).date()))["overdue"] for d in (44, 46)] == [False, True]


def test_a_source_that_sends_in_bursts_is_not_missed_between_them(small: Rules, put: Put) -> None:
    rows = []
    for quarter in range(8):
        for n in range(5):
            day = date(2023, 1, 10) + timedelta(days=91 * quarter + n)
            rows.append(f"{A},沪{quarter}-{n}号,{day},{day} 10:00:00,,1,罚款")
    put("penalties.csv", HEADER + "\n".join(rows) + "\n")
    ingest(Pool(small), now=datetime(2024, 12, 31))
    told = _row(small, "2024-12-31")
    assert (told["every_days"], told["longest_days"], told["overdue"]) == (1.0, 87.0, False)
    assert _row(small, "2025-03-10")["overdue"]


def test_without_a_date_sources_are_judged_by_the_newest_delivery_of_all(small: Rules, put: Put) -> None:
    _monthly(put, 12)
    ingest(Pool(small), now=datetime(2024, 12, 31))
    assert not next(r for r in coverage(Pool(small)).to_pylist() if r["source"] == "penalties")["overdue"]


def test_the_newest_delivery_is_the_last_clock_of_reception_whatever_the_day_is_today(
    small: Rules, put: Put
) -> None:
    _monthly(put, 3)
    ingest(Pool(small), now=datetime(2024, 12, 31))
    assert newest_delivery(Pool(small)) == datetime(2024, 3, 9, 10)


def test_a_source_that_never_came_is_overdue_only_if_the_book_demands_it(small: Rules) -> None:
    assert _row(small, "2024-12-31")["overdue"] and not _row(small, "2024-12-31", "repairs")["overdue"]


def test_batches_from_before_a_field_was_known_are_counted_by_the_names_of_their_columns(
    small: Rules, put: Put
) -> None:
    _monthly(put, 12)
    pool = Pool(small)
    ingest(pool, now=datetime(2024, 12, 31))
    known = _row(small, "2024-12-31")
    for path in pool.files("penalty"):
        rows = pq.read_table(path)
        pq.write_table(rows.select([name for name in reversed(rows.column_names) if name != "amount"]), path)
    assert _row(small, "2024-12-31") == known
    _monthly(put, 13)
    ingest(pool, now=datetime(2025, 1, 31))
    assert _row(small, "2025-01-31")["records"] == 13
