"""A caller stays the same when its key is rotated: receipts and repeats follow it, and nobody of its name shares them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.serving.access import Keys
from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk
from credit_risk.serving.exchange import Result

POST = {
    "source": "admin_penalty_department",
    "rows": [
        {
            "subject": "91310115MA0092925X",
            "source_record_id": "沪罚1号",
            "event_date": "2026-06-25",
            "usable_until": "2029-06-25",
            "field": "market",
            "severity": "serious",
            "simple": "false",
            "fine": 900000,
        }
    ],
}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    with TestClient(create_app(open_rules(ROOT))) as client:
        yield client


@pytest.fixture
def desk(client: TestClient) -> Desk:
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    return desk


def _rotated(keys: Keys, key: str) -> str:
    return keys.rotate(key.split("_")[1])


def test_a_receipt_is_read_with_the_next_key_and_by_nobody_of_the_same_name(
    client: TestClient, desk: Desk
) -> None:
    first = desk.keys.make("法院", "system", ["financing"])
    told = client.post("/v1/records", json=POST, headers={"X-API-Key": first}).json()
    path = f"/v1/receipts/{told['receipt_id']}"
    for key in (first, _rotated(desk.keys, first)):
        assert client.get(path, headers={"X-API-Key": key}).json()["receipt_id"] == told["receipt_id"]
    namesake = desk.keys.make("法院", "system", ["financing"])
    assert client.get(path, headers={"X-API-Key": namesake}).status_code == 404


def test_a_repeat_with_the_next_key_is_answered_with_the_first_answer(client: TestClient, desk: Desk) -> None:
    first = desk.keys.make("法院", "system", ["financing"])
    once = {"Idempotency-Key": "one"}
    told = client.post("/v1/records", json=POST, headers={"X-API-Key": first} | once)
    again = client.post("/v1/records", json=POST, headers={"X-API-Key": _rotated(desk.keys, first)} | once)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json() == told.json()
    namesake = desk.keys.make("法院", "system", ["financing"])
    own = client.post("/v1/records", json=POST, headers={"X-API-Key": namesake} | once)
    assert own.json()["receipt_id"] != told.json()["receipt_id"]


def test_the_platform_gives_one_receipt_for_a_message_whatever_its_key(
    client: TestClient, desk: Desk
) -> None:
    desk.outbox.share([Result("grade", "S1", "", {"public_class": "A"})], datetime(2026, 7, 1))
    (message,) = desk.outbox.after(0, 10)
    path = f"/v1/outbox/{message.message_id}/receipt"
    first = desk.keys.make("市平台", "platform", ["financing"])
    told = client.post(path, json={"result": "accepted"}, headers={"X-API-Key": first})
    assert told.status_code == 200, told.text
    other = client.post(
        path,
        json={"result": "refused"},
        headers={"X-API-Key": _rotated(desk.keys, _rotated(desk.keys, first))},
    )
    assert other.status_code == 409
