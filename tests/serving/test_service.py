"""The service as it is started: BentoML answers a score over HTTP, and only with a key."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.conftest import ROOT

from credit_risk.serving.access import Keys
from credit_risk.store import open_store
from credit_risk.zone import Book

START_WITHIN = 120  # seconds


@pytest.fixture
def address(book: Book) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = "from credit_risk.cli import main; main()"
    words = ["--book", str(ROOT), "serve", "--port", str(port)]
    server = subprocess.Popen([sys.executable, "-c", command, *words], env=os.environ, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server)
        yield url
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_WITHIN
    while time.monotonic() < ends and server.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    pytest.fail("the service did not start")


def test_the_service_answers_over_http_and_only_with_a_key(address: str, book: Book) -> None:
    key = Keys(open_store(book.rules.var), book.rules).make("测试系统", "system", ["tax"])
    table = book.snapshots.read(book.snapshots.current() or "")
    row = table[table["scorable"]].iloc[0]
    body = {"subject": row["subject"], "scene": "tax"}
    told = httpx.post(f"{address}/v1/score", json=body, headers={"X-API-Key": key})
    assert told.status_code == 200
    assert (told.json()["pd"], told.json()["grade"]) == (row["pd"], row["grade"])
    assert httpx.post(f"{address}/v1/score", json=body).status_code == 401
    assert "/v1/score" in httpx.get(f"{address}/openapi.json").json()["paths"]
