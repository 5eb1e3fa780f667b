"""A question that goes straight is answered, refused, counted and audited as one that goes FastAPI's way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from credit_risk.records.uscc import check_character, organisation_check_character
from credit_risk.serving.api.straight import Way
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book

STRAIGHT, AROUND = "application/json", "application/json; charset=utf-8"


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


def _valid_code() -> str:
    first8 = "MA9ABCDE"
    first17 = f"91310115{first8}{organisation_check_character(first8)}"
    return first17 + check_character(first17)


def _asked(client: TestClient, key: str, body: dict[str, Any], media: str) -> tuple[int, dict[str, Any], str]:
    answer = client.post(
        "/v1/score", content=json.dumps(body), headers={"X-API-Key": key, "Content-Type": media}
    )
    told = answer.json()
    told.pop("audit_id", None)
    return answer.status_code, told, answer.headers["content-type"]


@pytest.mark.parametrize(
    ("which", "scene", "status"),
    [("scored", "tax", 200), ("unknown", "tax", 404), ("no code", "tax", 422), ("scored", "financing", 403)],
)
def test_both_ways_tell_the_same(
    client: TestClient, app: FastAPI, book: Book, which: str, scene: str, status: int
) -> None:
    desk: Desk = app.state.desk
    table = book.snapshots.read(book.snapshots.current() or "")
    subject = {"scored": str(table["subject"].iloc[0]), "unknown": _valid_code(), "no code": "91"}[which]
    key = desk.keys.make("系统", "system", ["tax"])
    body = {"subject": subject, "scene": scene}
    told, lines = [], []
    for media in (STRAIGHT, AROUND):
        told.append(_asked(client, key, body, media))
        line = desk.audit.latest(1)[0]
        lines.append({name: line[name] for name in ("actor", "role", "scene", "action", "subject", "result")})
    assert told[0] == told[1] and told[0][0] == status
    assert lines[0] == lines[1] and lines[0]["result"] == str(status)


def test_a_wrong_key_is_refused_straight_too(client: TestClient, app: FastAPI) -> None:
    body = {"subject": "91310115MA1K00000H", "scene": "tax"}
    assert _asked(client, "crk_x_y", body, STRAIGHT) == _asked(client, "crk_x_y", body, AROUND)
    assert _asked(client, "crk_x_y", body, STRAIGHT)[0] == 401


def test_what_goes_straight_is_counted_under_its_path(client: TestClient, app: FastAPI) -> None:
    desk: Desk = app.state.desk
    _asked(client, "crk_x_y", {"subject": "91", "scene": "tax"}, STRAIGHT)
    analyst = {"X-API-Key": desk.keys.make("监控", "analyst", ["tax"])}
    assert 'route="/v1/score",status="401"' in client.get("/v1/metrics", headers=analyst).text


def test_a_well_formed_question_goes_straight_and_no_other(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, taken = Way.read, []

    def noted(way: Way, scope: Any, body: bytes) -> Any:
        found = read(way, scope, body)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(Way, "read", noted)
    body = {"subject": "91310115MA1K00000H", "scene": "tax"}
    for asked, media in ((body, STRAIGHT), (body, AROUND), (body | {"more": 1}, STRAIGHT)):
        _asked(client, "crk_x_y", asked, media)
    assert taken == [True, False, False]


@pytest.mark.parametrize("media", [STRAIGHT, AROUND])
def test_a_fault_is_told_without_its_trace_on_both_ways(
    app: FastAPI, book: Book, monkeypatch: pytest.MonkeyPatch, media: str
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of the inside")

    desk: Desk = app.state.desk
    key = desk.keys.make("系统", "system", ["tax"])
    monkeypatch.setattr("credit_risk.serving.api.score.opened", broken)
    status, told, kind = _asked(
        TestClient(app, raise_server_exceptions=False), key,
        {"subject": str(book.snapshots.read(book.snapshots.current() or "")["subject"].iloc[0]), "scene": "tax"}, media,
    )  # fmt: skip
    assert status == 500 and kind == "application/problem+json" and "secret" not in json.dumps(told)


def test_a_question_goes_straight_past_fastapi_and_keeps_its_headers(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def reached(*_: Any) -> None:
        raise AssertionError("FastAPI was asked")

    monkeypatch.setattr(app, "middleware_stack", reached)
    answer = client.post(
        "/v1/score", json={"subject": "91", "scene": "tax"}, headers={"X-API-Key": "crk_x_y"}
    )
    assert answer.status_code == 401 and answer.headers["x-frame-options"] == "DENY"
