"""Posted records: a receipt, a fresh score that the night would give to the last bit, for the neighbours too."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from tests.conftest import END, copy_zone

from credit_risk.serving.again import FARTHEST
from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book

SAME = [
    "score", "pd", "grade", "grade_rank", "public_class", "scorable", "data_depth", "own_points",
    "transmitted_points", "base_points", "shown_score", "pd_terms", "pd_heads",
]  # fmt: skip


@pytest.fixture
def own(zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_TODAY", END)
    return copy_zone(zone, tmp_path / "zone", monkeypatch)


@pytest.fixture
def client(own: Book) -> Iterator[TestClient]:
    with TestClient(create_app(own.rules)) as client:
        yield client


def _desk(client: TestClient) -> Desk:
    desk: Desk = client.app.state.desk  # type: ignore[attr-defined]
    return desk


def _fine(subject: str, number: str) -> dict[str, Any]:
    return {
        "source": "admin_penalty_department",
        "rows": [
            {
                "subject": subject,
                "source_record_id": number,
                "event_date": "2026-06-25",
                "usable_until": "2029-06-25",
                "field": "market",
                "severity": "serious",
                "simple": "false",
                "fine": 900000,
            }
        ],
    }


def test_a_posted_record_gives_a_receipt_and_the_score_that_the_night_would_give(
    client: TestClient, own: Book
) -> None:
    desk = _desk(client)
    key = {"X-API-Key": desk.keys.make("法院", "system", ["financing"])}
    published = own.snapshots.read(own.snapshots.current() or "")
    subject = str(published.loc[published["scorable"], "subject"].iloc[9])
    once = key | {"Idempotency-Key": "one"}
    told = client.post("/v1/records", json=_fine(subject, "沪罚1号"), headers=once)
    assert told.status_code == 201 and told.json()["new"] == 1, told.text
    again = client.post("/v1/records", json=_fine(subject, "沪罚1号"), headers=once)
    assert again.json()["receipt_id"] == told.json()["receipt_id"]
    path = f"/v1/receipts/{told.json()['receipt_id']}"
    assert client.get(path, headers=key).json()["new"] == 1
    other = {"X-API-Key": desk.keys.make("别人", "system", ["financing"])}
    assert client.get(path, headers=other).status_code == 404

    assert desk.rescorer.settled(240)
    answer = client.post("/v1/score", json={"subject": subject, "scene": "financing"}, headers=key).json()
    assert "fresh" in answer["flags"]
    scored = own.score(END)
    night = scored.scores.set_index("subject")
    snapshot_id = own.snapshots.current() or ""
    fresh = {s: row for s in night.index if (row := desk.fresh.row(snapshot_id, str(s)))}
    assert subject in fresh and len(fresh) <= FARTHEST
    for one, row in fresh.items():
        for name in SAME:
            assert _same(row[name], night.at[one, name]), (one, name)
    known = [
        own.snapshots.read(i, "indicators").set_index("subject").loc[subject]
        for i in (snapshot_id, scored.id)
    ]
    assert not known[0].equals(known[1]), "the fine is seen"


def _same(a: Any, b: Any) -> bool:
    if pd.isna(a) or pd.isna(b):
        return bool(pd.isna(a) and pd.isna(b))
    return math.copysign(1, a) == math.copysign(1, b) and a == b if isinstance(a, float) else bool(a == b)


def test_a_bad_row_is_told_and_an_unknown_source_refused(client: TestClient) -> None:
    desk = _desk(client)
    key = {"X-API-Key": desk.keys.make("法院", "system", ["financing"])}
    bad = client.post("/v1/records", json=_fine("91310115MA0092925X", "沪罚2号"), headers=key)
    assert bad.status_code == 201 and bad.json()["quarantined"] == 1 and bad.json()["problems"]
    unknown = client.post("/v1/records", json=_fine("x", "y") | {"source": "none"}, headers=key)
    assert unknown.status_code == 422 and unknown.headers["content-type"] == "application/problem+json"
    reader = {"X-API-Key": desk.keys.make("人", "supervisor", ["financing"])}
    assert client.post("/v1/records", json=_fine("x", "y"), headers=reader).status_code == 403
