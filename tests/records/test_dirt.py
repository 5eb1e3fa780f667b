"""Every dirt that real credit reports were seen with: what is healed, what is refused, and sums that add up."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from tests.records.conftest import BOOK

from credit_risk.book import Rules, open_rules
from credit_risk.records import FileReport, Pool, ingest

A, B = "91350100M000100Y43", "913100007109392661"
NOW = datetime(2024, 12, 31)
OLD_FORMAT = """  - source: penalties_old
    title: {zh: 旧版处罚, en: Penalties in the old format}
    to: penalty
    files: old*.csv
    map:
      subject: 主体代码
      source_record_id: 决定书号
      event_date: 决定日期
      received_at: 上传时间
      amount: 处罚金额（元）
      kind: {constant: fine}
"""
# The header is wrapped over two lines; the authority is polluted and, in some rows, missing: nobody's record is lost by it.
HEADER = '统一社会信用代码,"行政处罚\n决定书文号",处罚日期,归集时间,公示截止,罚款金额（万元）,类别,处罚机关\n'
ROWS = {
    "clean": f"{A},沪1号,2024-01-05,2024-01-09 10:00:00,2025-01-05,1.5,罚款,上海市监局",
    "null as dashes": f"{A},沪2号,2024-01-05,2024-01-09,2025-01-05,— —,罚款,上海市监局",
    "null as none": f"{A},沪3号,2024-01-05,2024-01-09,2025-01-05,无,罚款,上海市监局",
    "null as slash": f"{A},沪4号,2024-01-05,2024-01-09,2025-01-05,/,罚款,上海市监局",
    "no end": f"{A},沪5号,2024-01-05,2024-01-09,,1,罚款,上海市监局",
    "polluted authority": f"{A},沪6号,2024-01-05,2024-01-09,,1,罚款,上海市监局2024-01-05 9f1c2d3e-0000-4000-8000-1234567890ab (2)",
    "no authority": f"{A},沪7号,2024-01-05,2024-01-09,,1,罚款,",
    "full-width code": f"{B.translate(str.maketrans('0123456789', '０１２３４５６７８９'))},沪8号,2024年1月5日,2024/1/9,,1,罚款,上海市监局",
    "blanks": f" {A}　,沪9号,2024-01-05,2024-01-09,, 1 ,罚款,上海市监局",
    "copy": f"{A},沪1号,2024-01-05,2024-01-09 10:00:00,2025-01-05,1.5,罚款,上海市监局",
    "correction": f"{A},沪5号,2024-01-05,2024-02-09,,2,罚款,上海市监局",
    "event in the future": f"{A},沪10号,2031-01-05,2024-01-09,,1,罚款,上海市监局",
    "published before it happened": f"{A},沪11号,2024-01-15,2024-01-09,,1,罚款,上海市监局",
    "removed before it was listed": f"{A},沪12号,2024-01-05,2024-01-09,2023-01-05,1,罚款,上海市监局",
    "wrong check digit": f"{A[:-1]}4,沪13号,2024-01-05,2024-01-09,,1,罚款,上海市监局",
    "no enterprise": "无,沪14号,2024-01-05,2024-01-09,,1,罚款,上海市监局",
    "unknown code": f"{A},沪15号,2024-01-05,2024-01-09,,1,没收,上海市监局",
    "no number": f"{A},沪16号,2024-01-05,2024-01-09,,壹万,罚款,上海市监局",
}
REFUSED = {
    "later than its receipt": 2, "earlier than its beginning": 1, "not a valid USCC": 1, "missing": 1,
    "unknown code": 1, "not a number of this kind": 1,
}  # fmt: skip


@pytest.fixture
def dirty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rules:
    monkeypatch.delenv("CREDIT_RISK_VAR", raising=False)
    for name, text in BOOK.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        wanted = text.replace(
            "source_record_id: 文号\n      event_date: 处罚日期",
            "source_record_id: 行政处罚决定书文号\n      event_date: 处罚日期",
        )
        path.write_text(wanted + (OLD_FORMAT if name.endswith("yaml") else ""), encoding="utf-8")
    rules = open_rules(tmp_path)
    rules.inbox.mkdir(parents=True)
    (rules.inbox / "penalties.csv").write_text(HEADER + "\n".join(ROWS.values()) + "\n", encoding="utf-8")
    old = "主体代码,决定书号,决定日期,上传时间,处罚金额（元）\n" + f"{B},旧1号,2020.03.01,20200309,5000\n"
    (rules.inbox / "old.csv").write_bytes(old.encode("gb18030"))
    return rules


def _reports(rules: Rules) -> dict[str, FileReport]:
    return {report.file: report for report in ingest(Pool(rules), now=NOW)}


def test_every_row_is_stored_known_or_refused_and_the_sum_is_the_file(dirty: Rules) -> None:
    report = _reports(dirty)["penalties.csv"]
    assert report.read == len(ROWS) == report.new + report.corrected + report.known + report.quarantined
    assert (report.new, report.corrected, report.known, report.quarantined) == (
        9,
        1,
        1,
        sum(REFUSED.values()),
    )
    assert report.unmapped == ("处罚机关",)


def test_what_is_healed_is_stored_as_if_it_had_come_clean(dirty: Rules) -> None:
    _reports(dirty)
    rows = Pool(dirty).scan("penalty").to_pandas().set_index("source_record_id").sort_values("received_at")
    assert rows.loc[["沪2号", "沪3号", "沪4号"], "amount"].isna().all()
    assert float(rows.loc["沪1号", "amount"]) == 15000.0 and pd.isna(rows.loc["沪6号", "usable_until"])
    assert rows.loc["沪8号", "subject"] == B and str(rows.loc["沪8号", "event_date"])[:10] == "2024-01-05"
    assert rows.loc["沪9号", "subject"] == A
    assert [float(v) for v in rows.loc["沪5号", "amount"]] == [10000.0, 20000.0]


def test_what_is_refused_is_kept_with_its_row_field_and_reason(dirty: Rules) -> None:
    _reports(dirty)
    kept = pd.concat(pd.read_parquet(path) for path in (Pool(dirty).folder / "quarantine").glob("*.parquet"))
    assert Counter(kept["reason"]) == REFUSED
    names = list(ROWS)
    refused = {names[row - 1] for row in kept["row"]}
    assert refused == set(names[-7:])


def test_an_old_format_with_other_columns_and_another_encoding_becomes_the_same_type(dirty: Rules) -> None:
    assert _reports(dirty)["old.csv"].new == 1
    row = Pool(dirty).scan("penalty").to_pandas().set_index("source_record_id").loc["旧1号"]
    assert (row["subject"], float(row["amount"]), row["kind"]) == (B, 5000.0, "fine")
