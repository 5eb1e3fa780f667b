"""The way on: a check begins without words, and after a verdict the page says what follows and who does it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.serving.test_console import sign_in, word

from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import Case, Person

WANG, LI = Person("wang", "王监管", "supervisor"), Person("li", "李复核", "reviewer")


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def fresh(desk: Desk, restricted: bool = False) -> Case:
    """Return a case that nobody touched yet; one of an enterprise whose legal facts call for a restriction if asked."""
    for case in desk.ledger.queue(states=("new",), limit=1000).cases:
        if not restricted or _restrictions(desk, case):
            return case
    raise AssertionError("no such case in the small zone")


def _restrictions(desk: Desk, case: Case) -> list[str]:
    published = desk.published()
    assert published is not None
    standing = desk.policy.of(published.snapshot_id, case.subject, desk.today)
    return [m.measure for m in standing.measures if m.kind == "restriction"] if standing else []


def press(client: TestClient, path: str, act: str, reason: str = "") -> int:
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    data = {"act": act, "version": version[1], "reason": reason, "csrf": word(page)}
    return client.post(path, data=data).status_code


def test_a_check_begins_without_words_and_a_verdict_does_not(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = fresh(desk)
    path = f"/console/cases/{case.case_id}"
    sign_in(client, "wang")
    assert "撤回上一步" not in client.get(path).text, "nothing was done that could be taken back"
    assert press(client, path, "check") == 303
    started = desk.ledger.moves(case.case_id)[-1]
    assert (started.act, started.actor, started.reason) == ("check", WANG.shown, "")
    assert desk.audit.latest(1)[0]["action"] == "case.check"
    assert "撤回上一步" in client.get(path).text
    for act in ("propose", "reject", "data_error", "escalate"):
        assert press(client, path, act) == 400, act
    assert desk.ledger.case(case.case_id).state == "checking"


def test_after_a_proposal_the_page_names_who_reviews(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = fresh(desk)
    desk.ledger.act(case.case_id, "check", WANG, "")
    desk.ledger.act(case.case_id, "propose", WANG, "失联")
    sign_in(client, "wang")
    page = client.get(f"/console/cases/{case.case_id}").text
    assert "复核人：李复核" in page and "处理下一件 →" in page and 'value="approve"' not in page
    client.cookies.clear()
    sign_in(client, "li")
    assert 'value="approve"' in client.get(f"/console/cases/{case.case_id}").text


def test_a_restriction_takes_one_who_asks_and_another_who_agrees(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = fresh(desk, restricted=True)
    measure = _restrictions(desk, case)[0]
    path = f"/console/cases/{case.case_id}"

    def press_as(user: str, step: str = "", **more: str) -> int:
        client.cookies.clear()
        sign_in(client, user)
        now = desk.ledger.case(case.case_id).version
        data = {"measure": measure, "version": now, "csrf": word(client.get(path).text), **more}
        return client.post(f"{path}/measures{step}", data=data).status_code

    assert press_as("wang", reason="连续三月未申报") == 409, "nobody confirmed it yet"
    for act, person in (("check", WANG), ("propose", WANG), ("approve", LI)):
        desk.ledger.act(case.case_id, act, person, "属实")
    assert press_as("wang", reason=" ") == 400, "a restriction is asked for with a reason"
    assert press_as("li", "/agree") == 409, (
        "nobody asked for it yet, and the one who approved cannot go alone"
    )
    assert press_as("wang", reason="连续三月未申报") == 303
    assert press_as("li", reason="再来一次") == 409, "once is enough"
    assert press_as("wang", "/agree") == 403, "a supervisor may not agree, least of all to the own wish"
    client.cookies.clear()
    sign_in(client, "wang")
    page = client.get(path).text
    assert "已提请，等待另一人同意" in page and "李复核" in page and "提请限制措施" in page
    assert press_as("li", "/agree") == 303
    assert desk.audit.latest(1)[0]["action"] == "measure.propose"
    assert press_as("li", "/agree") == 409 and "已提出建议" in client.get(path).text
    told, rule = desk.ledger.moves(case.case_id)[-1], desk.rules.measures[measure]
    assert (told.act, told.actor) == ("note", LI.shown)
    assert rule.department in told.reason and rule.title.zh in told.reason and rule.basis in told.reason
    assert told.reason.endswith(f"提请人：{WANG.shown}")


def test_who_may_confirm_measures_does_not_agree_to_the_own_wish(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = fresh(desk, restricted=True)
    for act, person in (("check", WANG), ("propose", WANG), ("approve", LI)):
        desk.ledger.act(case.case_id, act, person, "属实")
    path = f"/console/cases/{case.case_id}"
    sign_in(client, "li")
    data = {"measure": _restrictions(desk, case)[0], "csrf": word(client.get(path).text), "reason": "未申报"}
    for step, expected in (("", 303), ("/agree", 409)):
        data["version"] = str(desk.ledger.case(case.case_id).version)
        assert client.post(f"{path}/measures{step}", data=data).status_code == expected
    assert "measures/agree" not in client.get(path).text
