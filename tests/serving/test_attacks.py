"""An attacker's afternoon: what a stranger, a slow or a greedy caller, and a caller with a token may try."""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from evaluation.disposable import listening
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import ROOT
from tests.serving.conftest import PASSWORD
from typer.testing import CliRunner

from credit_risk.cli import app as command
from credit_risk.serving import people
from credit_risk.serving.access import Caller
from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk
from credit_risk.serving.limits import Limiter
from credit_risk.serving.people import People
from credit_risk.serving.tokens import _id
from credit_risk.zone import Book

GRADES = "/v1/grades"


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    found: Desk = app.state.desk
    return found


def _key(desk: Desk, name: str = "系统") -> dict[str, str]:
    return {"X-API-Key": desk.keys.make(name, "system", ["tax"])}


@contextmanager
def _instead(state: Any, name: str, limiter: Limiter) -> Iterator[None]:
    kept = getattr(state, name)
    setattr(state, name, limiter)
    yield
    setattr(state, name, kept)


# ---- who floods ------------------------------------------------------------------------------------


def test_strangers_are_told_to_wait_and_shut_out_nobody_who_was_let_in(
    app: FastAPI, client: TestClient, desk: Desk
) -> None:
    known, unknown = _key(desk), _key(desk)
    with _instead(app.state, "failures", Limiter(3)):
        assert client.get(GRADES, headers=known).status_code == 200
        told = [client.get(GRADES, headers={"X-API-Key": f"crk_{n}_x"}).status_code for n in range(5)]
        assert told == [401, 401, 401, 429, 429]
        assert client.get(GRADES, headers=known).status_code == 200
        assert int(client.get(GRADES, headers=unknown).headers["Retry-After"]) >= 1


def test_guessing_passwords_of_many_accounts_is_told_to_wait(app: FastAPI, client: TestClient) -> None:
    console = next(route.app for route in app.routes if getattr(route, "path", "") == "/console")
    with _instead(console.state, "sign_ins", Limiter(3)):
        said = [
            client.post("/console/sign-in", data={"user": f"user{n}", "password": "wrong"}) for n in range(5)
        ]
    assert [s.status_code for s in said] == [401, 401, 401, 429, 429]
    assert int(said[-1].headers["Retry-After"]) >= 1


