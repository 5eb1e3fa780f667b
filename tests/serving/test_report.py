"""The credit report: only what the scene may know, nothing that may no longer be used, nothing later than its day."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import END, ROOT
from typer.testing import CliRunner

from credit_risk.archive import read_archive
from credit_risk.cli import app
from credit_risk.errors import CheckFailed, InputError
from credit_risk.records.reader import Reader
from credit_risk.serving.report import CreditReport, compose_report, report_json, report_page
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def row(book: Book) -> dict[str, Any]:
    """The score of an enterprise with an own penalty among its reasons."""
    current = str(book.snapshots.current())
    scores = book.snapshots.read(current)
    for subject in scores.loc[scores["scorable"], "subject"]:
        found = book.snapshots.row(current, subject)
        assert found
        if any(e["about"] == subject for e in _evidence(found) if e["kind"] == "admin_penalty"):
            return found
    raise AssertionError("the practice zone has no penalty among its reasons")


def _evidence(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for reason in row["reasons"] for i in reason["indicators"] for e in i["evidence"]]


def _compose(
    book: Book, row: dict[str, Any], scene: str = "financing", t: str = END, gone: str = ""
) -> CreditReport:
    archive = read_archive(book.rules, Reader(book.pool), row["subject"], t, everything=False)
    return compose_report(book.rules, archive, row, scene, lambda kind, ids: {i for i in ids if i != gone})


def test_it_shows_only_records_that_are_lawful_in_the_scene(book: Book, row: dict[str, Any]) -> None:
    before = _compose(book, row)
    kinds = {line.kind for line in [*before.supervision, *before.other]}
    assert "admin_penalty" in kinds and not kinds & set(book.rules.relations)
    records = dict(book.rules.records)
    records["admin_penalty"] = records["admin_penalty"].model_copy(update={"scenes": ["bidding"]})
    barred = replace(book.rules, records=records)
    archive = read_archive(barred, Reader(book.pool), row["subject"], END, everything=False)
    after = compose_report(barred, archive, row, "financing", lambda kind, ids: set(ids))
    assert "admin_penalty" not in {line.kind for line in after.supervision}
    told = json.loads(report_json(after))
    assert '"admin_penalty"' not in json.dumps(told["reasons"]) and after.withheld > before.withheld


def test_a_reason_that_rests_on_a_record_repaired_since_loses_its_words_and_keeps_its_points(
    book: Book, row: dict[str, Any]
) -> None:
    whole = _compose(book, row)
    told = [e for r in whole.reasons for i in r["indicators"] for e in i.get("evidence", [])]
    gone = told[0]["record_id"]
    cut = _compose(book, row, gone=gone)
    assert gone in report_json(whole) and gone not in json.dumps(cut.reasons)
    assert [r["points"] for r in cut.reasons] == [r["points"] for r in whole.reasons]
    assert any(i.get("withheld") for r in cut.reasons for i in r["indicators"])


def test_no_other_enterprise_and_no_person_is_in_it(book: Book, row: dict[str, Any]) -> None:
    told = _compose(book, row)
    assert {e["about"] for r in told.reasons for i in r["indicators"] for e in i.get("evidence", [])} == {
        row["subject"]
    }
    assert "person:" not in report_json(told) + report_page(told)


def test_a_report_knows_no_later_score_and_no_unknown_scene(book: Book, row: dict[str, Any]) -> None:
    with pytest.raises(CheckFailed, match="nothing later"):
        _compose(book, row, t="2026-06-29")
    with pytest.raises(InputError, match="scene"):
        _compose(book, row, scene="gossip")


def test_the_command_writes_a_page_that_stands_alone_and_prints(
    book: Book, row: dict[str, Any], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    words = ["--book", str(ROOT), "report", row["subject"], "--scene", "financing", "--as-of", END]
    assert CliRunner().invoke(app, [*words, "--to", str(page)]).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "融资贷款" in text and row["grade"] in text and "@media print" in text and "http" not in text
    told = CliRunner().invoke(app, [*words, "--format", "json"])
    assert json.loads(told.stdout)["score"]["grade"] == row["grade"]
