"""Several sources tell the same fact: one counts, from the moment on at which both are known, and what differs is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from credit_risk.archive import read_archive
from credit_risk.archive.page import archive_text
from credit_risk.book import Rules, open_rules
from credit_risk.errors import BookError
from credit_risk.records import Pool, Records, ingest
from credit_risk.records.contract import breaches
from credit_risk.records.one import Quick
from credit_risk.records.reader import Reader

A, B = "91350100M000100Y43", "913100007109392661"
NOW = datetime(2024, 12, 31)
Put = Callable[..., Path]
MORE = """
records:
  - type: source_conflict
    title: {zh: 来源优先, en: Another source prevails}
    department: 平台
    life: superseded
    fields: {preferred: {type: text}, told_by: {type: text}, differs: {type: text}}
sources:
  - {source: city, title: {zh: 市平台, en: City platform}, to: penalty, files: city*.csv, optional: true,
     map: {subject: uscc, source_record_id: id, event_date: day, received_at: got, amount: amount, kind: kind}}
"""
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
CITY = "uscc,id,day,got,amount,kind\n"
SAME = "    same: {by: [source_record_id], prevails: [city, penalties]}\n"


@pytest.fixture
def two(small: Rules) -> Rules:
    path = small.root / "sources" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("    department: 市场监督管理局\n", "    department: 市场监督管理局\n" + SAME, 1),
        encoding="utf-8",
    )
    (small.root / "sources" / "more.yaml").write_text(MORE, encoding="utf-8")
    return open_rules(small.root)


def _used(pool: Pool, t: str) -> list[tuple[str, float]]:
    rows = Records(pool).as_of("penalty", t).to_pandas()
    fast = Quick(pool).as_of("penalty", t, [A, B]).to_pandas()
    told = sorted((str(r.source), float(r.amount)) for r in rows.itertuples())
    assert told == sorted((str(r.source), float(r.amount)) for r in fast.itertuples())
    return told


def test_the_prevailing_source_counts_from_the_moment_on_at_which_both_are_known(
    two: Rules, put: Put
) -> None:
    put(
        "penalties.csv",
        HEADER + f"{A},沪1号,2024-01-05,2024-01-09,,1.5,罚款\n{B},沪2号,2024-01-05,2024-01-09,,1,罚款\n",
    )
    put("city.csv", CITY + f"{A},沪1号,2024-01-05,2024-02-01,20000,fine\n")
    pool = Pool(two)
    ingest(pool, now=NOW)
    assert _used(pool, "2024-01-31") == [("penalties", 10000.0), ("penalties", 15000.0)]
    assert _used(pool, "2024-02-01") == [("city", 20000.0), ("penalties", 10000.0)]


def test_what_differs_is_kept_and_every_correction_of_either_makes_a_new_version(
    two: Rules, put: Put
) -> None:
    put(
        "penalties.csv",
        HEADER + f"{A},沪1号,2024-01-05,2024-01-09,,1.5,罚款\n{A},沪1号,2024-01-05,2024-03-01,,2,罚款\n",
    )
    put(
        "city.csv",
        CITY + f"{A},沪1号,2024-01-05,2024-02-01,20000,fine\n{A},沪1号,2024-01-06,2024-04-01,20000,warning\n",
    )
    pool = Pool(two)
    ingest(pool, now=NOW)
    told = {
        t: Records(pool).known("source_conflict", t).to_pyarrow()["differs"].to_pylist()
        for t in ("2024-01-31", "2024-02-01", "2024-03-01", "2024-04-01")
    }
    assert told["2024-01-31"] == []
    assert told["2024-02-01"] == ["amount: 15000.00 | 20000.00"]
    assert told["2024-03-01"] == [None]  # they agree by now: a duplicate, still superseded
    assert told["2024-04-01"] == ["event_date: 2024-01-05 | 2024-01-06\nkind: fine | warning"]
    assert _used(pool, "2024-12-31") == [("city", 20000.0)]
    assert breaches(pool, "source_conflict") == []


def test_another_enterprise_with_the_same_number_and_one_source_alone_are_left_alone(
    two: Rules, put: Put
) -> None:
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-01-09,,1.5,罚款\n")
    put("city.csv", CITY + f"{B},沪1号,2024-01-05,2024-02-01,20000,fine\n")
    pool = Pool(two)
    ingest(pool, now=NOW)
    assert not pool.holds("source_conflict") and len(_used(pool, "2024-12-31")) == 2


def test_ingested_again_or_in_another_order_nothing_is_written_twice(two: Rules, put: Put) -> None:
    put("penalties.csv", HEADER)
    put("city.csv", CITY + f"{A},沪1号,2024-01-05,2024-02-01,20000,fine\n")
    pool = Pool(two)
    ingest(pool, now=NOW)
    put("penalties_late.csv", HEADER + f"{A},沪1号,2024-01-05,2024-01-09,,1.5,罚款\n")
    for _ in range(2):
        ingest(pool, now=NOW)
    rows = pool.scan("source_conflict").to_pandas()
    assert len(rows) == 1 and rows["received_at"].iloc[0] == datetime(2024, 2, 1)
    assert _used(pool, "2024-12-31") == [("city", 20000.0)]


def test_the_archive_names_who_prevails_and_what_differs_and_hides_both_once_it_is_repaired(
    two: Rules, put: Put
) -> None:
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-01-09,,1.5,罚款\n")
    put("city.csv", CITY + f"{A},沪1号,2024-01-05,2024-02-01,20000,warning\n")
    path = two.root / "sources" / "all.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("record_of: penalties", "record_of: city"), encoding="utf-8"
    )
    rules = open_rules(two.root)
    put(
        "repairs.csv", f"统一社会信用代码,文号,修复日期,归集时间,原文号\n{A},r1,2024-05-01,2024-05-10,沪1号\n"
    )
    pool = Pool(rules)
    ingest(pool, now=NOW)

    def read(t: str, everything: bool) -> str:
        return archive_text(read_archive(rules, Reader(pool), A, t, everything=everything))

    before = read("2024-03-01", False)
    assert "以其他来源为准" in before and "为准来源市平台" in before and "kind 罚款 ↔ 警告" in before
    after = read_archive(rules, Reader(pool), A, "2024-06-01", everything=False)
    assert after.lines == [] and after.hidden == 2
    assert read("2024-06-01", True).count("〔已修复〕") == 2


def test_a_precedence_that_names_an_unknown_source_is_an_error_of_the_book(two: Rules) -> None:
    path = two.root / "sources" / "all.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[city, penalties]", "[citty, penalties]"), encoding="utf-8"
    )
    with pytest.raises(BookError, match="expected a source of penalty, came 'citty'"):
        open_rules(two.root)
