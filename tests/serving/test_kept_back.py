"""More warnings than people: the queue says what orders it, how many were kept back, and where those are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import END
from tests.serving.conftest import ACCOUNTS, PASSWORD
from tests.serving.test_console import sign_in

from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book

PEOPLE_FOR = 500  # enterprises: with three in a hundred open, fifteen cases


@pytest.fixture(scope="module")
def crowded(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Return the app of the small zone whose supervisors can look at fewer warnings than there are."""
    store = tmp_path_factory.mktemp("crowded") / "operational.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{store}")
        patch.setenv("CREDIT_RISK_TODAY", END)
        app = create_app(book.rules)
        desk: Desk = app.state.desk
        for user_id, name, role in ACCOUNTS:
            desk.people.add(user_id, name, role, PASSWORD)
        snapshot_id = book.snapshots.current() or ""
        table = book.snapshots.read(snapshot_id, "warnings")
        at = table["as_of"].iloc[0].to_pydatetime()
        desk.ledger.fold(snapshot_id, table, at, PEOPLE_FOR, lambda evidence: evidence["record_id"])
        yield app


@pytest.fixture
def client(crowded: FastAPI) -> Iterator[TestClient]:
    with TestClient(crowded, follow_redirects=False) as client:
        sign_in(client, "wang")
        yield client


def test_the_queue_says_how_many_are_kept_back_and_leads_to_them(
    crowded: FastAPI, client: TestClient, book: Book
) -> None:
    desk: Desk = crowded.state.desk
    snapshot_id = book.snapshots.current() or ""
    warned = set(book.snapshots.read(snapshot_id, "warnings")["subject"])
    opened = {case.subject for case in desk.ledger.queue(limit=1000).cases}
    left = desk.ledger.suppressed(snapshot_id)
    assert len(left) > 30 and set(left["subject"]) == warned - opened
    queue = client.get("/console/").text
    link = re.search(r'href="/console/kept-back"[^>]*>[^<]*<b class="num">([\d,]+)</b>', queue)
    assert link and int(link[1].replace(",", "")) == len(left)
    listed: list[str] = []
    for number in range(1, -(-len(left) // 30) + 1):
        page = client.get(f"/console/kept-back?page={number}").text
        listed += re.findall(r'class="subject"><a href="/console/enterprises/(\w+)"', page)
    assert listed == left["subject"].tolist() and "超出在办上限" in page


def test_whoever_is_kept_back_is_told_so_on_its_own_page(
    crowded: FastAPI, client: TestClient, book: Book
) -> None:
    left = crowded.state.desk.ledger.suppressed(book.snapshots.current() or "")
    page = client.get(f"/console/enterprises/{left['subject'].iloc[-1]}").text
    assert "未列入在办" in page and "没有预警。" not in page


def test_the_queue_says_in_words_what_the_value_of_a_review_is_made_of(
    crowded: FastAPI, client: TestClient
) -> None:
    alerts = crowded.state.desk.rules.settings.alerts
    page = client.get("/console/").text
    worth = re.search(r'<abbr title="([^"]+)">核查价值</abbr>', page)
    assert worth and all(f"{weight:g}" in worth[1] for weight in alerts.weight.values())
    assert "颜色权重 × 出事的可能性" in page


def test_a_dash_in_the_place_of_a_grade_says_why(crowded: FastAPI, client: TestClient, book: Book) -> None:
    snapshot_id = book.snapshots.current() or ""
    warned = book.snapshots.read(snapshot_id, "warnings")["subject"]
    scores = crowded.state.desk.published().scores
    unrated = [s for s in warned if not scores.at[s, "scorable"]]
    assert unrated, "the small zone warns of somebody who is not scored"
    place = crowded.state.desk.ledger.suppressed(snapshot_id)["subject"].tolist()
    path = (
        f"/console/kept-back?page={place.index(unrated[0]) // 30 + 1}"
        if unrated[0] in place
        else f"/console/?q={unrated[0]}"
    )
    told = str(scores.at[unrated[0], "why_not"]).partition(" · ")[0]
    assert f'title="{told}">–</abbr>' in client.get(path).text
