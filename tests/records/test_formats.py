"""A department may deliver in any of its own formats: what is stored is the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from credit_risk.book import Rules, open_rules
from credit_risk.errors import SourceError
from credit_risk.records import FileReport, Pool, ingest

A, B = "91350100M000100Y43", "913100007109392661"
NOW = datetime(2024, 12, 31)
COLUMNS = ["统一社会信用代码", "文号", "处罚日期", "归集时间", "公示截止", "罚款金额（万元）", "类别"]
ROWS = [
    [A, "沪1号", "2024-01-05", "2024-01-09 10:00:00", "2027-01-05", "1.5", "罚款"],
    [B, "沪2号", "2024-02-05", "2024-02-09 00:00:00", None, "0.01", "警告"],
    [B, "007", "2024-03-05", "2024-03-09 23:59:59", None, None, "罚款"],
    [B[:-1] + "2", "沪4号", "2024-03-05", "2024-03-09 10:00:00", None, "1", "罚款"],
]
STORED = [
    (B, "007", "2024-03-05", "2024-03-09 23:59:59", None, None, "fine"),
    (A, "沪1号", "2024-01-05", "2024-01-09 10:00:00", "2027-01-05", 15000.0, "fine"),
    (B, "沪2号", "2024-02-05", "2024-02-09 00:00:00", None, 100.0, "warning"),
]


def _frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS)


def _typed() -> pd.DataFrame:
    """The same rows with real dates and numbers, as a workbook or database holds them."""
    frame = _frame()
    for column in COLUMNS[2:5]:
        frame[column] = pd.to_datetime(frame[column])
    return frame.assign(**{COLUMNS[5]: pd.to_numeric(frame[COLUMNS[5]])})


def _csv(folder: Path) -> None:
    _frame().to_csv(folder / "penalties.csv", index=False)


def _xlsx(folder: Path) -> None:
    _frame().to_excel(folder / "penalties.xlsx", index=False)


def _xlsx_typed(folder: Path) -> None:
    _typed().to_excel(folder / "penalties.xlsx", index=False)


def _jsonl(folder: Path) -> None:
    lines = [json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) for row in ROWS]
    (folder / "penalties.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _parquet(folder: Path) -> None:
    _frame().to_parquet(folder / "penalties.parquet", index=False)


def _parquet_typed(folder: Path) -> None:
    _typed().to_parquet(folder / "penalties.parquet", index=False)


def _sqlite(folder: Path) -> None:
    with sqlite3.connect(folder / "penalties.db") as base:
        _frame().astype({COLUMNS[5]: float}).to_sql("处罚", base, index=False)
    base.close()


def _ingested(small: Rules, write: Callable[[Path], None], how: str) -> tuple[Pool, FileReport]:
    path = small.root / "sources" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("files: penalties*.csv", how), encoding="utf-8")
    rules = open_rules(small.root)
    write(rules.inbox)
    pool = Pool(rules)
    return pool, ingest(pool, now=NOW)[0]


TABLE = 'database: penalties.db\n    query: SELECT * FROM "处罚"'


@pytest.mark.parametrize(
    ("write", "how"),
    [
        (_csv, "files: penalties*.csv"),
        (_xlsx, "files: '*.xlsx'"),
        (_xlsx_typed, "files: '*.xlsx'"),
        (_jsonl, "files: '*.jsonl'"),
        (_parquet, "files: '*.parquet'"),
        (_parquet_typed, "files: '*.parquet'"),
        (_sqlite, TABLE),
        (_sqlite, TABLE.replace("penalties.db", "sqlite:///$FOLDER/penalties.db")),
    ],
)
def test_every_format_gives_the_same_records_and_the_same_refusal(
    small: Rules, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None], how: str
) -> None:
    monkeypatch.setenv("FOLDER", str(small.inbox))
    pool, report = _ingested(small, write, how)
    assert (report.read, report.new, report.quarantined) == (4, 3, 1)
    rows = pool.scan("penalty").order_by("source_record_id").to_pyarrow().to_pylist()
    stored = [
        (
            r["subject"], r["source_record_id"], str(r["event_date"]), str(r["received_at"]),
            str(r["usable_until"]) if r["usable_until"] else None, float(r["amount"]) if r["amount"] else None, r["kind"],
        )
        for r in rows
    ]  # fmt: skip
    assert stored == STORED


def test_a_database_is_read_anew_and_only_what_changed_is_stored(small: Rules) -> None:
    pool, _ = _ingested(small, _sqlite, TABLE)
    with sqlite3.connect(pool.rules.inbox / "penalties.db") as base:
        base.execute(
            "INSERT INTO 处罚 VALUES (?, '沪5号', '2024-04-05', '2024-04-09 10:00:00', NULL, 2, '罚款')", [A]
        )
        base.execute("UPDATE 处罚 SET 归集时间 = '2024-05-01 10:00:00', 类别 = '警告' WHERE 文号 = '沪1号'")
    base.close()
    report = ingest(pool, now=NOW)[0]
    assert (report.read, report.new, report.corrected, report.known, report.quarantined) == (5, 1, 1, 2, 1)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (TABLE.replace('"处罚"', "fines"), "no such table: fines"),
        (TABLE.replace("penalties.db", "other.db"), "no database 'other.db'"),
        (TABLE.replace("penalties.db", "sqlite:///$NOT_SET_HERE/x.db"), "'NOT_SET_HERE' is not set"),
        (TABLE.replace("penalties.db", "oracel://x/y"), "does not answer"),
    ],
)
def test_a_database_that_cannot_be_read_says_why(small: Rules, how: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        _ingested(small, _sqlite, how)
