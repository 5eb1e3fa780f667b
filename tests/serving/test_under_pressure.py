"""What must not stop a service: a silent store, slow senders, odd lengths, torn files, lines asked for in the wrong place."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.types import Message, Receive, Scope, Send
from tests.conftest import END, copy_zone
from tests.serving.test_console import sign_in

from credit_risk.serving.again import Rescorer
from credit_risk.serving.api import create_app
from credit_risk.serving.api.guard import Guard
from credit_risk.serving.api.problem import Refused
from credit_risk.serving.audit import Audit
from credit_risk.serving.console.queue import together
from credit_risk.serving.desk import Desk
from credit_risk.serving.fresh import LOOK_AGAIN, Fresh
from credit_risk.serving.inference.wire import unpacked
from credit_risk.serving.spill import Spill
from credit_risk.store import open_store, reading
from credit_risk.store.service_tables import fresh_scores
from credit_risk.store.tables import keys
from credit_risk.zone import Book

LINE = {"actor": "a", "role": "r", "scene": "", "action": "x", "subject": "", "result": "200"}


@pytest.fixture
def own(zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_TODAY", END)
    return copy_zone(zone, tmp_path / "zone", monkeypatch)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.delenv("CREDIT_RISK_DATABASE_URL", raising=False)
    return open_store(tmp_path)


def _subject(book: Book) -> str:
    table = book.snapshots.read(book.snapshots.current() or "")
    return str(table.loc[table["scorable"], "subject"].iloc[0])


# ---- the event loop waits for nobody ----------------------------------------------------------------------


def test_an_event_loop_may_not_wait_for_a_line_that_only_it_can_have_committed(engine: Engine) -> None:
    audit = Audit(engine)

    async def wrongly() -> None:
        audit.write(**LINE)

    with pytest.raises(RuntimeError, match="appends"):
        asyncio.run(wrongly())
    assert audit.write(**LINE) and audit.verify().lines == 1


def test_cases_are_moved_together_off_the_event_loop() -> None:
    assert not asyncio.iscoroutinefunction(together)


def test_a_store_that_takes_its_time_holds_up_no_other_call(
    app: FastAPI, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk: Desk = app.state.desk
    asked = {"subject": _subject(book), "scene": "tax"}
    headers = {"X-API-Key": desk.keys.make("税务", "system", ["tax"])}

    asks: list[str] = []

    def slowly(engine: Engine) -> Engine:
        asks.append(threading.current_thread().name)
        time.sleep(1.0)
        return reading(engine)

    async def both() -> tuple[list[float], float]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            await client.post("/v1/score", json=asked, headers=headers)  # the key is known now
            monkeypatch.setattr("credit_risk.serving.fresh.reading", slowly)
            await asyncio.sleep(LOOK_AGAIN)
            began, healthy = time.perf_counter(), list[float]()
            score = asyncio.create_task(client.post("/v1/score", json=asked, headers=headers))
            while not score.done():
                await asyncio.sleep(0.02)
                asked_at = time.perf_counter()
                assert (await client.get("/health")).status_code == 200
                healthy.append(time.perf_counter() - asked_at + 0.02)
            assert (await score).status_code == 200
            return healthy, time.perf_counter() - began

    healthy, scored = asyncio.run(both())
    assert scored >= 1.0 and len(healthy) > 10, "nobody stands still for the second that the store takes"
    assert threading.main_thread().name not in asks, "the event loop asks it nothing"


def test_when_no_connection_is_free_lines_go_beside_the_store(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_free(*_: object) -> None:
        raise PoolTimeout("QueuePool limit")

    audit = Audit(engine, Spill(tmp_path / "spill"))
    monkeypatch.setattr("credit_risk.store.held.Held.run", none_free)
    assert audit.write(**LINE).startswith("spilled-") and audit.degraded


def test_a_supervisor_is_told_that_the_store_does_not_answer(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
    sign_in(client, "wang")
    assert client.get("/console/").status_code == 200

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("database is locked"))

    monkeypatch.setattr("credit_risk.serving.people.People.session", away)
    told = client.get("/console/")
    assert told.status_code == 503 and "数据库暂时没有应答" in told.text and "locked" not in told.text
    assert client.get("/console/nowhere").status_code == 404


# ---- what is torn or odd ----------------------------------------------------------------------------------


def test_a_spilled_line_cut_within_a_character_stops_neither_lines_nor_a_start(
    engine: Engine, tmp_path: Path
) -> None:
    spill = Spill(tmp_path / "spill")
    spill.keep([{"at": "2026-06-30T09:00:00.000000", **LINE}])
    gone = spill.folder / "audit-999999999.jsonl"
    for path in (spill.path, gone):
        with path.open("ab") as file:
            file.write('{"actor": "税务'.encode()[:-1])
    spill.adopt()
    assert not gone.exists()
    audit = Audit(engine, spill)
    assert not audit.write(**LINE).startswith("spilled-") and audit.verify().lines == 2


def test_lines_of_a_process_that_lives_are_left_to_it_whatever_its_number(
    engine: Engine, tmp_path: Path
) -> None:
    line = {"at": "2026-06-30T09:00:00.000000", **LINE}
    one, other = (
        Spill(tmp_path / "spill"),
        Spill(tmp_path / "spill"),
    )  # as in two containers, of one number each
    one.keep([line, line])
    other.keep([line])
    other.adopt()
    assert (len(one.held()), len(other.held())) == (2, 1)
    one.clear(1)
    one.keep([line])
    assert len(one.held()) == 2
    path, _ = one.path, one._file and one._file.close()  # its process ends
    other.adopt()
    assert not path.exists() and len(other.held()) == 3
    one._file = None
    one.keep([line])
    assert len(one.held()) == 1, "whose file was taken over begins another"


def test_a_length_of_thousands_of_digits_is_too_large(app: FastAPI) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}"}

    scope = {
        "type": "http", "method": "POST", "path": "/v1/score", "headers": [(b"content-length", b"0" * 5000 + b"5")],
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 413
    with pytest.raises(Refused, match="not a length"):
        unpacked(b"{}", "0" * 5000 + "1")


def test_slow_senders_take_no_place_of_others(app: FastAPI) -> None:
    answered: list[int] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        answered.append(message["status"]) if message["type"] == "http.response.start" else None

    async def never() -> Message:
        await asyncio.sleep(60)
        raise AssertionError

    async def at_once() -> Message:
        return {"type": "http.request", "body": b"{}"}

    def scope(address: str) -> Scope:
        return {
            "type": "http", "method": "POST", "path": "/v1/score", "client": (address, 1),
            "headers": [(b"content-length", b"2")],
        }  # fmt: skip

    desk: Desk = app.state.desk
    guard = Guard.__new__(Guard)
    guard.__dict__ |= app.first.__dict__ | {
        "app": inner,
        "rule": desk.rules.settings.service.model_copy(update={"at_once": 3}),
    }  # type: ignore[attr-defined]

    async def shut_out() -> None:
        slow = [asyncio.create_task(guard(scope("10.0.0.1"), never, send)) for _ in range(3)]
        await asyncio.sleep(0.05)
        await guard(scope("10.0.0.2"), at_once, send)
        await guard(scope("10.0.0.1"), at_once, send)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        await guard(scope("10.0.0.1"), at_once, send)

    asyncio.run(shut_out())
    assert answered == [200, 429, 200] and not guard.arriving


# ---- what was posted is not forgotten ---------------------------------------------------------------------


def test_what_came_while_a_snapshot_was_made_is_scored_again_after_it_is_published(own: Book) -> None:
    app = create_app(own.rules)
    desk: Desk = app.state.desk
    subject, first = _subject(own), own.snapshots.current() or ""
    fine = {
        "subject": subject, "source_record_id": "沪罚7号", "event_date": "2026-06-25", "usable_until": "2029-06-25",
        "field": "market", "severity": "serious", "simple": "false", "fine": 900_000,
    }  # fmt: skip
    desk.inbox.post("admin_penalty_department", [fine], by="test", now=desk.now)
    desk.rescorer.start()
    assert desk.rescorer.warmed.wait(240) and desk.rescorer.settled(240)
    assert desk.fresh.row(first, subject), "what came on the day of the snapshot is taken up at a start"
    other = first[:-1] + ("0" if first[-1] != "0" else "1")
    shutil.copytree(own.snapshots.folder / first, own.snapshots.folder / other)
    own.snapshots.publish(other)
    ends = time.monotonic() + 240
    while not desk.fresh.row(other, subject) and time.monotonic() < ends:
        time.sleep(0.2)
    assert desk.fresh.row(other, subject) and desk.fresh.row(first, subject)


def test_only_what_no_fresh_score_may_know_is_taken_up(own: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    desk: Desk = create_app(own.rules).state.desk
    current, subjects = (
        own.snapshots.current() or "",
        own.snapshots.read(own.snapshots.current() or "")["subject"],
    )
    for number, subject in enumerate(subjects.iloc[:2]):
        fine = {
            "subject": subject, "source_record_id": f"沪罚{number}号", "event_date": "2026-06-25",
            "usable_until": "2029-06-25", "field": "market", "severity": "serious", "simple": "false", "fine": 900_000,
        }  # fmt: skip
        desk.inbox.post("admin_penalty_department", [fine], by="test", now=desk.now)
    rescorer = Rescorer(desk)
    assert set(rescorer._left()) == set(subjects.iloc[:2])
    desk.fresh.publish(current, {subjects.iloc[0]: {"as_of": desk.now, "subject": subjects.iloc[0]}})
    with desk.engine.begin() as connection:
        later = desk.now.replace(hour=23, minute=59).isoformat()
        connection.execute(update(fresh_scores).values(at=later[:10] + "T23:59:59.000000"))
    assert rescorer._left() == [subjects.iloc[1]]


def test_fresh_scores_of_long_ago_go_and_of_other_snapshots_are_not_held(engine: Engine) -> None:
    fresh = Fresh(engine)
    for name in ("old", "a", "b", "c"):
        fresh.publish(name, {"x": {"as_of": "2026-06-30T00:00:00", "score": name}})
        if name == "old":
            with engine.begin() as connection:
                connection.execute(update(fresh_scores).values(at="2020-01-01T00:00:00.000000"))
    with engine.connect() as connection:
        assert connection.execute(select(fresh_scores.c.snapshot_id)).scalars().all() == ["a", "b", "c"]
    assert list(fresh._known) == ["b", "c"]
    assert [(fresh.row(name, "x") or {}).get("score") for name in ("a", "c", "old")] == ["a", "c", None]


def test_an_answer_is_not_told_again_to_who_may_not_be_told_it_any_more(app: FastAPI, book: Book) -> None:
    desk: Desk = app.state.desk
    client = TestClient(app)
    key = desk.keys.make("银行", "system", ["tax", "financing"])
    asked = {"subjects": [_subject(book)], "scene": "tax"}
    headers = {"X-API-Key": key, "Idempotency-Key": "once more"}
    first = client.post("/v1/scores", json=asked, headers=headers)
    assert first.status_code == 200
    assert client.post("/v1/scores", json=asked, headers=headers).headers["Idempotency-Replayed"] == "true"
    with desk.engine.begin() as connection:
        connection.execute(update(keys).where(keys.c.key_id == key.split("_")[1]).values(scenes="financing"))
    desk.keys._good.clear()
    again = client.post("/v1/scores", json=asked, headers=headers)
    assert again.status_code == 422 and "items" not in again.json()
    other = client.post("/v1/scores", json=asked, headers=headers | {"Idempotency-Key": "another"})
    assert other.status_code == 403
