"""Who may what: every route against every role, in the console and in the API."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.serving.conftest import ACCOUNTS, PASSWORD

PROBES = {("GET", "/v2/health/live"), ("GET", "/v2/health/ready")}
OPEN = {"/sign-in", "/sign-out", "/language/{language}", "/font.otf"}
CONSOLE = {
    ("GET", "/"): "warning.read",
    ("GET", "/next"): "warning.read",
    ("GET", "/kept-back"): "warning.read",
    ("POST", "/together"): "warning.handle",
    ("GET", "/cases/{case_id}"): "warning.read",
    ("POST", "/cases/{case_id}"): "warning.handle",
    ("POST", "/cases/{case_id}/measures"): "warning.handle",
    ("POST", "/cases/{case_id}/measures/agree"): "measure.confirm",
    ("GET", "/search"): "score.read",
    ("GET", "/enterprises/{subject}"): "score.read",
    ("GET", "/enterprises/{subject}/archive"): "archive.read",
    ("GET", "/enterprises/{subject}/timeline.svg"): "score.read",
    ("GET", "/enterprises/{subject}/profile.svg"): "score.read",
    ("GET", "/enterprises/{subject}/relations"): "score.read",
    ("GET", "/enterprises/{subject}/report"): "report.read",
    ("GET", "/enterprises/{subject}/report/{scene}"): "report.read",
    ("GET", "/enterprises/{subject}/standing"): "score.read",
    ("POST", "/enterprises/{subject}/standing"): "override.propose",
    ("POST", "/enterprises/{subject}/standing/{override_id}"): "override.decide",
    ("GET", "/enterprises/{subject}/what-if"): "explain.read",
    ("POST", "/enterprises/{subject}/what-if/stop"): "explain.read",
    ("GET", "/enterprises/{subject}/change"): "explain.read",
    ("GET", "/records/{kind}/{record_id}"): "score.read or archive.read",
    ("GET", "/portfolio"): "score.read",
    ("GET", "/sources"): "score.read",
    ("GET", "/models"): "model.evaluate",
    ("GET", "/models/{recipe}"): "model.evaluate",
    ("GET", "/quarantine"): "model.evaluate",
    ("GET", "/dictionary"): "model.evaluate",
    ("GET", "/reports/{name}"): "model.evaluate",
    ("GET", "/identity"): "identity.decide",
    ("POST", "/identity"): "identity.decide",
    ("GET", "/audit"): "audit.read",
    ("GET", "/people"): "role.manage",
    ("POST", "/people"): "role.manage",
    ("POST", "/people/close"): "role.manage",
    ("POST", "/people/keys"): "key.manage",
    ("POST", "/people/keys/revoke"): "key.manage",
}
API = {
    ("POST", "/v1/score"): "score.read",
    ("POST", "/v1/scores"): "score.read",
    ("GET", "/v1/subjects/{subject}/grades"): "score.read",
    ("GET", "/v1/subjects/{subject}/change"): "explain.read",
    ("POST", "/v1/what-if"): "explain.read",
    ("GET", "/v1/reports/{subject}"): "report.read",
    ("GET", "/v1/warnings"): "warning.read",
    ("GET", "/v1/warnings/{case_id}"): "warning.read",
    ("GET", "/v1/model"): "score.read",
    ("GET", "/v1/grades"): "score.read",
    ("GET", "/v1/metrics"): "monitor.read",
    ("GET", "/v1/subjects/{subject}/archive"): "archive.read",
    ("GET", "/v1/subjects/{subject}/eligibility"): "score.read",
    ("GET", "/v1/subjects/{subject}/ratings"): "score.read",
    ("POST", "/v1/records"): "record.post",
    ("GET", "/v1/receipts/{receipt_id}"): "record.post",
    ("GET", "/v1/outbox"): "outbox.read",
    ("POST", "/v1/outbox/{message_id}/receipt"): "outbox.receipt",
    ("GET", "/v2"): "score.read",
    ("GET", "/v2/models/{name}"): "score.read",
    ("GET", "/v2/models/{name}/ready"): "score.read",
    ("POST", "/v2/models/{name}/infer"): "score.read",
    ("GET", "/v2/models/{name}/versions/{version}"): "score.read",
    ("GET", "/v2/models/{name}/versions/{version}/ready"): "score.read",
    ("POST", "/v2/models/{name}/versions/{version}/infer"): "score.read",
}
REFUSED = (403, 409)  # 409: the ledger itself says no
FORM = {
    "act": "note", "version": "1", "reason": "x", "public": "B", "basis": "x", "expires": "2026-07-31", "key": "none",
    "user_id": "none", "name": "x", "role": "system", "password": "short", "scene": "none", "key_id": "none",
    "measure": "none",
}  # fmt: skip


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Return method and path of every route that the app describes, those open to everybody left out."""
    told = app.openapi()["paths"].items()
    return {(method.upper(), path) for path, methods in told for method in methods if path not in OPEN}


