"""Who forges, cuts or evades the audit: a malformed call, a made-up name, a kill while the store is away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import ROOT
from typer.testing import CliRunner

from credit_risk.cli import app as command
from credit_risk.errors import InputError
from credit_risk.serving.audit import Audit
from credit_risk.serving.desk import Desk
from credit_risk.serving.spill import Spill
from credit_risk.store import open_store


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    found: Desk = app.state.desk
    return found


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    "subject", ["91350100M000100Y43\n2|admin|ok", "\x1b[2K\r{{7*7}}' OR 1=1 --", "甲\u2028乙"]
)
def test_a_call_that_is_not_well_formed_leaves_one_line_that_nothing_forges(
    client: TestClient, desk: Desk, subject: str
) -> None:
    key = {"X-API-Key": desk.keys.make("系统", "system", ["tax"])}
    before = desk.audit.verify().lines
    answer = client.post("/v1/score", json={"subject": subject, "scene": "tax"}, headers=key)
    assert answer.status_code == 422
    line = desk.audit.latest(1)[0]
    assert (desk.audit.verify().lines, line["role"], line["result"]) == (before + 1, "system", "422")
    assert all(str(value).isprintable() for value in line.values())


@pytest.mark.parametrize("name", ["\n2|admin", "x" * 101, "jwt:42", " "])
def test_a_caller_has_a_name_that_fits_a_line(desk: Desk, name: str) -> None:
    with pytest.raises(InputError, match="name"):
        desk.keys.make(name, "system", ["tax"])


def test_lines_of_a_process_that_was_killed_while_the_store_was_away_enter_the_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDIT_RISK_DATABASE_URL", raising=False)
    gone = os.fork()
    if gone == 0:
        Spill(tmp_path / "spill").keep([{"at": "2026-06-30T09:00:00.000000", **_line("acknowledged")}])
        os._exit(0)
    os.waitpid(gone, 0)
    left = next((tmp_path / "spill").glob(f"audit-{gone}-*.jsonl"))
    with left.open("a", encoding="utf-8") as file:
        file.write('{"cut short')
    living = Spill(tmp_path / "spill")
    living.adopt()
    audit = Audit(open_store(tmp_path), living)
    audit.write(**_line("the next"))
    assert [line["subject"] for line in audit.latest(9)] == ["the next", "acknowledged"]
    assert not list((tmp_path / "spill").glob("*.jsonl")) and audit.verify().lines == 2


def _line(subject: str) -> dict[str, str]:
    return {
        "actor": "a", "role": "", "scene": "", "action": "x", "subject": subject, "result": "200",
    }  # fmt: skip


def test_the_command_names_the_first_line_that_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    audit = Audit(open_store(tmp_path))
    for n in range(4):
        audit.write(**_line(str(n)))
    words = ["--book", str(ROOT), "audit", "verify", "--json"]
    assert CliRunner().invoke(command, words).exit_code == 0
    with audit.engine.begin() as connection:
        connection.exec_driver_sql("update audit set actor = 'somebody' where number >= 3")
    told = CliRunner().invoke(command, words)
    assert told.exit_code == 1 and "line 3 does not fit" in told.output
