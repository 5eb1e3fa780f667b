"""The API: no key, no answer; scenes and roles hold; every answer is audited and equals what was published."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from credit_risk.errors import InputError
from credit_risk.serving.access import REMEMBERED, Keys
from credit_risk.serving.api import create_app
from credit_risk.serving.audit import Audit
from credit_risk.store import open_store
from credit_risk.zone import Book


@pytest.fixture
def keys(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keys:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'operational.db'}")
    return Keys(open_store(book.rules.var), book.rules)


@pytest.fixture
def client(book: Book, keys: Keys) -> Iterator[TestClient]:
    with TestClient(create_app(book.rules)) as client:
        yield client


@pytest.fixture
def key(keys: Keys) -> str:
    return keys.make("外汇系统", "system", ["foreign_exchange"])


@pytest.fixture
def subject(book: Book) -> str:
    table = book.snapshots.read(book.snapshots.current() or "")
    return str(table.loc[table["scorable"], "subject"].iloc[3])


def _ask(client: TestClient, key: str | None, body: dict[str, Any]) -> Any:
    return client.post("/v1/score", json=body, headers={"X-API-Key": key} if key else {})


def test_the_answer_is_what_was_published(client: TestClient, key: str, subject: str, book: Book) -> None:
    answer = _ask(client, key, {"subject": subject, "scene": "foreign_exchange"})
    row = book.snapshots.row(book.snapshots.current() or "", subject)
    assert answer.status_code == 200 and row is not None
    told = answer.json()
    assert (told["pd"], told["grade"], told["score"]) == (row["pd"], row["grade"], row["shown_score"])
    total = told["base_points"] + told["other_points"] + sum(r["points"] for r in told["reasons"])
    assert round(total, 1) == told["score"]
    assert told["snapshot_id"] == book.snapshots.current()
    assert "由人判断" in told["notice"]["zh"]


def test_a_code_in_small_or_full_width_letters_is_the_same_enterprise(
    client: TestClient, key: str, subject: str
) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in subject.lower())
    assert (
        _ask(client, key, {"subject": f" {wide} ", "scene": "foreign_exchange"}).json()["subject"] == subject
    )


def test_a_question_that_goes_the_long_way_gets_the_same_answer(
    client: TestClient, key: str, subject: str
) -> None:
    body = {"subject": subject, "scene": "foreign_exchange"}
    short, again = _ask(client, key, body).json(), _ask(client, key, body).json()
    media = {"X-API-Key": key, "Content-Type": "application/json; charset=utf-8"}
    long = client.post("/v1/score", content=json.dumps(body), headers=media).json()
    assert len({told.pop("audit_id") for told in (short, again, long)}) == 3
    assert short == again == long


@pytest.mark.parametrize("key", [None, "", "crk_x", "crk_000000000000_wrong", "something"])
def test_without_a_valid_key_there_is_no_answer(client: TestClient, key: str | None, subject: str) -> None:
    answer = _ask(client, key, {"subject": subject, "scene": "foreign_exchange"})
    assert answer.status_code == 401
    assert answer.json()["field"] == "X-API-Key"


def test_a_revoked_key_is_no_key_after_two_seconds_at_the_latest(
    client: TestClient, keys: Keys, key: str, subject: str
) -> None:
    assert _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).status_code == 200
    keys.revoke(key.split("_")[1])
    time.sleep(REMEMBERED + 0.05)
    assert _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).status_code == 401


def test_an_expired_key_is_no_key(client: TestClient, keys: Keys, key: str, subject: str) -> None:
    assert _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).status_code == 200
    with keys.engine.begin() as connection:
        connection.exec_driver_sql("update keys set expires_at = '2020-01-01T00:00:00'")
    time.sleep(REMEMBERED + 0.05)
    assert _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).status_code == 401
    with pytest.raises(InputError, match="days"):
        keys.make("外汇系统", "system", ["foreign_exchange"], days=0)


def test_a_key_answers_only_in_its_scenes(client: TestClient, key: str, subject: str) -> None:
    assert _ask(client, key, {"subject": subject, "scene": "bidding"}).status_code == 403


def test_a_role_that_may_not_read_scores_gets_none(client: TestClient, keys: Keys, subject: str) -> None:
    administrator = keys.make("管理员", "administrator", ["bidding"])
    assert _ask(client, administrator, {"subject": subject, "scene": "bidding"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": "91310115MA0537410B", "scene": "foreign_exchange"}, "subject"),
        ({"subject": "x", "scene": "foreign_exchange"}, "subject"),
        ({"subject": "91350100M000100Y43", "scene": "foreign_exchang"}, "scene"),
        ({"subject": "91350100M000100Y43"}, "scene"),
        ({"subject": "91350100M000100Y43", "scene": "foreign_exchange", "more": 1}, "more"),
    ],
)
def test_a_bad_question_is_told_which_field(
    client: TestClient, key: str, body: dict[str, Any], field: str
) -> None:
    answer = _ask(client, key, body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.json()["expected"]


def test_an_enterprise_nobody_knows_is_not_found(client: TestClient, key: str) -> None:
    answer = _ask(client, key, {"subject": "91350100M000100Y43", "scene": "foreign_exchange"})
    assert answer.status_code == 404


def test_an_enterprise_that_is_not_scorable_says_why_and_has_no_number(
    client: TestClient, key: str, book: Book
) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    subject = table.loc[~table["scorable"], "subject"].iloc[0]
    told = _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).json()
    assert told["scorable"] is False and told["why_not"]
    assert not {"score", "pd", "grade"} & set(told)


def test_every_answer_and_refusal_leaves_a_line_and_the_chain_holds(
    client: TestClient, keys: Keys, key: str, subject: str
) -> None:
    told = _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).json()
    _ask(client, None, {"subject": subject, "scene": "foreign_exchange"})
    _ask(client, key, {"subject": subject, "scene": "bidding"})
    head = Audit(keys.engine).verify()
    assert head.lines == 3
    with keys.engine.connect() as connection:
        lines = connection.exec_driver_sql("select number, actor, subject, result, hash from audit").all()
    assert [line.result for line in lines] == ["200", "401", "403"]
    assert told["audit_id"] == f"1-{lines[0].hash[:12]}"
    assert "外汇系统" in lines[0].actor and lines[0].subject == subject


def test_what_a_scene_may_not_see_is_withheld_and_the_sum_still_holds(
    book: Book, keys: Keys, key: str, subject: str
) -> None:
    from dataclasses import replace

    hidden = {n: i.model_copy(update={"scenes": ["tax"]}) for n, i in book.rules.indicators.items()}
    with TestClient(create_app(replace(book.rules, indicators=hidden))) as client:
        told = _ask(client, key, {"subject": subject, "scene": "foreign_exchange"}).json()
    shown = [i for reason in told["reasons"] for i in reason["indicators"]]
    assert shown and all(i["withheld"] and set(i) == {"points", "withheld", "evidence"} for i in shown)
    assert (
        round(told["base_points"] + told["other_points"] + sum(r["points"] for r in told["reasons"]), 1)
        == told["score"]
    )


def test_no_secret_is_stored(keys: Keys, key: str, tmp_path: Path) -> None:
    secret = key.split("_", 2)[2].encode()
    assert all(secret not in path.read_bytes() for path in tmp_path.iterdir())
