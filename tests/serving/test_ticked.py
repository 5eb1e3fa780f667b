"""Who proposes says which signals are true; who approves is told that nothing was opened; neither costs a click."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser
from tests.serving.test_browser import browser, signed_in
from tests.serving.test_console import sign_in, word
from tests.serving.test_onward import WANG

from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import Case, confirmable, standing_grounds

__all__ = ["browser"]  # the fixture


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def under_check(desk: Desk) -> Case:
    """Return a case under check with several facts and a guess."""
    for case in desk.ledger.queue(states=("new",), limit=1000).cases:
        if 1 < len(confirmable(case)) < len(case.signals):
            return desk.ledger.act(case.case_id, "check", WANG, "")
    raise AssertionError("no such case in the small zone")


def propose(client: TestClient, path: str, **more: object) -> int:
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    data = {"act": "propose", "version": version[1], "reason": "住所无人", "csrf": word(page), **more}
    return client.post(path, data=data).status_code


def test_the_ticked_signals_are_kept_and_shown_to_the_second_person(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = under_check(desk)
    path = f"/console/cases/{case.case_id}"
    able = confirmable(case)
    sign_in(client, "wang")
    page = client.get(path).text
    ticks = re.findall(r'name="signal" value="(\w+)" form="decide" checked', page)
    assert ticks == able and "模型推测" in page, "every fact is ticked, no guess is asked to be confirmed"
    assert propose(client, path, chosen="1") == 400, "nothing ticked is no ground"
    assert propose(client, path, chosen="1", signal=able[1:]) == 303
    assert standing_grounds(desk.ledger.moves(case.case_id)) == able[1:]
    client.cookies.clear()
    sign_in(client, "li")
    page = client.get(path).text
    assert page.count(">提请认定</span>") == len(able) - 1 and page.count(">未列入</span>") == 1
    assert "提请认定的信号" in page


def test_who_opened_no_record_is_told_and_not_held_up(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = under_check(desk)
    path = f"/console/cases/{case.case_id}"
    desk.ledger.act(case.case_id, "propose", WANG, "住所无人")
    sign_in(client, "li")
    page = client.get(path).text
    assert "data-unread" in page and "表示您亲自核对过" in page and 'value="approve"' in page
    first = next(e for s in case.signals for e in s["evidence"])
    assert client.get(f"/console/records/{first['kind']}/{first['record_id']}").status_code == 200
    assert "data-unread" not in client.get(path).text
    client.cookies.clear()
    sign_in(client, "wang")
    assert "data-unread" not in client.get(path).text, "nothing is left to decide for who proposed"


@pytest.mark.xdist_group("browser")
def test_the_count_follows_the_ticks_and_the_short_way_has_no_new_click(
    app: FastAPI, browser: Browser, address: str
) -> None:
    desk: Desk = app.state.desk
    case = under_check(desk)
    able = confirmable(case)
    with signed_in(browser, address, "wang") as page:
        page.goto(f"{address}/console/cases/{case.case_id}")
        assert page.inner_text("[data-ticked]") == str(len(able))
        page.uncheck(f"[name=signal][value={able[0]}]")
        assert page.inner_text("[data-ticked]") == str(len(able) - 1)
        page.fill("#reason", "住所无人")
        page.click("button[value=propose]")
        page.wait_for_url("**done=propose")
    assert standing_grounds(desk.ledger.moves(case.case_id)) == able[1:]