def console_of(app: FastAPI) -> FastAPI:
    console = next(route.app for route in app.routes if getattr(route, "path", "") == "/console")
    assert isinstance(console, FastAPI)
    return console


def test_no_route_is_without_a_right(app: FastAPI) -> None:
    assert routes(console_of(app)) == set(CONSOLE)
    assert {one for one in routes(app) if re.match("/v[12]", one[1])} - PROBES == set(API)


def filled(app: FastAPI, path: str) -> str:
    desk = app.state.desk
    scores = desk.published().scores
    case = desk.boards.now(desk.published().snapshot_id, desk.published().directory).table["case_id"][0]
    words = {
        "case_id": case, "subject": scores.index[~scores["scorable"]][0], "scene": "none", "override_id": "none",
        "kind": "none", "record_id": "none", "recipe": "none", "name": "none.html",
        "message_id": "none", "version": "none", "receipt_id": "none",
    }  # fmt: skip
    return re.sub(r"{(\w+)}", lambda found: str(words[found.group(1)]), path)


def allowed(app: FastAPI, role: str, right: str) -> bool:
    return bool(set(app.state.desk.rules.roles[role].may) & set(right.split(" or ")))


@pytest.mark.parametrize(("user", "role"), [(user, role) for user, _, role in ACCOUNTS])
def test_a_role_sees_and_does_nothing_beyond_its_rights_in_the_console(
    app: FastAPI, client: TestClient, user: str, role: str
) -> None:
    home = client.post("/console/sign-in", data={"user": user, "password": PASSWORD}).headers["location"]
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(home).text)
    assert found
    form, before = FORM | {"csrf": found.group(1)}, len(app.state.desk.people.all())
    for (method, path), right in CONSOLE.items():
        address = f"/console{filled(app, path)}"
        answer = client.request(method, address, data=form if method == "POST" else None)
        if allowed(app, role, right):
            assert answer.status_code != 403 or path == "/together", (method, path)
        else:
            assert answer.status_code in REFUSED, (method, path, answer.status_code)
    assert len(app.state.desk.people.all()) == before


@pytest.mark.parametrize(
    "role", ["supervisor", "reviewer", "analyst", "auditor", "administrator", "system", "platform"]
)
def test_a_key_gets_nothing_beyond_its_role_from_the_api(app: FastAPI, client: TestClient, role: str) -> None:
    desk = app.state.desk
    key = desk.keys.make(f"表 {role}", role, list(desk.rules.scenes))
    body = {"subject": "91350100M000100Y43", "subjects": ["91350100M000100Y43"], "scene": "tax"}
    for (method, path), right in API.items():
        wanted = ("subjects", "scene") if path.endswith("scores") else ("subject", "scene")
        answer = client.request(
            method, filled(app, path), params={"scene": "tax"} if method == "GET" else None,
            json={name: body[name] for name in wanted} if method == "POST" else None, headers={"X-API-Key": key},
        )  # fmt: skip
        refused = answer.status_code == 403 and "may not do" in answer.text
        assert refused != allowed(app, role, right), (method, path, answer.status_code, answer.text[:200])


def test_a_repaired_record_opens_for_auditors_only(app: FastAPI, client: TestClient) -> None:
    desk = app.state.desk
    t = desk.published().as_of.to_pydatetime()
    with desk.pool_lock:
        records = desk.matrix.records
        targets = records.known("repair", t).to_pandas()["target"]
        penalties = records.known("admin_penalty", t)
        repaired = (
            penalties.filter(penalties.record_id.isin(list(targets))).limit(1).to_pandas()["record_id"][0]
        )
    client.post("/console/sign-in", data={"user": "wang", "password": PASSWORD})
    assert client.get(f"/console/records/admin_penalty/{repaired}").status_code == 404
    client.cookies.clear()
    client.post("/console/sign-in", data={"user": "sun", "password": PASSWORD})
    assert client.get(f"/console/records/admin_penalty/{repaired}").status_code == 200
