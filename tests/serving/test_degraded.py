"""Degraded, not dead: a store that is locked, relations that cannot be read, a source that fell silent."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from tests.conftest import END, copy_zone

from credit_risk.records import Pool
from credit_risk.serving.again import Rescorer
from credit_risk.serving.api import create_app
from credit_risk.serving.audit import Audit
from credit_risk.serving.desk import Desk
from credit_risk.serving.sources import SourceWatch
from credit_risk.serving.spill import Spill
from credit_risk.store import open_store
from credit_risk.zone import Book


@pytest.fixture
def own(zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_TODAY", END)
    return copy_zone(zone, tmp_path / "zone", monkeypatch)


@pytest.fixture
def client(own: Book) -> Iterator[TestClient]:
    with TestClient(create_app(own.rules), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def desk(client: TestClient) -> Desk:
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    return desk


def _subject(own: Book) -> str:
    table = own.snapshots.read(own.snapshots.current() or "")
    return str(table.loc[table["scorable"], "subject"].iloc[0])


def _away(*_: object, **__: object) -> Any:
    raise OperationalError("insert", {}, Exception("database is locked"))


def test_while_the_store_is_locked_scores_are_answered_with_a_flag_and_posts_told_to_come_again(
    client: TestClient, desk: Desk, own: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"X-API-Key": desk.keys.make("税务", "system", ["tax"])}
    asked = {"subject": _subject(own), "scene": "tax"}
    assert "store_unavailable" not in client.post("/v1/score", json=asked, headers=key).json()["flags"]
    monkeypatch.setattr("credit_risk.serving.audit._chain", _away)
    first = client.post("/v1/score", json=asked, headers=key)
    again = client.post("/v1/score", json=asked, headers=key)
    assert first.status_code == again.status_code == 200
    assert again.json()["audit_id"].startswith("spilled-") and "store_unavailable" in again.json()["flags"]
    monkeypatch.setattr(desk.inbox, "post", _away)
    posted = client.post("/v1/records", json={"source": "penalties", "rows": [{"a": 1}]}, headers=key)
    assert (posted.status_code, posted.headers["Retry-After"]) == (503, "5")
    assert posted.headers["content-type"] == "application/problem+json" and "locked" not in posted.text
    monkeypatch.setattr(desk.ledger, "answers", _away)
    assert client.get("/ready").status_code == 503


def test_a_locked_store_is_not_asked_for_every_line(tmp_path: Path) -> None:
    engine, asked = open_store(tmp_path), []
    audit = Audit(engine, Spill(tmp_path / "spill"))
    line = {"actor": "a", "role": "r", "scene": "", "action": "x", "subject": "", "result": "200"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("credit_risk.serving.audit._chain", lambda *_: asked.append(1) or _away())
        assert all(audit.write(**line).startswith("spilled-") for _ in range(5)) and len(asked) == 1
    audit._again_at = 0.0
    assert not audit.write(**line).startswith("spilled-") and audit.verify().lines == 6


def test_a_database_that_another_process_holds_for_writing_gives_503_and_no_trace(
    client: TestClient, desk: Desk, own: Book
) -> None:
    key = {"X-API-Key": desk.keys.make("税务", "system", ["tax"])}
    with closing(sqlite3.connect(own.rules.var / "operational.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        told = client.post(
            "/v1/scores", json={"subjects": [_subject(own)], "scene": "tax"},
            headers=key | {"Idempotency-Key": "one"},
        )  # fmt: skip
        other.execute("ROLLBACK")
    assert told.status_code == 503 and "Traceback" not in told.text and told.headers["Retry-After"] == "5"


def test_relations_that_cannot_be_read_leave_scores_served_with_a_flag(
    client: TestClient, desk: Desk, own: Book
) -> None:
    key = {"X-API-Key": desk.keys.make("监管", "supervisor", ["tax"])}
    subject = _subject(own)
    for path in Pool(own.rules).files("shareholder"):
        path.unlink()  # the file may be shared with other tests: it is replaced, never written to
        path.write_bytes(b"not a table")
    archive = client.get(f"/v1/subjects/{subject}/archive?scene=tax", headers=key)
    assert archive.status_code == 503 and archive.headers["content-type"] == "application/problem+json"
    desk.sources.look(Pool(own.rules))
    told = client.post("/v1/score", json={"subject": subject, "scene": "tax"}, headers=key)
    assert told.status_code == 200 and "unreadable:shareholder" in told.json()["flags"]


def test_a_record_that_could_not_be_scored_is_told_with_the_old_score(
    client: TestClient, desk: Desk, own: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"X-API-Key": desk.keys.make("税务", "system", ["tax"])}
    subject = _subject(own)

    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Rescorer, "_warm", lambda _: None)
    monkeypatch.setattr(Rescorer, "_score", broken)
    monkeypatch.setattr(Rescorer, "_look", lambda one: setattr(one.desk.sources, "_looked", time.monotonic()))
    desk.rescorer.post([subject])
    assert desk.rescorer.settled(30)
    told = client.post("/v1/score", json={"subject": subject, "scene": "tax"}, headers=key).json()
    assert "records_waiting" in told["flags"] and "fresh" not in told["flags"]


def test_a_source_that_fell_silent_is_named(own: Book) -> None:
    watch, pool = SourceWatch(), Pool(own.rules)
    watch.look(pool)
    assert not [flag for flag in watch.flags if flag.startswith("unreadable")]
    silent = next(
        s.source
        for s in own.rules.sources.values()
        if not s.optional and f"source_overdue:{s.source}" not in watch.flags
    )
    kind = own.rules.sources[silent].to
    for path in pool.files(kind):
        path.unlink()
    watch.look(pool)
    assert f"source_overdue:{silent}" in watch.flags
