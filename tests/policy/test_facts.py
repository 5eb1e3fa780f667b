"""Facts and ratings as known at t, stored beside the snapshot, and the commands that tell them."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from tests.conftest import END, ROOT, copy_zone
from typer.testing import CliRunner

from credit_risk.cli import app
from credit_risk.policy.book_of_policy import standings_at
from credit_risk.policy.facts import facts_at
from credit_risk.policy.lists import mirrored
from credit_risk.policy.ratings import ratings_at
from credit_risk.records import Records
from credit_risk.records.view import View
from credit_risk.serving.people import People
from credit_risk.zone import Book

AT = datetime(2026, 6, 30, 12)


def with_life(book: Book, kind: str, target: str, subject: str, received: datetime) -> Records:
    """Return the records as if a life record about ``target`` had come."""
    schema = book.pool.schema(kind)
    one = {
        "record_id": f"{kind}-{target}", "version": "v", "source": "supposed", "source_record_id": "1", "subject": subject,
        "event_date": date(2026, 6, 1), "received_at": received, "target": target,
    }  # fmt: skip
    table = pa.Table.from_pylist([{n: one.get(n) for n in schema.names}], schema)
    return Records(View(book.pool, {kind: table}))


@pytest.fixture(scope="module")
def listed(book: Book) -> pd.Series:
    """One enterprise on a severe list with its record."""
    facts = facts_at(book.records, END)
    return facts[facts["fact"] == "severe_list"].iloc[0]


@pytest.mark.parametrize("kind", ["repair", "withdrawal", "objection"])
def test_a_repaired_withdrawn_or_objected_record_makes_no_fact_and_leaves_the_list(
    book: Book, listed: pd.Series, kind: str
) -> None:
    records = with_life(book, kind, listed["record_id"], listed["subject"], AT)
    after = facts_at(records, END, [listed["subject"]])
    assert listed["record_id"] not in set(after["record_id"])
    rule = book.rules.lists["severe"]
    assert listed["record_id"] in set(mirrored(rule, facts_at(book.records, END))["record_id"])
    assert listed["record_id"] not in set(mirrored(rule, after)["record_id"])


def test_what_is_received_later_changes_no_fact_and_no_rating_at_t(book: Book, listed: pd.Series) -> None:
    later = with_life(book, "repair", listed["record_id"], listed["subject"], datetime(2026, 7, 1))
    pd.testing.assert_frame_equal(facts_at(later, END), facts_at(book.records, END))
    early = "2025-12-31"
    cut = {k: lambda kind, rows: rows.received_at <= pd.Timestamp("2025-12-31T23:59:59.999999") for k in "x"}[
        "x"
    ]
    records = Records(View(book.pool, only=cut))
    pd.testing.assert_frame_equal(facts_at(records, early), facts_at(book.records, early))
    pd.testing.assert_frame_equal(ratings_at(records, early), ratings_at(book.records, early))


def test_facts_equal_a_naive_reading_of_the_records(book: Book) -> None:
    facts = facts_at(book.records, END)
    rows = book.records.as_of("customs_credit", END).to_pandas()
    rows = rows[rows["event_date"] <= pd.Timestamp(END)]
    newest = rows.sort_values(["event_date", "received_at", "record_id"]).groupby("subject").tail(1)
    advanced = set(newest.loc[newest["level"] == "aeo_advanced", "subject"])
    assert set(facts.loc[facts["fact"] == "aeo_advanced", "subject"]) == advanced and advanced


def test_every_valid_rating_is_the_newest_of_its_rater_and_not_past_its_days(book: Book) -> None:
    ratings = ratings_at(book.records, END)
    assert not ratings.duplicated(["subject", "rater"]).any()
    valid = ratings[ratings["state"] == "valid"]
    assert (valid["valid_until"].fillna("9") > END).all() and valid["public"].isin(list("ABCD")).all()
    assert (ratings.loc[ratings["state"] != "valid", "public"].isna()).all()


def test_scoring_stores_where_everybody_stands_beside_the_snapshot(book: Book) -> None:
    snapshot = book.snapshots.current()
    assert snapshot
    scores = book.snapshots.read(snapshot)
    stored = book.snapshots.read(snapshot, "standing")
    again = standings_at(book.records, scores, END)
    assert stored.where(stored.notna(), None).to_dict("records") == again.where(again.notna(), None).to_dict(
        "records"
    )
    severe = {s.subject for s in book.policy.all(snapshot, date(2026, 6, 30)) if "severe_list" in s.facts}
    assert severe and all(
        book.policy.of(snapshot, s, date(2026, 6, 30)).public == "D" for s in list(severe)[:5]
    )  # type: ignore[union-attr]


def test_two_people_decide_by_command_and_every_act_is_in_the_audit(
    zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = copy_zone(zone, tmp_path / "copy", monkeypatch)
    people = People(book.overrides.engine, book.rules)
    people.add("wang", "王监管", "supervisor", "a long password 1")
    people.add("li", "李复核", "reviewer", "a long password 2")
    scores = book.snapshots.read(str(book.snapshots.current()))
    subject = scores.loc[scores["scorable"] & (scores["public_class"] == "C"), "subject"].iloc[0]

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["--book", str(ROOT), *words])
        assert result.exit_code == code, result.output
        return result.stdout

    made = json.loads(run("override", "propose", subject, "--to", "B", "--by", "wang", "--reason", "已整改", "--basis",
                          "办法第三条", "--starts", "2026-06-01", "--expires", "2026-12-31", "--json"))  # fmt: skip
    run("override", "approve", made["override_id"], "--by", "wang", "--reason", "x", code=1)
    run("override", "approve", made["override_id"], "--by", "li", "--reason", "核对无误")
    told = json.loads(run("standing", subject, "--json"))
    assert (told["model_public"], told["decision"]["approver"]) == ("C", "李复核 (li)")
    assert told["public"] == ("D" if told["caps"] else "B")
    run("override", "end", made["override_id"], "--by", "li", "--reason", "到期评估")
    assert json.loads(run("standing", subject, "--json"))["decision"] is None
    acts = [line["action"] for line in book_audit(book) if line["subject"] == subject]
    assert acts == ["override.end", "override.approve", "override.propose"]
    run("standing", subject, "--measure", "freeze_everything", code=2)


def book_audit(book: Book) -> list[dict[str, object]]:
    from credit_risk.serving.audit import Audit

    return Audit(book.overrides.engine).latest(20)