def test_an_account_that_is_not_there_takes_as_long_to_check(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    monkeypatch.setattr(people, "_matches", lambda password, kept: bool(checked.append(kept)))
    found = [desk.people.sign_in(user, PASSWORD) for user in ("wang", "nobody")]
    assert found == [None, None] and len(set(checked)) == 2


def test_checking_a_password_holds_up_nobody_who_writes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over = threading.Event(), threading.Event()

    def slowly(*_: str) -> bool:
        begun.set()
        return over.wait(30) and False

    monkeypatch.setattr(people, "_matches", slowly)
    with ThreadPoolExecutor(1) as pool:
        guess = pool.submit(People(desk.engine, desk.rules).sign_in, "wang", PASSWORD)
        assert begun.wait(30)
        line = desk.audit.write(actor="a", role="", scene="", action="x", subject="", result="200")
        over.set()
        assert line and guess.result() is None


def test_the_cookie_is_for_this_site_and_no_script_and_behind_tls_for_tls_only(app: FastAPI) -> None:
    for base, secure in (("http://testserver", False), ("https://testserver", True)):
        with TestClient(app, base_url=base, follow_redirects=False) as client:
            answer = client.post("/console/sign-in", data={"user": "wang", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "path=/console" in cookie
        assert ("secure" in cookie) is secure is ("strict-transport-security" in answer.headers)


def test_known_passwords_are_for_this_machine_only() -> None:
    told = CliRunner().invoke(command, ["--book", str(ROOT), "serve", "--demo", "--host", "0.0.0.0"])
    assert told.exit_code == 2 and "only on this machine" in told.output


# ---- who is slow, or comes all at once -----------------------------------------------------------------


def test_a_slow_body_is_not_waited_for_and_a_full_house_says_when_to_come_again(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    quick = book.rules.settings.service.model_copy(update={"body_seconds": 2, "at_once": 3})
    rules = replace(book.rules, settings=book.rules.settings.model_copy(update={"service": quick}))
    app = create_app(rules)
    key = _key(app.state.desk)
    head = (
        f"POST /v1/score HTTP/1.1\r\nHost: x\r\nX-API-Key: {key['X-API-Key']}\r\nContent-Length: 50\r\n\r\n"
    )
    with listening(app) as address:
        port = int(address.rsplit(":", 1)[1])
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        for one in slow:
            one.sendall(head.encode() + b"{")
        time.sleep(0.5)
        full = httpx.get(f"{address}{GRADES}", headers=key)
        assert (full.status_code, full.headers["Retry-After"]) == (429, "1")
        assert httpx.get(f"{address}/health").status_code == 200
        for one in slow:
            one.settimeout(30)
            assert one.recv(4096).startswith(b"HTTP/1.1 408")
            one.close()
        assert httpx.get(f"{address}{GRADES}", headers=key, timeout=30).status_code == 200


def test_a_body_that_does_not_say_its_length_is_not_read(client: TestClient, desk: Desk) -> None:
    answer = client.post("/v1/score", content=iter([b"{}"] * 3), headers=_key(desk))
    assert answer.status_code == 413


# ---- who listens to the clock -----------------------------------------------------------------------------


def test_a_wrong_secret_takes_as_long_as_a_key_that_is_not_there(desk: Desk) -> None:
    good = _key(desk)["X-API-Key"]
    wrong = good[:-1] + ("A" if good[-1] != "A" else "B")
    early = "_".join([*good.split("_", 2)[:2], "A" * 43])
    guesses = {
        "almost right": wrong,
        "wrong from the start": early,
        "not there": "crk_000000000000_" + "A" * 43,
    }
    took: dict[str, list[float]] = {name: [] for name in guesses}
    for _ in range(400):
        for name, guess in guesses.items():
            began = time.perf_counter()
            assert desk.keys.caller(guess) is None
            took[name].append(time.perf_counter() - began)
    typical = [statistics.quantiles(one, n=4)[0] for one in took.values()]
    assert max(typical) < 1.5 * min(typical), took.keys()


# ---- who has a key, a token, or an answer already ---------------------------------------------------------


def test_an_answer_told_again_counts_and_leaves_a_line(
    app: FastAPI, client: TestClient, desk: Desk, book: Book
) -> None:
    table = book.snapshots.read(book.snapshots.current() or "")
    body = {"subject": str(table["subject"].iloc[0]), "scene": "tax"}
    headers = _key(desk) | {"Idempotency-Key": "again"}
    with _instead(app.state, "limiter", Limiter(3)):
        first = client.post("/v1/score", json=body, headers=headers)
        again = client.post("/v1/score", json=body, headers=headers)
        assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"
        line = desk.audit.latest(1)[0]
        assert (line["action"], line["subject"]) == ("answer.again", f"as in {first.json()['audit_id']}")
        said = [client.post("/v1/score", json=body, headers=headers).status_code for _ in range(2)]
    assert said == [200, 429]


def test_no_two_subjects_of_tokens_are_one_caller_and_none_is_a_system_by_its_name() -> None:
    long = "https://id.example/" + "x" * 60
    ids = {_id(issuer, subject) for issuer in ("a", "b") for subject in (long, long + "y", "法院")}
    assert len(ids) == 6 and max(map(len, ids)) <= 64
    token = Caller(_id("a", "42"), _id("a", "42"), "法院", "system", ("tax",), "")
    assert (
        token.poster
        == token.key_id
        != Caller("0a", "01", "法院", "system", ("tax",), "").poster
        == "法院 (01)"
    )


def test_what_is_under_a_key_is_told_in_the_openapi(client: TestClient) -> None:
    told = client.get("/openapi.json").json()
    assert set(told["components"]["securitySchemes"]) == {"key", "token"}
    closed = {
        (method, path) for path, one in told["paths"].items() for method in one if one[method].get("security")
    }
    opened = {(m, p) for p, one in told["paths"].items() for m in one} - closed
    assert {path for _, path in opened} == {"/health", "/ready", "/v2/health/live", "/v2/health/ready"}
    assert json.dumps(told).count("x-api-key") == 0
