"""The console without a browser: who may see what, forms, injection, both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.serving.conftest import PASSWORD

PAGES = [
    "/console/",
    "/console/portfolio",
    "/console/search?q=公司",
    "/console/models",
    "/console/dictionary",
    "/console/quarantine",
    "/console/identity",
    "/console/audit",
    "/console/people",
]
MAY = {
    "wang": {"/console/", "/console/portfolio", "/console/search?q=公司"},
    "chen": {
        "/console/",
        "/console/portfolio",
        "/console/search?q=公司",
        "/console/models",
        "/console/dictionary",
        "/console/quarantine",
        "/console/identity",
    },
    "sun": {"/console/audit"},
    "qian": {"/console/people"},
}


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, user: str) -> None:
    answer = client.post("/console/sign-in", data={"user": user, "password": PASSWORD})
    assert answer.status_code == 303 and "crk_session" in client.cookies


def word(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


def first_case(client: TestClient, query: str = "") -> str:
    found = re.search(r'data-open href="(/console/cases/\w+)"', client.get(f"/console/{query}").text)
    assert found
    return found.group(1)


@pytest.mark.parametrize(
    "path", [*PAGES, "/console/cases/x", "/console/enterprises/x", "/console/records/a/b"]
)
def test_nobody_sees_a_page_without_signing_in(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/console/sign-in")


@pytest.mark.parametrize("user", list(MAY))
def test_a_role_sees_its_pages_and_no_other(client: TestClient, user: str) -> None:
    sign_in(client, user)
    for path in PAGES:
        expected = 200 if path in MAY[user] else 403
        assert client.get(path, follow_redirects=True).status_code == expected, path


def test_a_wrong_password_says_nothing_of_the_account(client: TestClient) -> None:
    answers = [
        client.post("/console/sign-in", data={"user": user, "password": "wrong-password"})
        for user in ("wang", "nobody")
    ]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].text == answers[1].text.replace('value="nobody"', 'value="wang"')


def test_an_account_is_locked_after_five_wrong_passwords(app: FastAPI, client: TestClient) -> None:
    app.state.desk.people.add("lock", "锁", "supervisor", PASSWORD)
    for _ in range(5):
        client.post("/console/sign-in", data={"user": "lock", "password": "wrong"})
    assert client.post("/console/sign-in", data={"user": "lock", "password": PASSWORD}).status_code == 401


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/console//evil.example",
        "/console/\\evil",
        "javascript:alert(1)",
    ],
)
def test_signing_in_leads_nowhere_else(client: TestClient, to: str) -> None:
    answer = client.post("/console/sign-in", data={"user": "wang", "password": PASSWORD, "to": to})
    assert answer.headers["location"] == "/console/"


def test_signing_out_ends_the_session(client: TestClient) -> None:
    sign_in(client, "wang")
    token = client.cookies["crk_session"]
    client.post("/console/sign-out", data={"csrf": word(client.get("/console/").text)})
    client.cookies.set("crk_session", token, path="/console")
    assert client.get("/console/").status_code == 303


def test_a_form_without_our_word_does_nothing(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "wang")
    path = first_case(client)
    before = app.state.desk.ledger.case(path.rsplit("/", 1)[1])
    for csrf in ("", "wrong"):
        data = {"act": "check", "version": before.version, "reason": "x", "csrf": csrf}
        assert client.post(path, data=data).status_code == 403
    assert app.state.desk.ledger.case(before.case_id) == before


def test_what_people_write_is_text(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "wang")
    path = first_case(client, "?level=orange")
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    evil = "<script>alert(1)</script>{{7*7}}'\"; DROP TABLE cases;--"
    data = {"act": "note", "version": version.group(1), "reason": evil, "csrf": word(page)}
    assert client.post(path, data=data).status_code == 303
    shown = client.get(path).text
    assert "<script>alert(1)" not in shown and "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in shown
    assert client.get(f"/console/search?q={evil}").text.count("<script>alert") == 0
    assert client.get(f"/console/?q={evil}").status_code == 200


def test_a_decision_that_is_not_allowed_says_why(client: TestClient) -> None:
    sign_in(client, "wang")
    path = first_case(client)
    page = client.get(path).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    answer = client.post(
        path, data={"act": "approve", "version": version.group(1), "reason": "x", "csrf": word(page)}
    )
    assert answer.status_code == 409 and "supervisor may not approve" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/console/cases/none",
        "/console/enterprises/none",
        "/console/records/fine/none",
        "/console/records/../etc",
        "/console/none",
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    sign_in(client, "wang")
    assert client.get(path).status_code == 404


def test_the_other_language_is_one_click_away(client: TestClient) -> None:
    sign_in(client, "wang")
    chinese = client.get("/console/").text
    assert "处理下一件" in chinese
    client.get("/console/language/en?to=/console/")
    english = client.get("/console/").text
    assert "Next case" in english and "处理下一件" not in english


def test_every_page_forbids_foreign_script(client: TestClient) -> None:
    sign_in(client, "wang")
    for path in ["/console/", first_case(client), "/console/portfolio"]:
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy and "unsafe" not in policy
        assert "<script>" not in answer.text and " style=" not in answer.text and "onclick" not in answer.text


def test_reading_a_case_leaves_an_audit_line(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "wang")
    line = app.state.desk.audit.latest(1)[0]
    assert (line["action"], line["role"]) == ("console.sign_in", "supervisor") and "王监管" in line["actor"]
    client.get(first_case(client))
    line = app.state.desk.audit.latest(1)[0]
    assert (line["action"], line["role"]) == ("case.read", "supervisor") and "王监管" in line["actor"]


@pytest.mark.parametrize(
    ("user", "home"), [("wang", "/console/"), ("sun", "/console/audit"), ("qian", "/console/people")]
)
def test_signing_in_leads_to_the_first_page_of_the_role(client: TestClient, user: str, home: str) -> None:
    answer = client.post("/console/sign-in", data={"user": user, "password": PASSWORD})
    assert answer.headers["location"] == home


def test_an_administrator_opens_and_closes_an_account(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "qian")
    csrf = word(client.get("/console/people").text)
    person = {
        "user_id": "zhou",
        "name": "周新人<b>",
        "role": "supervisor",
        "password": PASSWORD,
        "csrf": csrf,
    }
    assert client.post("/console/people", data=person).status_code == 303
    page = client.get("/console/people").text
    assert "周新人&lt;b&gt;" in page and "周新人<b>" not in page
    token = app.state.desk.people.sign_in("zhou", PASSWORD)
    assert client.post("/console/people/close", data={"user_id": "zhou", "csrf": csrf}).status_code == 303
    assert app.state.desk.people.session(token) is None
    assert client.post("/console/people/close", data={"user_id": "qian", "csrf": csrf}).status_code == 400


def test_a_key_is_shown_once_and_dies_when_revoked(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "qian")
    csrf = word(client.get("/console/people").text)
    wish = {"name": "外汇系统", "role": "system", "scene": "foreign_exchange", "days": "30", "csrf": csrf}
    made = re.search(r'<code class="key">([^<]+)</code>', client.post("/console/people/keys", data=wish).text)
    assert made
    caller = app.state.desk.keys.caller(made.group(1))
    assert caller and caller.scenes == ("foreign_exchange",)
    assert made.group(1) not in client.get("/console/people").text
    client.post("/console/people/keys/revoke", data={"key_id": caller.key_id, "csrf": csrf})
    assert app.state.desk.keys.caller(made.group(1)) is None


def test_accounts_and_keys_are_closed_to_others(client: TestClient) -> None:
    sign_in(client, "wang")
    csrf = word(client.get("/console/").text)
    person = {"user_id": "evil", "name": "x", "role": "administrator", "password": PASSWORD, "csrf": csrf}
    assert client.post("/console/people", data=person).status_code == 403
    assert client.post("/console/people/close", data={"user_id": "li", "csrf": csrf}).status_code == 403
    key = {"name": "x", "role": "system", "scene": "tax", "csrf": csrf}
    assert client.post("/console/people/keys", data=key).status_code == 403
    waiting = {"key": "a", "act": "reject", "reason": "x", "csrf": csrf}
    assert client.post("/console/identity", data=waiting).status_code == 403


def test_chosen_cases_are_assigned_and_snoozed_together(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "wang")
    page = client.get("/console/?level=yellow").text
    ids = re.findall(r'data-open href="/console/cases/(\w+)"', page)[:2]
    given = {"case": ids, "act": "assign", "to": "li", "csrf": word(page)}
    assert client.post("/console/together", data=given).status_code == 303
    assert {app.state.desk.ledger.case(one).assignee for one in ids} == {"li"}
    bare = {"case": ids, "act": "snooze", "until": "2026-07-05", "csrf": word(page)}
    assert "reason" in client.post("/console/together", data=bare).text
    for act, to in (("approve", ""), ("assign", "nobody")):
        answer = client.post(
            "/console/together", data={"case": ids, "act": act, "to": to, "csrf": word(page)}
        )
        assert answer.status_code == 403


def test_a_human_decision_takes_two_people(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "wang")
    subject = app.state.desk.published().scores.index[0]
    path = f"/console/enterprises/{subject}/standing"
    page = client.get(path).text
    wish = {
        "public": "B",
        "reason": "已现场核实",
        "basis": "管理办法第六条",
        "expires": "2026-09-30",
        "csrf": word(page),
    }
    assert client.post(path, data=wish).status_code == 303
    made = app.state.desk.overrides.of(subject)[-1]
    approve = {"act": "approve", "reason": "同意", "csrf": word(page)}
    assert client.post(f"{path}/{made.override_id}", data=approve).status_code == 403
    client.cookies.clear()
    sign_in(client, "li")
    approve["csrf"] = word(client.get(path).text)
    assert client.post(f"{path}/{made.override_id}", data=approve).status_code == 303
    assert "按" in client.get(path).text
    assert (
        app.state.desk.policy.of(
            app.state.desk.published().snapshot_id, subject, app.state.desk.today
        ).decision.public
        == "B"
    )


def test_reports_and_tabs_of_an_enterprise_open(app: FastAPI, client: TestClient) -> None:
    sign_in(client, "wang")
    scores = app.state.desk.published().scores
    subject = scores.index[scores["scorable"]][0]
    for tab in ("", "/relations", "/archive?effect=adverse", "/standing", "/report", "/report/financing"):
        assert client.get(f"/console/enterprises/{subject}{tab}").status_code == 200, tab
    policy = client.get(f"/console/enterprises/{subject}/report/financing").headers["content-security-policy"]
    assert "script-src" not in policy and "default-src 'none'" in policy
    assert client.get(f"/console/enterprises/{subject}/report/none").status_code == 404


@pytest.mark.parametrize("name", ["..%2f..%2foperational.db", "none.html", "x.txt", ".hidden.html"])
def test_only_reports_of_this_book_are_opened(client: TestClient, name: str) -> None:
    sign_in(client, "chen")
    assert client.get(f"/console/reports/{name}").status_code == 404


def test_a_wrong_password_keeps_the_account_and_says_what_follows(client: TestClient) -> None:
    asked = client.get("/console/sign-in")
    assert asked.status_code == 200 and 'name="user"' in asked.text and 'value=""' in asked.text
    refused = client.post("/console/sign-in", data={"user": "wang<x>", "password": "wrong"})
    assert refused.status_code == 401 and 'value="wang&lt;x&gt;"' in refused.text and "锁定" in refused.text
