"""The archive of an enterprise that was absorbed by another, and how a long archive stays readable."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from tests.conftest import ROOT

from credit_risk.archive import Archive, archive_page, read_archive
from credit_risk.archive.names import names_of
from credit_risk.archive.page import archive_text, blocks
from credit_risk.records import ingest
from credit_risk.records.reader import Reader
from credit_risk.zone import Book

A, B = "91310115MA1K3CUM7M", "91350100M000100Y43"
FILES = {
    "registration": "DJ1,{a},上海旧名贸易有限公司,2010-01-01,100,贸易转口,小型,外高桥保税区,2010-01-05\n"
    "DJ1,{a},上海源创贸易有限公司,2010-01-01,100,贸易转口,小型,外高桥保税区,2015-01-05\n"
    "DJ2,{b},上海恒港贸易有限公司,2005-01-01,900,贸易转口,中型,外高桥保税区,2005-01-05\n",
    "succession": "HB1a,{a},2026-03-02,2026-03-06,被吸收合并,{b},上海恒港贸易有限公司\n"
    "HB1b,{b},2026-03-02,2026-03-06,吸收合并,{a},上海源创贸易有限公司\n",
    "deregistration": "ZX1,{a},合并注销,2026-03-20,2026-03-25\n",
    "supplies": "GY1,{a},{b},0.4,2020-01-01,,2020-02-01\n",
    "utility": "".join(f"D{n},{{a}},2024-{n:02}-28,2025-01-31,1000,否,5\n" for n in range(1, 10)),
}
COLUMNS = {
    "registration": "source_record_id subject name established capital industry size zone received_at",
    "succession": "source_record_id subject event_date received_at role counterpart counterpart_name",
    "deregistration": "source_record_id subject manner event_date received_at",
    "supplies": "source_record_id src dst weight valid_from valid_to received_at",
    "utility": "source_record_id subject event_date received_at kwh overdue days_taken",
}


@pytest.fixture
def merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    book = Book.open(ROOT)
    book.rules.inbox.mkdir(parents=True)
    only = {name: book.rules.sources[name] for name in FILES}
    book.rules.sources.clear()
    book.rules.sources.update(only)
    for name, rows in FILES.items():
        header = ",".join(str(only[name].map[c].column) for c in COLUMNS[name].split())
        text = header + "\n" + rows.format(a=A, b=B)
        (book.rules.inbox / str(only[name].files)).write_text(text, encoding="utf-8")
    reports = ingest(book.pool, now=datetime(2026, 6, 30))
    assert not [r for r in reports if r.quarantined]
    return book


def _read(book: Book, subject: str, t: str = "2026-06-30") -> Archive:
    return read_archive(book.rules, Reader(book.pool), subject, t, everything=False)


def test_both_sides_of_a_merger_tell_it_from_the_day_on_which_it_was_received(merged: Book) -> None:
    names = names_of(merged.rules, merged.records, [A, B], "2026-06-30")
    assert names == {A: ["上海旧名贸易有限公司", "上海源创贸易有限公司"], B: ["上海恒港贸易有限公司"]}
    absorbed, absorber = (archive_text(_read(merged, one), names) for one in (A, B))
    assert "曾用名 formerly 上海旧名贸易有限公司" in absorbed and "曾用名" not in absorber
    assert "被吸收合并入" in absorbed and "退出方式因合并注销" in absorbed
    assert "吸收合并了" in absorber and f"← 上海源创贸易有限公司 {A}" in absorber
    assert f"→ 上海恒港贸易有限公司 {B}" in absorbed
    assert "合并" not in archive_text(_read(merged, A, "2026-03-05"))


def test_what_is_reported_every_month_is_folded_and_nothing_is_lost(merged: Book) -> None:
    archive = _read(merged, A)
    months = [line for line in archive.lines if line.kind == "utility"]
    assert len(months) == 9
    told = blocks(archive.lines)
    (folded,) = [lines for title, lines in told if title is not None]
    assert folded == months and sum(len(lines) for _, lines in told) == len(archive.lines)
    page = archive_page(archive)
    assert page.count("<details>") == 1 and all(f'id="{line.record_id}"' in page for line in archive.lines)
