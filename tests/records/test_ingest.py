"""Ingest: good rows load, bad rows are kept with a reason, the counts add up, a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from credit_risk.book import Rules
from credit_risk.errors import SourceError
from credit_risk.records import Pool, Records, ingest

A, B = "91350100M000100Y43", "913100007109392661"
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
GOOD = f"{A},沪1号,2024-01-05,2024-01-09 10:00:00,2027-01-05,1.5,罚款\n"
NOW = datetime(2024, 12, 31)
Put = Callable[..., Path]


def _run(small: Rules) -> tuple[Pool, Any]:
    pool = Pool(small)
    reports = [r for r in ingest(pool, now=NOW) if not r.source.startswith(("repairs", "legal"))]
    assert all(r.read == r.new + r.corrected + r.known + r.quarantined for r in reports)
    return pool, reports[0]


def _stored(pool: Pool) -> pd.DataFrame:
    return pool.scan("penalty").order_by("source_record_id").to_pandas()


def _refused(pool: Pool) -> pd.DataFrame:
    files = sorted((pool.folder / "quarantine").glob("*.parquet"))
    return pd.concat([pd.read_parquet(f) for f in files], ignore_index=True)


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_good_row_is_stored_with_its_clocks_and_its_unit(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + GOOD)
    pool, report = _run(small)
    row = _stored(pool).iloc[0]
    assert (report.new, report.quarantined) == (1, 0)
    assert (row["subject"], row["kind"], float(row["amount"])) == (A, "fine", 15000.0)
    assert str(row["received_at"]) == "2024-01-09 10:00:00"
    assert str(row["usable_until"])[:10] == "2027-01-05"


@pytest.mark.parametrize(
    ("row", "field", "came"),
    [
        ("91350100M000100Y44,x,2024-01-05,2024-01-09,,1,罚款", "subject", "91350100M000100Y44"),
        (",x,2024-01-05,2024-01-09,,1,罚款", "subject", None),
        (f"{A},x,2024-13-05,2024-01-09,,1,罚款", "event_date", "2024-13-05"),
        (f"{A},x,— —,2024-01-09,,1,罚款", "event_date", "— —"),
        (f"{A},x,2024-02-05,2024-01-09,,1,罚款", "event_date", "2024-02-05"),
        (f"{A},x,2024-01-05,2025-01-09,,1,罚款", "received_at", "2025-01-09"),
        (f"{A},x,2024-01-05,2024-01-09T20:00:00Z,,1,罚款", "received_at", "2024-01-09T20:00:00Z"),
        (f"{A},x,2024-01-05,2024-01-09 20:00:00+08:00,,1,罚款", "received_at", "+08:00"),
        (f"{A},x,2024-01-05,infinity,,1,罚款", "received_at", "infinity"),
        (f"{A},x,2024-01-05,2024-01-09,20255-01-01,1,罚款", "usable_until", "20255-01-01"),
        (f"{A},x,2024-01-05,2024-01-09,infinity,1,罚款", "usable_until", "infinity"),
        (f"{A},x,-infinity,2024-01-09,,1,罚款", "event_date", "-infinity"),
        (f"{A},x,2024-01-05,2024-01-09,,1,没收", "kind", "没收"),
        (f"{A},x,2024-01-05,2024-01-09,,约一万,罚款", "amount", "约一万"),
        (f"{A},x,2024-01-05,2024-01-09,,-1,罚款", "amount", "-1"),
    ],
)
def test_a_bad_row_is_kept_with_field_value_and_reason_and_the_good_row_loads(
    small: Rules, put: Put, row: str, field: str, came: str | None
) -> None:
    put("penalties.csv", HEADER + GOOD + row + "\n")
    pool, report = _run(small)
    refused = _refused(pool)
    assert (report.read, report.new, report.quarantined) == (2, 1, 1)
    assert refused["field"].tolist() == [field]
    assert refused["row"].tolist() == [2]
    if came is not None:
        assert came.strip("— ") in str(refused["came"].iloc[0]) or came == "— —"
    assert refused["reason"].iloc[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_any_usual_encoding_is_read(small: Rules, put: Put, encoding: str) -> None:
    put("penalties.csv", HEADER + GOOD, encoding)
    pool, report = _run(small)
    assert report.new == 1
    assert _stored(pool)["source_record_id"].tolist() == ["沪1号"]


def test_words_for_nothing_are_null_and_not_zero(small: Rules, put: Put) -> None:
    words = ["— —", "无", "/", ""]
    put(
        "penalties.csv",
        HEADER + "".join(f"{A},{i},2024-01-05,2024-01-09,{w},{w},罚款\n" for i, w in enumerate(words)),
    )
    pool, report = _run(small)
    assert report.new == 4
    assert _stored(pool)[["amount", "usable_until"]].isna().all().all()


def test_an_exact_copy_is_known_and_a_later_version_corrects(small: Rules, put: Put) -> None:
    later = GOOD.replace("2024-01-09 10", "2024-03-01 10").replace("1.5", "2.5")
    put("penalties.csv", HEADER + GOOD + GOOD + later)
    pool, report = _run(small)
    assert (report.new, report.corrected, report.known) == (1, 1, 1)
    amounts = [
        float(Records(pool).known("penalty", t).to_pandas()["amount"].iloc[0])
        for t in ("2024-02-01", "2024-03-01")
    ]
    assert amounts == [15000.0, 25000.0]


def test_a_correction_that_names_another_enterprise_is_refused(small: Rules, put: Put) -> None:
    moved = GOOD.replace(A, B).replace("2024-01-09", "2024-02-01")
    put("penalties.csv", HEADER + GOOD + moved)
    pool, report = _run(small)
    assert (report.new, report.corrected, report.quarantined) == (1, 0, 1)
    put("penalties2.csv", HEADER + moved.replace("2024-02-01", "2024-01-08").replace("1.5", "2.5"))
    pool, _ = _run(small)
    refused = _refused(pool)
    assert refused["field"].tolist() == ["subject"] * 2 and set(refused["came"]) == {B}
    assert refused["reason"].str.contains("another enterprise").all()
    assert _stored(pool)["subject"].tolist() == [A]


def test_one_id_with_two_contents_at_one_receipt_is_nobodys_truth(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + GOOD + GOOD.replace("1.5", "2.5"))
    pool, report = _run(small)
    assert report.quarantined == 2
    assert set(_refused(pool)["reason"]) == {"same id and receipt, different content"}


def test_a_second_run_changes_no_byte(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + GOOD + f"{A},x,bad,2024-01-09,,1,罚款\n")
    pool, first = _run(small)
    before = _files(pool.folder)
    _, second = _run(small)
    assert _files(pool.folder) == before
    assert (second.skipped, second.new, second.quarantined) == (True, first.new, first.quarantined)


def test_a_second_file_with_the_same_rows_adds_nothing(small: Rules, put: Put) -> None:
    put("penalties1.csv", HEADER + GOOD)
    put("penalties2.csv", HEADER + GOOD + f"{B},沪2号,2024-01-06,2024-01-09 10:00:00,,1,警告\n")
    pool = Pool(small)
    reports = ingest(pool, now=NOW)
    assert [(r.new, r.known) for r in reports if r.source == "penalties"] == [(1, 0), (1, 1)]
    assert len(_stored(pool)) == 2


def test_a_missing_column_stops_with_its_name_and_the_nearest(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER.replace("处罚日期", "处罚决定日期") + GOOD)
    with pytest.raises(
        SourceError, match=r"penalties.csv: column '处罚日期' .*event_date.*\n.*处罚决定日期"
    ) as found:
        _run(small)
    assert found.value.exit_code == 2
    assert not list((small.var / "pool").rglob("*.parquet"))


def test_a_missing_file_stops_with_its_name(small: Rules) -> None:
    with pytest.raises(SourceError, match=r"source penalties: no file 'penalties\*.csv'") as found:
        _run(small)
    assert found.value.exit_code == 2


def test_a_persons_number_is_stored_nowhere(small: Rules, put: Put) -> None:
    number = "310101198001011234"
    put("penalties.csv", HEADER + GOOD)
    put(
        "legal_reps.csv",
        f"证件号码,统一社会信用代码,编号,任职日期,归集时间\n{number},{A},1,2020-01-01,2020-02-01\n{number},{B[:-1]}X,2,2020-01-01,2020-02-01\n",
    )
    pool, _ = _run(small)
    stored = pool.scan("legal_rep").to_pandas()
    assert stored["src"].str.match(r"person:[0-9a-f]{32}$").all() and len(stored) == 1
    assert len(_refused(pool)) == 1
    tables = [pd.read_parquet(p).to_string() for p in pool.folder.rglob("*.parquet")]
    assert not any(number in text for text in tables)


def test_a_repair_ends_the_use_of_a_record_from_its_receipt_on(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + GOOD)
    put(
        "repairs.csv", f"统一社会信用代码,文号,修复日期,归集时间,原文号\n{A},r1,2024-05-01,2024-05-10,沪1号\n"
    )
    pool, _ = _run(small)
    records = Records(pool)
    used = {
        t: len(records.as_of("penalty", t).to_pandas())
        for t in ("2024-01-08", "2024-01-09", "2024-05-09", "2024-05-10")
    }
    assert list(used.values()) == [0, 1, 1, 0]
    assert len(records.known("penalty", "2024-12-31").to_pandas()) == 1


def test_a_record_is_used_until_its_publicity_ends(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + GOOD.replace("2027-01-05", "2024-06-01"))
    pool, _ = _run(small)
    used = [len(Records(pool).as_of("penalty", t).to_pandas()) for t in ("2024-05-31", "2024-06-01")]
    assert used == [1, 0]


def test_a_draft_of_a_batch_is_never_read(small: Rules, put: Put) -> None:
    put("penalties.csv", HEADER + GOOD)
    pool, _ = _run(small)
    batch = pool.files("penalty")[0]
    batch.with_name(".half.1.draft").write_bytes(b"half")
    assert pool.files("penalty") == [batch]
    assert len(_stored(pool)) == 1


def test_a_persons_number_in_free_text_is_blotted_out() -> None:
    import duckdb

    from credit_risk.records.ingest.clean import without_person_numbers

    texts = {
        '{"备注":"联系人310115198001011234"}': '{"备注":"联系人***"}',
        '{"a":"31011519800101123X","b":"440305200012319876,x"}': '{"a":"***","b":"***,x"}',
        '{"code":"91310115MA1K3CUM7M","old":"914403001922038216"}': '{"code":"91310115MA1K3CUM7M","old":"914403001922038216"}',
        '{"n":"3101151980010112345"}': '{"n":"3101151980010112345"}',
    }
    for given, expected in texts.items():
        assert duckdb.execute(f"SELECT {without_person_numbers('$1')}", [given]).fetchone() == (expected,)
