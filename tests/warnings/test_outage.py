"""An outage explains silence: the signals that rest on it are suppressed, told, and found again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from tests.conftest import END

from credit_risk.explain import Snapshot
from credit_risk.warnings import coverage as module
from credit_risk.warnings import warn as warning
from credit_risk.warnings.coverage import coverage, dead_lines
from credit_risk.zone import Book


@pytest.fixture
def pool_book(tmp_path, monkeypatch) -> Book:  # type: ignore[no-untyped-def]
    from tests.conftest import ROOT

    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    return Book.open(ROOT)


def _deliver(book: Book, kind: str, days: list[date], each: int) -> None:
    rows = []
    for day in days:
        for i in range(each):
            own = f"{kind}-{day}-{i}"
            row = dict.fromkeys(book.pool.schema(kind).names)
            row |= {"record_id": own, "version": "1", "source": "s", "source_record_id": own, "subject": f"e{i}",
                    "event_date": day, "received_at": datetime.combine(day, datetime.min.time())}  # fmt: skip
            rows.append(row)
    book.pool.write(kind, "batch", pa.Table.from_pylist(rows, book.pool.schema(kind)))


def test_a_line_that_stopped_is_dead_and_one_that_never_delivered_steadily_is_not(pool_book: Book) -> None:
    t = date(2024, 12, 31)
    months = [t - timedelta(days=30 * i + 5) for i in range(8)]
    _deliver(pool_book, "tax_filing", months[1:], 40)
    _deliver(pool_book, "utility", months, 40)
    _deliver(pool_book, "lawsuit", months[3:], 2)
    assert coverage(pool_book.records, "tax_filing", t) == 0.0
    assert coverage(pool_book.records, "utility", t) == 1.0
    assert coverage(pool_book.records, "lawsuit", t) is None
    assert coverage(pool_book.records, "honour", t) is None
    assert list(dead_lines(pool_book.records, ["tax_filing", "utility", "lawsuit"], t)) == ["tax_filing"]


def test_what_is_received_after_t_tells_nothing_of_an_outage_at_t(pool_book: Book) -> None:
    t = date(2024, 12, 31)
    months = [t - timedelta(days=30 * i + 5) for i in range(1, 8)]
    _deliver(pool_book, "tax_filing", [*months, date(2025, 1, 5)], 40)
    assert coverage(pool_book.records, "tax_filing", t) == 0.0


def test_silence_is_suppressed_while_its_line_is_down_and_kept_with_the_reason(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = book.snapshots.current() or ""
    snapshot = Snapshot(
        known, "m", book.snapshots.read(known), pd.DataFrame(), book.snapshots.read(known, "indicators")
    )
    usual = warning.warn_as_of(book.matrix, snapshot, None, END)
    monkeypatch.setattr(warning, "dead_lines", lambda *_: {"tax_filing": 0.1})
    down = warning.warn_as_of(book.matrix, snapshot, None, END)
    silent = {s.signal for s in book.rules.signals.values() if "tax_filing" in s.silence_of}
    codes = lambda w: {c for text in w.warnings["signals"] for c in silent if f'"{c}"' in text}  # noqa: E731
    assert codes(usual), "the zone has signals of silence"
    assert not codes(down)
    told = down.suppressed[down.suppressed["why"] == "outage"]
    assert (
        set(told["signal"]) == codes(usual) | set(told["signal"])
        and set(told["signal"]) <= silent
        and len(told) > 0
    )
    assert module.DEAD_BELOW < 1 and down.outages == {"tax_filing": 0.1}
