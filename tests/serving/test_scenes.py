"""Seven scenes, three services: each answers its own callers only, and a barred record surfaces in none of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pypdf import PdfReader
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book

SCENES = list(open_rules(ROOT).scenes)
SERVICES = {
    "score": lambda s: ("POST", "/v1/score", {"subject": s}),
    "report": lambda s: ("GET", f"/v1/reports/{s}", {}),
    "eligibility": lambda s: ("GET", f"/v1/subjects/{s}/eligibility", {}),
}


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def keys(app: FastAPI) -> dict[str, str]:
    desk: Desk = app.state.desk
    return {scene: desk.keys.make(f"{scene}系统", "system", [scene]) for scene in SCENES}


@pytest.fixture(scope="module")
def subject(book: Book) -> str:
    """The scored enterprise whose reasons rest on the most kinds of records."""
    current = str(book.snapshots.current())
    scores = book.snapshots.read(current)
    riskiest = scores[scores["scorable"]].sort_values("pd").tail(40)["subject"]
    return max(riskiest, key=lambda s: len(set(_kinds(book.snapshots.row(current, s)))))


def _kinds(told: Any) -> Iterator[str]:
    """Every kind of record named anywhere in an answer."""
    if isinstance(told, dict):
        if isinstance(told.get("record_id"), str) and "kind" in told:
            yield told["kind"]
        for value in told.values():
            yield from _kinds(value)
    elif isinstance(told, list):
        for value in told:
            yield from _kinds(value)


def _ask(client: TestClient, key: str, service: str, subject: str, scene: str) -> Any:
    method, path, body = SERVICES[service](subject)
    headers = {"X-API-Key": key}
    if method == "POST":
        return client.post(path, json=body | {"scene": scene}, headers=headers)
    return client.get(path, params={"scene": scene}, headers=headers)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_has_its_service_and_sees_no_barred_record(
    client: TestClient, book: Book, keys: dict[str, str], subject: str, scene: str, service: str
) -> None:
    answer = _ask(client, keys[scene], service, subject, scene)
    assert answer.status_code == 200 and answer.json()["subject"] == subject
    assert not set(_kinds(answer.json())) & set(book.rules.scenes[scene].barred)
    other = SCENES[SCENES.index(scene) - 1]
    assert _ask(client, keys[other], service, subject, scene).status_code == 403


def test_what_one_scene_may_not_see_another_does(
    client: TestClient, book: Book, keys: dict[str, str], subject: str
) -> None:
    seen = {s: set(_kinds(_ask(client, keys[s], "score", subject, s).json())) for s in SCENES}
    barred = {kind for s in SCENES for kind in book.rules.scenes[s].barred}
    assert set().union(*seen.values()) & barred, "the check above would hold of anybody"


def test_eligibility_names_the_rule_the_law_and_the_records_that_bar(
    client: TestClient, app: FastAPI, book: Book, keys: dict[str, str], subject: str
) -> None:
    desk: Desk = app.state.desk
    standings = desk.policy.all(str(book.snapshots.current()), desk.today)
    barred = next(s for s in standings if s.barred)
    told = _ask(client, keys["tax"], "eligibility", barred.subject, "tax").json()
    rules = {bar["rule"] for kind in told["kinds"] for bar in kind["barred_by"]}
    assert rules == {rule.rule for rule in barred.barred}
    assert all(bar["basis"] and bar["records"] for kind in told["kinds"] for bar in kind["barred_by"])
    assert {k["kind"] for k in told["kinds"] if not k["eligible"]} == {
        k for r in barred.barred for k in r.bars
    }
    young = book.snapshots.read(str(book.snapshots.current()))
    young = young[~young["scorable"] & young["subject"].isin([s.subject for s in standings if not s.barred])]
    told = _ask(client, keys["tax"], "eligibility", str(young["subject"].iloc[0]), "tax").json()
    assert all(kind["eligible"] for kind in told["kinds"]) and told["score"]["why_not"]


def test_ratings_are_those_of_the_standing_and_the_fused_class_needs_all_of_them(
    client: TestClient, app: FastAPI, book: Book, keys: dict[str, str]
) -> None:
    desk: Desk = app.state.desk
    rated = next(s for s in desk.policy.all(str(book.snapshots.current()), desk.today) if len(s.ratings) > 1)
    path = f"/v1/subjects/{rated.subject}/ratings"
    for scene in SCENES:
        told = client.get(path, params={"scene": scene}, headers={"X-API-Key": keys[scene]}).json()
        assert len(told["ratings"]) + told["withheld"] == len(rated.ratings)
        assert told["fused"] == (None if told["withheld"] else rated.fused)


def test_an_archive_is_for_roles_and_scenes_that_may_read_it(
    client: TestClient, app: FastAPI, book: Book, keys: dict[str, str], subject: str
) -> None:
    reader = app.state.desk.keys.make("档案员", "supervisor", ["tax", "bidding"])
    path = f"/v1/subjects/{subject}/archive"
    ask = lambda scene, key: client.get(path, params={"scene": scene}, headers={"X-API-Key": key})  # noqa: E731
    assert ask("tax", keys["tax"]).status_code == 403, "the role"
    assert ask("bidding", reader).status_code == 403, "the scene has no archives"
    told = ask("tax", reader).json()
    kinds = {line["kind"] for line in told["lines"]}
    assert "registration" in kinds and not kinds & set(book.rules.scenes["tax"].barred)
    assert told["withheld"] > 0


def test_a_report_prints_as_a_pdf_with_its_chinese(
    client: TestClient, keys: dict[str, str], subject: str
) -> None:
    headers = {"X-API-Key": keys["tax"]}
    made = client.get(f"/v1/reports/{subject}", params={"scene": "tax"}, headers=headers).json()
    answer = client.get(f"/v1/reports/{subject}", params={"scene": "tax", "form": "pdf"}, headers=headers)
    assert answer.headers["content-type"] == "application/pdf"
    read = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    text = "".join(read.split())
    wanted = [made["name"], subject, *(reason["title"]["zh"] for reason in made["reasons"])]
    wanted += [shown["says"]["zh"] for r in made["reasons"] for shown in r["indicators"] if "says" in shown]
    assert all("".join(one.split()) in text for one in wanted)
