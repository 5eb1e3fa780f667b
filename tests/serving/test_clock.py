"""One clock: what people do is stamped by the day on which due dates are counted, and a page says whose day it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import END
from tests.serving.test_console import sign_in, word
from tests.serving.test_onward import fresh, press

from credit_risk.serving.desk import Desk


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def test_steps_and_decisions_bear_the_day_on_which_due_dates_are_counted(
    app: FastAPI, client: TestClient
) -> None:
    desk: Desk = app.state.desk
    case = fresh(desk)
    path = f"/console/cases/{case.case_id}"
    sign_in(client, "wang")
    press(client, path, "check")
    assert desk.ledger.moves(case.case_id)[-1].at[:10] == END
    next_day = str(date.fromisoformat(END) + timedelta(days=1))
    wish = {"case": [case.case_id], "act": "snooze", "until": next_day, "reason": "待年报"}
    page = client.get("/console/").text
    assert client.post("/console/together", data=wish | {"csrf": word(page)}).status_code == 303
    moved = desk.ledger.moves(case.case_id)[-1]
    assert (moved.act, moved.at[:10]) == ("snooze", END)
    standing = f"/console/enterprises/{case.subject}/standing"
    bounds = {"public": "B", "reason": "核实", "basis": "管理办法第六条", "expires": next_day}
    data = bounds | {"csrf": word(client.get(standing).text)}
    assert client.post(standing, data=data).status_code == 303
    assert desk.overrides.of(case.subject)[-1].proposed_at[:10] == END


def test_the_page_says_that_the_day_is_for_practice(client: TestClient) -> None:
    sign_in(client, "wang")
    assert f"练习日期 {END} · 数据截至 {END}" in client.get("/console/").text
    client.get("/console/language/en?to=/console/")
    assert f"Practice day {END} · data as of {END}" in client.get("/console/").text


@pytest.mark.parametrize(("days", "told"), [(0, False), (35, False), (36, True)])
def test_the_page_says_when_the_scores_are_old(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, days: int, told: bool
) -> None:
    now = date.fromisoformat(END) + timedelta(days=days)
    monkeypatch.setattr(Desk, "today", property(lambda _: now))
    monkeypatch.setattr(Desk, "practising", property(lambda _: False))
    sign_in(client, "wang")
    page = client.get("/console/portfolio").text
    assert (f"数据截至 {END}，已过 {days} 天" in page) == told and "练习日期" not in page
