"""The inbox: a receipt means durable, the rules are those of files, and folding changes nothing that is read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.records import Inbox, Pool, Records, fold, ingest

A, B = "91350100M000100Y43", "913100007109392661"
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
NOW = datetime(2024, 6, 1, 12)
LATER = NOW + timedelta(hours=1)
Put = Callable[..., Path]


def _fine(number: str = "沪9号", subject: str = A, **more: Any) -> dict[str, Any]:
    return {
        "subject": subject, "source_record_id": number, "event_date": "2024-05-20", "amount": 15000, "kind": "fine",
    } | more  # fmt: skip


def _usable(pool: Pool, t: datetime = LATER, kind: str = "penalty") -> pd.DataFrame:
    return Records(pool).as_of(kind, t).order_by("source_record_id").to_pandas()


def test_a_posted_record_is_read_at_once_and_was_unknown_before(small: Rules) -> None:
    pool = Pool(small)
    receipt = Inbox(pool).post("penalty", [_fine()], by="court", now=NOW)
    assert (receipt.read, receipt.new, receipt.quarantined) == (1, 1, 0)
    row = _usable(Pool(small)).iloc[0]
    assert (row["subject"], float(row["amount"]), row["source"]) == (A, 15000.0, "penalties")
    assert row["received_at"] == pd.Timestamp(NOW)
    assert _usable(pool, NOW - timedelta(seconds=1)).empty


def test_the_words_of_the_file_and_those_of_the_engine_say_the_same(small: Rules) -> None:
    pool = Pool(small)
    Inbox(pool).post("penalties", [_fine()], by="a", now=NOW)
    words = {
        "统一社会信用代码": A,
        "文号": "沪9号",
        "处罚日期": "2024年5月20日",
        "罚款金额（万元）": "1.5",
        "类别": "罚款",
    }
    assert Inbox(pool).post("penalties", [words], by="b", now=LATER).known == 1


def test_a_bad_row_goes_to_quarantine_with_the_reason_a_file_would_give(small: Rules, put: Put) -> None:
    pool = Pool(small)
    bad = _fine("x", A[:-1] + "4", event_date="2024-13-05")
    receipt = Inbox(pool).post("penalty", [_fine(), bad], by="court", now=NOW)
    assert (receipt.new, receipt.quarantined) == (1, 1)
    put("penalties.csv", HEADER + f"{A[:-1]}4,x,2024-13-05,2024-05-30,,1.5,罚款\n")
    ingest(pool, now=LATER)
    files = [pd.read_parquet(path) for path in (pool.folder / "quarantine").glob("*.parquet")]
    told = {tuple(sorted(zip(f["field"], f["came"], f["reason"], strict=True))) for f in files}
    assert len(files) == 2 and len(told) == 1
    assert {(p.row, p.field) for p in receipt.problems} == {(2, "subject"), (2, "event_date")}


def test_the_same_key_gives_the_same_receipt_and_stores_nothing_twice(small: Rules) -> None:
    box = Inbox(Pool(small))
    first = box.post("penalty", [_fine()], by="court", idempotency_key="k", now=NOW)
    again = box.post("penalty", [_fine()], by="court", idempotency_key="k", now=LATER)
    assert again.repeated and again.receipt_id == first.receipt_id and again.at == NOW
    with pytest.raises(InputError, match="other rows"):
        box.post("penalty", [_fine("沪8号")], by="court", idempotency_key="k", now=LATER)
    assert box.post("penalty", [_fine()], by="court", now=LATER).known == 1
    assert len(_usable(box.pool)) == 1 and box.receipt(first.receipt_id) == first


def test_a_correction_counts_from_its_post_on_and_may_not_move_to_another_enterprise(small: Rules) -> None:
    box = Inbox(Pool(small))
    box.post("penalty", [_fine()], by="court", now=NOW)
    assert box.post("penalty", [_fine(amount=1)], by="court", now=LATER).corrected == 1
    assert [float(_usable(box.pool, t)["amount"].iloc[0]) for t in (NOW, LATER)] == [15000.0, 1.0]
    moved = box.post("penalty", [_fine(subject=B)], by="court", now=LATER)
    assert moved.quarantined == 1 and "another enterprise" in moved.problems[0].reason


def test_a_posted_repair_ends_a_record_that_came_in_a_file(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-01-09,,1.5,罚款\n")
    pool = Pool(small)
    ingest(pool, now=NOW)
    repair = {"subject": A, "source_record_id": "r1", "event_date": "2024-06-01", "target": "沪1号"}
    Inbox(pool).post("repair", [repair], by="credit china", now=NOW)
    assert len(_usable(pool, NOW - timedelta(seconds=1))) == 1 and _usable(pool).empty
    fold(pool)
    assert _usable(Pool(small)).empty


def test_folding_moves_rows_to_parquet_and_nobody_sees_a_difference(small: Rules) -> None:
    pool = Pool(small)
    for n in range(3):
        Inbox(pool).post(
            "penalty", [_fine(f"沪{n}号", (A, B)[n % 2])], by="court", now=NOW + timedelta(minutes=n)
        )
    before = _usable(pool)
    assert fold(pool).records == 3 and fold(pool).records == 0
    assert len(pool.files("penalty")) == 1
    pd.testing.assert_frame_equal(_usable(Pool(small)), before)


def test_many_small_batches_become_one_sorted_by_enterprise_and_the_parts_go_later(small: Rules) -> None:
    pool = Pool(small)
    for n in range(4):
        Inbox(pool).post("penalty", [_fine(f"沪{n}号", (B, A)[n % 2])], by="court", now=NOW)
        fold(pool)
    before = _usable(pool)
    assert fold(pool, small_batches=4, grace=3600).merged == 4
    assert len(pool.files("penalty")) == 1 and len(list(pool.type_folder("penalty").glob("*.parquet"))) == 5
    assert pd.read_parquet(pool.files("penalty")[0])["subject"].is_monotonic_increasing
    pd.testing.assert_frame_equal(_usable(Pool(small)), before)
    fold(pool, grace=0)
    assert len(list(pool.type_folder("penalty").glob("*.parquet"))) == 1
    pd.testing.assert_frame_equal(_usable(Pool(small)), before)


def test_a_record_that_was_posted_is_known_when_the_file_brings_it(small: Rules, put: Put) -> None:
    pool = Pool(small)
    Inbox(pool).post("penalty", [_fine()], by="court", now=NOW)
    put("penalties.csv", HEADER + f"{A},沪9号,2024-05-20,2024-05-30,,1.5,罚款\n")
    report = ingest(pool, now=LATER)[0]
    assert (report.read, report.known) == (1, 1) and len(_usable(pool)) == 1
    assert _usable(pool, NOW - timedelta(seconds=1)).empty


@pytest.mark.parametrize(
    ("source", "rows", "said"),
    [
        ("penalty", [], "expected 1 to"),
        ("penalty", [{"subjekt": A}], "unknown field 'subjekt'"),
        ("penalty", [_fine(received_at="2020-01-01")], "unknown field 'received_at'"),
        ("penalti", [_fine()], "no source or type"),
    ],
)
def test_a_post_that_cannot_be_read_says_why(
    small: Rules, source: str, rows: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        Inbox(Pool(small)).post(source, rows, by="court", now=NOW)


def test_a_persons_number_is_stored_nowhere(small: Rules) -> None:
    pool = Pool(small)
    number = "310115198001011234"
    row = {"src": number, "dst": A, "source_record_id": "1", "valid_from": "2024-05-01"}
    Inbox(pool).post("legal_rep", [row], by="registry", now=NOW)
    assert str(pool.scan("legal_rep").to_pandas()["src"].iloc[0]).startswith("person:")
    stored = b"".join(path.read_bytes() for path in small.var.rglob("*") if path.is_file())
    assert number.encode() not in stored
