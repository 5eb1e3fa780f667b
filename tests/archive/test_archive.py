"""The archive: everything known at t and nothing later, repaired facts for auditors only, every line resolvable."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest
from tests.conftest import END

from credit_risk.archive import archive_page, read_archive
from credit_risk.archive.page import archive_json, archive_text
from credit_risk.archive.timeline import Archive
from credit_risk.errors import InputError
from credit_risk.records.reader import Reader
from credit_risk.zone import Book


def _read(book: Book, subject: str, t: str = END, everything: bool = True) -> Archive:
    return read_archive(book.rules, Reader(book.pool), subject, t, everything=everything)


@pytest.fixture(scope="module")
def repaired(book: Book) -> tuple[str, str]:
    """Subject and record id of a penalty that was repaired by the end."""
    repairs = book.records.known("repair", END).to_pandas()["target"]
    penalties = book.records.known("admin_penalty", END).to_pandas()
    found = penalties[penalties["record_id"].isin(repairs)].iloc[0]
    return str(found["subject"]), str(found["record_id"])


def test_it_holds_every_record_and_relation_known_at_t(book: Book, repaired: tuple[str, str]) -> None:
    subject, _ = repaired
    lines = _read(book, subject).lines
    expected: set[str] = set()
    for kind, rule in book.rules.records.items():
        if rule.life is None and book.pool.files(kind):
            rows = book.records.known(kind, END)
            expected |= set(rows.filter(rows.subject == subject).record_id.execute())
    for kind in book.rules.relations:
        if book.pool.files(kind):
            rows = book.records.known(kind, END)
            expected |= set(rows.filter((rows.src == subject) | (rows.dst == subject)).record_id.execute())
    assert {line.record_id for line in lines} == expected and len(lines) == len(expected)
    assert [line.happened for line in lines] == sorted(line.happened for line in lines)


def test_nothing_received_later_is_in_it(book: Book, repaired: tuple[str, str]) -> None:
    subject, _ = repaired
    earlier = "2024-09-30"
    lines = _read(book, subject, earlier).lines
    assert lines and all(line.received_at <= datetime(2024, 9, 30, 23, 59, 59, 999999) for line in lines)
    assert {line.record_id for line in lines} < {line.record_id for line in _read(book, subject).lines}


def test_a_repaired_fact_is_shown_to_auditors_only_and_as_repaired(
    book: Book, repaired: tuple[str, str]
) -> None:
    subject, record_id = repaired
    auditor = {line.record_id: line for line in _read(book, subject).lines}
    assert auditor[record_id].status == "repaired" and auditor[record_id].changed_on
    others = _read(book, subject, everything=False)
    assert record_id not in {line.record_id for line in others.lines}
    assert others.hidden == len(auditor) - len(others.lines) > 0
    usable = set(book.records.as_of("admin_penalty", END).record_id.execute())
    assert {
        i for i, line in auditor.items() if line.kind == "admin_penalty" and line.status == "usable"
    } <= usable


def test_before_the_repair_was_received_it_was_in_use(book: Book, repaired: tuple[str, str]) -> None:
    subject, record_id = repaired
    repairs = book.records.known("repair", END).to_pandas().set_index("target")
    before = repairs.at[record_id, "received_at"] - pd.Timedelta(seconds=1)
    lines = {line.record_id: line for line in _read(book, subject, before.to_pydatetime().isoformat()).lines}
    assert lines[record_id].status in ("usable", "expired")


def test_adverse_facts_older_than_five_years_are_not_shown(book: Book, repaired: tuple[str, str]) -> None:
    subject, _ = repaired
    far = replace(book.rules)
    everything = read_archive(far, Reader(book.pool), subject, "2040-01-01", everything=True)
    shown = read_archive(far, Reader(book.pool), subject, "2040-01-01", everything=False)
    adverse = [line for line in everything.lines if line.severity in ("minor", "general", "serious")]
    assert adverse and not [line for line in shown.lines if line.severity in ("minor", "general", "serious")]


def test_the_three_ways_to_tell_it_say_the_same(book: Book, repaired: tuple[str, str]) -> None:
    archive = _read(book, repaired[0])
    told = json.loads(archive_json(archive))
    assert [line["record_id"] for line in told["lines"]] == [line.record_id for line in archive.lines]
    page, text = archive_page(archive), archive_text(archive)
    assert all(line.record_id in page and line.record_id[:12] in text for line in archive.lines)
    assert "已修复" in page and "已修复" in text and "http" not in page


def test_no_person_is_named(book: Book, repaired: tuple[str, str]) -> None:
    archive = _read(book, repaired[0])
    persons = {line.other for line in archive.lines if line.other and line.other.startswith("person:")}
    assert persons and not any(person in archive_page(archive) for person in persons)


def test_an_enterprise_nobody_knows_is_an_error(book: Book) -> None:
    with pytest.raises(InputError, match="nothing is known"):
        _read(book, "91350100M000100Y43")
