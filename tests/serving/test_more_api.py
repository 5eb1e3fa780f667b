"""Batches, histories, warnings as a feed, tokens, limits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from credit_risk.book import Rules
from credit_risk.serving.desk import Desk
from credit_risk.serving.limits import Limiter
from credit_risk.serving.tokens import Tokens
from credit_risk.store.tables import cases
from credit_risk.zone import Book


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def headers(app: FastAPI) -> dict[str, str]:
    desk: Desk = app.state.desk
    return {"X-API-Key": desk.keys.make("批量系统", "system", ["tax", "financing"])}


@pytest.fixture(scope="module")
def subjects(book: Book) -> list[str]:
    table = book.snapshots.read(book.snapshots.current() or "")
    return [str(s) for s in table["subject"].head(40)]


def test_a_batch_answers_item_by_item_as_single_calls_do(
    client: TestClient, headers: dict[str, str], subjects: list[str]
) -> None:
    asked = [*subjects[:5], "nonsense", "91350100M000100Y43", subjects[5]]
    told = client.post("/v1/scores", json={"subjects": asked, "scene": "tax"}, headers=headers).json()
    assert [i["subject"] for i in told["items"]] == asked
    assert [i.get("problem", {}).get("status") for i in told["items"]] == [None] * 5 + [422, 404, None]
    assert told["items"][5]["problem"]["field"] == "subjects.5"
    one = client.post("/v1/score", json={"subject": asked[0], "scene": "tax"}, headers=headers).json()
    assert {k: told["items"][0].get(k) for k in one if k not in ("audit_id", "notice")} == {
        k: v for k, v in one.items() if k not in ("audit_id", "notice")
    }


@pytest.mark.parametrize("subjects", [[], ["x"] * 1001, "x", [""]])
def test_a_batch_of_a_wrong_size_is_refused(
    client: TestClient, headers: dict[str, str], subjects: Any
) -> None:
    answer = client.post("/v1/scores", json={"subjects": subjects, "scene": "tax"}, headers=headers)
    assert answer.status_code == 422 and answer.json()["field"].startswith("subjects")


def test_the_grade_history_is_what_was_stored(
    client: TestClient, headers: dict[str, str], book: Book
) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    subject = table.loc[table["scorable"], "subject"].iloc[0]
    told = client.get(f"/v1/subjects/{subject}/grades?scene=tax", headers=headers).json()
    assert len(told["grades"]) == 2
    assert told["grades"][-1]["pd"] == table.set_index("subject").at[subject, "pd"]


def test_the_feed_gives_every_warning_once_and_again_when_it_moves(
    app: FastAPI, client: TestClient, headers: dict[str, str]
) -> None:
    desk: Desk = app.state.desk
    seen: list[str] = []
    cursor = 0
    while True:
        told = client.get(
            "/v1/warnings", params={"scene": "tax", "cursor": cursor, "limit": 3}, headers=headers
        ).json()
        seen += [item["case_id"] for item in told["items"]]
        cursor = told["next_cursor"]
        if not told["more"]:
            break
    assert len(seen) == len(set(seen)) == _cases(desk)
    assert (
        client.get("/v1/warnings", params={"scene": "tax", "cursor": cursor}, headers=headers).json()["items"]
        == []
    )
    from credit_risk.warnings.ledger import Person

    moved = next(c for c in seen if desk.ledger.case(c).state == "new")
    desk.ledger.act(moved, "check", Person("wang", "王监管", "supervisor"), "核查")
    again = client.get("/v1/warnings", params={"scene": "tax", "cursor": cursor}, headers=headers).json()
    assert [(i["case_id"], i["state"]) for i in again["items"]] == [(moved, "checking")]
    one = client.get(f"/v1/warnings/{moved}", params={"scene": "tax"}, headers=headers).json()
    assert one == again["items"][0]
    assert client.get("/v1/warnings/none", params={"scene": "tax"}, headers=headers).status_code == 404


def test_the_card_and_the_scale_are_those_of_the_book(
    client: TestClient, headers: dict[str, str], book: Book
) -> None:
    card = client.get("/v1/model", headers=headers).json()
    assert card["snapshot_id"] == book.snapshots.current() and card["model_id"] in card["snapshot_id"]
    grades = client.get("/v1/grades", headers=headers).json()
    assert [g["grade"] for g in grades] == list(book.rules.grades)
    assert all(a["pd_to"] == b["pd_over"] for a, b in pairwise(grades))


def test_health_needs_no_key_and_metrics_a_right(
    app: FastAPI, client: TestClient, headers: dict[str, str]
) -> None:
    assert client.get("/health").json() == client.get("/ready").json() == {"status": "ok"}
    assert client.get("/v1/metrics").status_code == 401
    assert client.get("/v1/metrics", headers=headers).status_code == 403
    analyst = {"X-API-Key": app.state.desk.keys.make("监控", "analyst", ["tax"])}
    text = client.get("/v1/metrics", headers=analyst).text
    assert 'credit_risk_request_seconds_count{route="/health",status="200"}' in text


def test_each_caller_has_a_window_of_its_own_that_ends_after_a_minute() -> None:
    now = [100.0]
    limiter = Limiter(3, clock=lambda: now[0])
    assert [limiter.wait("a") for _ in range(3)] == [0, 0, 0] and limiter.waits("a") == 60
    now[0] += 20
    assert limiter.wait("a") == 40 and limiter.wait("b") == limiter.waits("b") == 0
    now[0] += 40
    assert limiter.waits("a") == limiter.wait("a") == 0


def test_too_many_calls_are_told_when_to_come_again(app: FastAPI, client: TestClient) -> None:
    key = {"X-API-Key": app.state.desk.keys.make("快手", "system", ["tax"])}
    limiter, app.state.limiter = app.state.limiter, Limiter(per_minute=2)
    try:
        answers = [client.get("/v1/grades", headers=key) for _ in range(3)]
    finally:
        app.state.limiter = limiter
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) >= 1


def test_a_credit_report_is_made_for_its_scene(
    client: TestClient, headers: dict[str, str], book: Book
) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    row = table[table["scorable"]].iloc[0]
    path = f"/v1/reports/{row['subject']}"
    told = client.get(path, params={"scene": "tax"}, headers=headers)
    assert told.status_code == 200 and row["subject"] in told.text and row["grade"] in told.text
    page = client.get(path, params={"scene": "tax", "form": "html"}, headers=headers)
    assert page.headers["content-type"].startswith("text/html") and "<script" not in page.text
    assert client.get(path, params={"scene": "bidding"}, headers=headers).status_code == 403
    nobody = client.get("/v1/reports/91350100M000100Y43", params={"scene": "tax"}, headers=headers)
    assert nobody.status_code == 404 and nobody.json()["field"] == "subject"


# ---- signed tokens ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def private() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


@pytest.fixture
def tokens(
    private: ed25519.Ed25519PrivateKey, book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Tokens:
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(private.public_key())) | {
        "kid": "one",
        "alg": "EdDSA",
    }
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    monkeypatch.setenv("CREDIT_RISK_JWKS", str(tmp_path / "jwks.json"))
    found = Tokens.of(book.rules)
    assert found is not None
    return found


def _claims(**changed: Any) -> dict[str, Any]:
    claims = {
        "sub": "42",
        "name": "税务系统",
        "iss": "city",
        "aud": "credit-risk",
        "exp": time.time() + 60,
        "role": "system",
        "scenes": ["tax", "moon"],
    }
    return {k: v for k, v in (claims | changed).items() if v is not None}


def test_a_signed_token_is_a_caller_in_known_scenes_only(
    tokens: Tokens, private: ed25519.Ed25519PrivateKey
) -> None:
    token = jwt.encode(_claims(), private, "EdDSA", headers={"kid": "one"})
    caller = tokens.caller(f"Bearer {token}")
    assert caller and (caller.name, caller.role, caller.scenes) == ("税务系统", "system", ("tax",))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 1},
        {"exp": None},
        {"aud": "other"},
        {"role": "king"},
        {"scenes": "tax"},
        {"sub": None},
        {"iss": None},
    ],
)
def test_a_token_that_is_not_right_is_none(
    tokens: Tokens, private: ed25519.Ed25519PrivateKey, changed: dict[str, Any]
) -> None:
    assert (
        tokens.caller("Bearer " + jwt.encode(_claims(**changed), private, "EdDSA", headers={"kid": "one"}))
        is None
    )


def test_a_token_by_another_key_or_no_algorithm_is_none(
    tokens: Tokens, private: ed25519.Ed25519PrivateKey, book: Book
) -> None:
    other = ed25519.Ed25519PrivateKey.generate()
    for token in (
        jwt.encode(_claims(), other, "EdDSA", headers={"kid": "one"}),
        jwt.encode(_claims(), private, "EdDSA", headers={"kid": "two"}),
        jwt.encode(_claims(), None, "none", headers={"kid": "one"}),
        jwt.encode(_claims(), "x" * 64, "HS256", headers={"kid": "one"}),
        "nonsense",
    ):
        assert tokens.caller(f"Bearer {token}") is None
    assert tokens.caller("Basic abc") is None
    assert isinstance(book.rules, Rules)


def test_a_key_that_nobody_can_look_up_is_not_called_wrong(
    client: TestClient, app: FastAPI, subjects: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk: Desk = app.state.desk
    known = desk.keys.make("已知系统", "system", ["tax"])
    new = desk.keys.make("新系统", "system", ["tax"])
    body = {"subject": subjects[0], "scene": "tax"}
    assert client.post("/v1/score", json=body, headers={"X-API-Key": known}).status_code == 200

    def away(*_: object) -> None:
        raise OperationalError("select", {}, Exception("disk gone"))

    monkeypatch.setattr(desk.keys, "_stored", away)
    assert client.post("/v1/score", json=body, headers={"X-API-Key": known}).status_code == 200
    told = client.post("/v1/score", json=body, headers={"X-API-Key": new})
    assert (told.status_code, told.headers["Retry-After"]) == (503, "5")
    assert "disk gone" not in told.text


def _cases(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(cases)).scalar() or 0)
