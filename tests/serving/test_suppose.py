"""What-if and change over the API and in the console: what the engine says, lawful in the scene, audited."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import EARLIER, END

from credit_risk.explain.suppose import what_if_repaired
from credit_risk.serving.desk import Desk
from credit_risk.serving.workbench import Piece
from credit_risk.zone import Book


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def headers(app: FastAPI) -> dict[str, str]:
    desk: Desk = app.state.desk
    return {"X-API-Key": desk.keys.make("修复窗口", "system", ["financing"])}


@pytest.fixture(scope="module")
def punished(book: Book) -> tuple[str, str]:
    table = book.snapshots.read(book.snapshots.current() or "")
    cases = book.records.as_of("enforced_person", END).to_pandas()
    cases = cases[cases["subject"].isin(table.loc[table["scorable"], "subject"])]
    return str(cases["subject"].iloc[0]), str(cases["record_id"].iloc[0])


def test_a_supposed_repair_is_answered_as_the_engine_answers(
    app: FastAPI, client: TestClient, headers: dict[str, str], book: Book, punished: tuple[str, str]
) -> None:
    subject, record = punished
    asked = {"subject": subject, "scene": "financing", "repair": [record]}
    told = client.post("/v1/what-if", json=asked, headers=headers).json()
    expected = what_if_repaired(book.matrix, book.champion()[1].credit, subject, END, [record])
    assert told["after"] == {
        "score": round(expected.after.score, 1),
        "pd": expected.after.pd,
        "grade": expected.after.grade,
    }
    assert told["before"]["pd"] == expected.before.pd
    desk: Desk = app.state.desk
    assert desk.audit.verify().lines > 0
    wrong = client.post("/v1/what-if", json=asked | {"repair": ["nothing"]}, headers=headers)
    assert wrong.status_code == 422 and wrong.json()["field"] == "repair"


def test_a_change_is_split_into_causes_that_add_up(
    client: TestClient, headers: dict[str, str], punished: tuple[str, str]
) -> None:
    path = f"/v1/subjects/{punished[0]}/change?scene=financing&since={EARLIER}"
    told = client.get(path, headers=headers).json()
    moved = told["after"]["score"] - told["before"]["score"]
    assert sum(step["points"] for step in told["steps"]) == pytest.approx(
        moved, abs=0.31
    )  # each rounded to a tenth
    assert [s["cause"] for s in told["steps"]] == ["aged", "repaired", "new", "neighbours"]
    late = client.get(path.replace(EARLIER, END), headers=headers)
    assert late.status_code == 422 and late.json()["field"] == "since"


def test_another_scene_or_no_key_is_refused(
    client: TestClient, headers: dict[str, str], punished: tuple[str, str]
) -> None:
    asked = {"subject": punished[0], "scene": "tax", "repair": [punished[1]]}
    assert client.post("/v1/what-if", json=asked, headers=headers).status_code == 403
    assert client.post("/v1/what-if", json=asked).status_code == 401


def finished(client: TestClient, path: str) -> str:
    """Return a page that computes beside, once its answer is there; it looks again by itself until then."""
    began = time.monotonic()
    while "data-again" in (page := client.get(path).text) and time.monotonic() - began < 120:
        time.sleep(0.2)
    return page


def test_the_console_shows_a_repair(client: TestClient, punished: tuple[str, str]) -> None:
    subject, record = punished
    signed = client.post(
        "/console/sign-in", data={"user": "wang", "password": "practice-zone"}, follow_redirects=False
    )
    assert signed.status_code == 303
    page = finished(client, f"/console/enterprises/{subject}/what-if?record={record}")
    assert "修复前后" in page and "可以修复或补正的记录" in page
    supposed = page.split("假定已修复或补正", 1)[1].split("</ul>", 1)[0]
    assert supposed.count("<li>") == 1 and record in supposed, "the answer names what is supposed"
    assert f'value="{record}" id="r{record}" checked' in page
    wrong = finished(client, f"/console/enterprises/{subject}/what-if?record=nothing")
    assert "no remedy of the book concerns it" in wrong and "修复前后" not in wrong


def test_a_page_that_still_computes_offers_to_look_again(
    app: FastAPI, client: TestClient, punished: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: Piece[object] = Piece()
    monkeypatch.setattr(app.state.desk.workbench, "ask", lambda key, make: waits)
    client.post("/console/sign-in", data={"user": "wang", "password": "practice-zone"})
    page = client.get(f"/console/enterprises/{punished[0]}/what-if?record={punished[1]}").text
    assert page.count("data-again") == 2 and page.count(f'href="?record={punished[1]}">刷新') == 2


def test_the_console_shows_a_change(client: TestClient, punished: tuple[str, str]) -> None:
    subject, _ = punished
    client.post("/console/sign-in", data={"user": "wang", "password": "practice-zone"})
    page = finished(client, f"/console/enterprises/{subject}/change?since={EARLIER}")
    assert "本企业的新事实" in page
