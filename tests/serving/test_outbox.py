"""What is shared with the city platform: said once, superseded when it changes, taken back when it is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, delete
from tests.conftest import END, ROOT, copy_zone
from typer.testing import CliRunner

from credit_risk.book.load import read_book
from credit_risk.book.policy_references import check_policy
from credit_risk.cli import app as command
from credit_risk.errors import BookError, CheckFailed, InputError
from credit_risk.policy import Overrides
from credit_risk.records import Pool
from credit_risk.serving.desk import Desk
from credit_risk.serving.exchange import Outbox, Result, Shared, results
from credit_risk.store import open_store
from credit_risk.store.service_tables import metadata, outbox, outbox_receipts
from credit_risk.warnings.ledger import Person

AT = datetime(2026, 7, 1, 9)
GRADE = Result("grade", "S1", "", {"public_class": "A"})
ENTRY = Result("severe_list", "S2", "r1", {"department": "法院"})


@pytest.fixture(params=["sqlite", "postgresql"])
def box(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outbox:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql")
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", url)
    engine = open_store(tmp_path)
    with engine.begin() as connection:
        connection.execute(delete(outbox_receipts))
        connection.execute(delete(outbox))
    return Outbox(engine)


def test_the_same_is_said_once_a_change_supersedes_and_what_is_gone_is_taken_back(box: Outbox) -> None:
    assert box.share([GRADE, ENTRY], AT) == Shared(2, 0, 0, 0)
    first = box.after(0, 10)
    assert box.share([ENTRY, GRADE], AT) == Shared(0, 0, 0, 2)
    assert box.after(0, 10) == first
    worse = Result("grade", "S1", "", {"public_class": "D"})
    assert box.share([worse], AT) == Shared(0, 1, 1, 0)
    old, entry, changed, retracted = box.after(0, 10)
    assert (changed.supersedes, changed.content) == (old.message_id, {"public_class": "D"})
    assert (retracted.supersedes, retracted.retraction, retracted.content) == (entry.message_id, True, None)
    assert [m.content for m in (old, entry)] == [None, None], "what no longer holds is told to nobody again"
    assert box.share([worse], AT) == Shared(0, 0, 0, 1)
    assert box.share([GRADE, ENTRY], AT) == Shared(1, 1, 0, 0), (
        "back to what was said is a message of its own"
    )
    ids = [m.message_id for m in box.after(0, 10)]
    assert len(ids) == len(set(ids)) == 6


def test_the_same_history_gives_the_same_ids(box: Outbox) -> None:
    for said in ([GRADE], [], [GRADE, ENTRY]):
        box.share(said, AT)
    before = [m.message_id for m in box.after(0, 10)]
    with box.engine.begin() as connection:
        connection.execute(delete(outbox))
    for said in ([GRADE], [], [GRADE, ENTRY]):
        box.share(said, datetime(2027, 1, 1))
    assert [m.message_id for m in box.after(0, 10)] == before


def test_a_receipt_twice_is_one_and_another_result_is_refused(box: Outbox) -> None:
    box.share([GRADE], AT)
    told = box.after(0, 1)[0].message_id
    first = box.receipt(told, "city", "accepted", None, AT)
    assert box.receipt(told, "city", "accepted", None, datetime(2027, 1, 1)) == first
    with pytest.raises(CheckFailed, match="said accepted"):
        box.receipt(told, "city", "refused", "why", AT)
    with pytest.raises(InputError, match="no message"):
        box.receipt("0" * 64, "city", "accepted", None, AT)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_the_platform_gets_everything_once_with_a_cursor_and_nobody_else_gets_in(
    app: FastAPI, client: TestClient
) -> None:
    desk: Desk = app.state.desk
    facts = [Result("grade", f"S{n}", "", {"public_class": "A"}) for n in range(7)]
    desk.outbox.share(facts, AT)
    other = {"X-API-Key": desk.keys.make("别的系统", "system", ["tax"])}
    assert client.get("/v1/outbox", headers=other).status_code == 403
    city = {"X-API-Key": desk.keys.make("市平台", "platform", ["tax"])}
    assert client.post("/v1/score", json={"subject": "x", "scene": "tax"}, headers=city).status_code == 403
    seen: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_cursor": 0, "more": True}
    while page["more"]:
        asked = {"after": page["next_cursor"], "limit": 3}
        page = client.get("/v1/outbox", params=asked, headers=city).json()
        seen += page["items"]
    assert [m["subject"] for m in seen] == [f.subject for f in facts]
    assert page["next_cursor"] == seen[-1]["cursor"] and seen[0]["at"].startswith("2026-07-01T09:00:00+")
    path = f"/v1/outbox/{seen[0]['message_id']}/receipt"
    assert client.post(path, json={"result": "accepted"}, headers=other).status_code == 403
    first, again = (client.post(path, json={"result": "accepted"}, headers=city).json() for _ in range(2))
    assert first["at"] == again["at"] and first["audit_id"] != again["audit_id"]
    assert client.post(path, json={"result": "refused"}, headers=city).status_code == 409
    unknown = f"/v1/outbox/{'0' * 64}/receipt"
    assert client.post(unknown, json={"result": "accepted"}, headers=city).status_code == 404
    assert client.post(path, json={"result": "lost"}, headers=city).status_code == 422


def _repair(pool: Pool, subject: str, target: str) -> None:
    at = datetime.fromisoformat(END + "T10:00:00")
    row: dict[str, Any] = dict.fromkeys(pool.schema("repair").names) | {
        "record_id": f"end-{target}"[:32], "version": "1", "source": "test", "source_record_id": target,
        "subject": subject, "event_date": at.date(), "received_at": at, "target": target,
    }  # fmt: skip
    pool.write("repair", f"end-{target}", pa.Table.from_pylist([row], pool.schema("repair")))


def test_only_named_fields_leave_and_what_is_repaired_is_taken_back(
    zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    book = copy_zone(zone, tmp_path / "zone", monkeypatch)
    desk = Desk.open(book.rules)
    warnings = book.snapshots.read(book.snapshots.current() or "", "warnings")
    desk.ledger.fold("s", warnings, datetime.fromisoformat(END), 10_000, lambda e: set(e["record_id"]))
    cases = [(c, e) for c in desk.ledger.queue().cases for s in c.signals for e in s["evidence"]]
    case, behind = next((c, e) for c, e in cases if e["kind"] in desk.rules.records)
    wang, li = Person("wang", "王监管", "supervisor"), Person("li", "李复核", "reviewer")
    for act, person in (("check", wang), ("propose", wang), ("approve", li)):
        desk.ledger.act(case.case_id, act, by=person, reason="核实")

    def shared() -> dict[str, int]:
        words = ["--book", str(ROOT), "share", "--as-of", END, "--json"]
        told = CliRunner().invoke(command, words)
        assert told.exit_code == 0, told.output
        return dict(json.loads(told.stdout))

    counts = shared()
    assert counts["new"] > 500 and shared()["unchanged"] == counts["new"]
    messages = desk.outbox.after(0, 10_000)
    for message in messages:
        assert set(message.content or {}) <= set(desk.rules.shares[message.share].fields)
    kinds = {m.share for m in messages}
    assert {"grade", "warning_handled", "commitment_outcome"} <= kinds
    found = list(results(desk.matrix, desk.snapshots, desk.ledger, desk.overrides, END))
    gone = next(r for r in found if r.share == "commitment_outcome")
    assert next(r.item for r in found if r.share == "warning_handled") == case.case_id
    _repair(book.pool, gone.subject, gone.item)
    _repair(book.pool, behind["about"], behind["record_id"])
    assert shared()["retracted"] >= 2
    taken = [m for m in desk.outbox.after(len(messages), 1000) if m.retraction]
    assert {"warning_handled", "commitment_outcome"} <= {m.share for m in taken}
    assert {m.subject for m in taken} >= {case.subject, gone.subject}
    assert shared() | {"unchanged": 0, "as_of": ""} == {
        "as_of": "", "new": 0, "changed": 0, "retracted": 0, "unchanged": 0,
    }  # fmt: skip


def test_nothing_is_shared_as_of_a_day_before_what_is_published(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    with pytest.raises(InputError, match="nothing is published as of 2026-01-31"):
        list(results(desk.matrix, desk.snapshots, desk.ledger, desk.overrides, "2026-01-31"))


def test_a_field_that_cannot_be_shared_is_refused_when_the_book_is_read() -> None:
    raw = read_book(ROOT)
    share = raw.entries["shares"]["grade"]
    raw.entries["shares"]["grade"] = share.model_copy(update={"fields": ["reasons"]})
    with pytest.raises(BookError, match="a field of what is shared as grade"):
        check_policy(raw)


def test_a_decision_made_after_t_is_not_shared_as_of_t(app: FastAPI, tmp_path: Path) -> None:
    desk: Desk = app.state.desk

    def grades(overrides: Overrides) -> dict[str, Any]:
        told = results(desk.matrix, desk.snapshots, desk.ledger, overrides, END)
        return {one.subject: one.content["public_class"] for one in told if one.share == "grade"}

    before = grades(desk.overrides)
    subject = next(one for one, public in before.items() if public == "A")
    for later, expected in ((datetime(2026, 7, 2, 9), "A"), (datetime(2026, 6, 29, 9), "B")):
        engine = create_engine(f"sqlite:///{tmp_path / f'{later:%m%d}.db'}")
        metadata.create_all(engine)
        overrides = Overrides(engine, desk.rules, lambda at=later: at)
        made = overrides.propose(
            subject, "B", person=Person("wang", "王", "supervisor"), reason="核实", basis="某办法第三条",
            starts=date(2026, 6, 30), expires=date(2026, 9, 1),
        )  # fmt: skip
        overrides.decide(made.override_id, "approve", person=Person("li", "李", "reviewer"), reason="同意")
        assert grades(overrides)[subject] == expected
