"""The API held to its own OpenAPI by schemathesis, and what a hostile caller may try."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from evaluation.contract import PATIENCE, at_ease, drawn
from evaluation.disposable import listening
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import END, copy_zone

from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk

EACH = 5  # random calls for an operation and phase; boundaries and examples come to it


@pytest.fixture(scope="module")
def key(app: FastAPI) -> str:
    desk: Desk = app.state.desk
    return desk.keys.make("契约测试", "system", list(desk.rules.scenes))


def test_no_call_breaks_the_schema_or_the_service(
    zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every operation, calls drawn from its schema and against it, all of schemathesis' checks."""
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setenv("CREDIT_RISK_TODAY", END)
    app = create_app(at_ease(copy_zone(zone, tmp_path / "zone", monkeypatch).rules))
    with listening(app) as address:
        found = drawn(app, address, tmp_path / "contract", EACH, slowest=PATIENCE)
    told = (tmp_path / "contract" / "told.txt").read_text(encoding="utf-8")
    assert not found["failures"] and not found["errors"], told
    assert found["operations"] >= 25 and found["cases"] >= 1000 and found["answered"] > 100, found


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{" * 5000, 422),
        (b'{"subject": "a\\u0000b", "scene": "tax"}', 422),
        (b"[" * 100_000 + b"]" * 100_000, (400, 422)),
        (b'{"subject": "x", "scene": "tax", "subject": "y"}', 422),
        (b'{"subject": NaN, "scene": "tax"}', 422),
        (b'{"subject": "\\ud800", "scene": "tax"}', (400, 422)),
        (b"\xff\xfe", (400, 422)),
        (b'"' + b"x" * (2**20 + 1) + b'"', 413),
        (b'{"subject": "91350100M000100Y43\' OR 1=1 --", "scene": "tax"}', 422),
        (b'{"subject": "../../etc/passwd", "scene": "tax"}', 422),
        (b'{"subject": "{{7*7}}", "scene": "tax"}', 422),
    ],
)
def test_a_hostile_body_is_refused_in_order(client: TestClient, key: str, body: bytes, status: Any) -> None:
    answer = client.post(
        "/v1/score", content=body, headers={"X-API-Key": key, "Content-Type": "application/json"}
    )
    assert answer.status_code in (status if isinstance(status, tuple) else (status,))
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code and "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/v1/none", "/v1/score/../../secrets", "/v1/warnings/%00", "/v1/subjects/%2e%2e/grades?scene=tax"],
)
def test_a_path_that_is_not_there_is_a_problem(client: TestClient, key: str, path: str) -> None:
    answer = client.get(path, headers={"X-API-Key": key})
    assert answer.status_code in (404, 405, 422) and "Traceback" not in answer.text


def test_a_name_cannot_forge_an_audit_line(app: FastAPI, client: TestClient, key: str) -> None:
    forged, before = "91350100M000100Y43\n2|admin|ok", app.state.desk.audit.verify().lines
    client.post("/v1/score", json={"subject": forged, "scene": "tax"}, headers={"X-API-Key": key})
    line = app.state.desk.audit.latest(1)[0]
    assert line["role"] == "system" and line["result"] == "422"
    assert app.state.desk.audit.verify().lines == before + 1


def test_the_docs_of_the_framework_are_closed(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/v1/docs"):
        assert client.get(path).status_code == 404
