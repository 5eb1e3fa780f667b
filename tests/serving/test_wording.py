"""Words of the pages: a link is called what it leads to, a thing is named once, a list says that it was cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.serving.test_console import sign_in
from tests.serving.test_suppose import finished

from credit_risk.serving.desk import Desk
from credit_risk.serving.directory import FOUND

LINK = re.compile(
    r'<a [^>]*href="(/console/enterprises/\w+/(?:archive|relations|change|standing))"[^>]*>([^<]+)</a>'
)
TAB = re.compile(r'<a href="(/console/enterprises/\w+/\w[\w-]*)" aria-current="page">([^<]+)</a>')


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        sign_in(client, "wang")
        yield client


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_link_of_a_case_is_called_what_it_leads_to(app: FastAPI, client: TestClient, language: str) -> None:
    desk: Desk = app.state.desk
    client.get(f"/console/language/{language}?to=/console/")
    scores = desk.published().scores  # type: ignore[union-attr]
    case = next(c for c in desk.ledger.queue(limit=1000).cases if scores.at[c.subject, "scorable"])
    heading = (
        client.get(f"/console/cases/{case.case_id}").text.split('class="links"', 1)[1].split("</p>", 1)[0]
    )
    links = LINK.findall(heading)
    assert {path.rsplit("/", 1)[1] for path, _ in links} >= {"archive", "relations", "change"}
    for path, said in links:
        tab = TAB.search(finished(client, path))
        assert tab and tab[1] == path and said.removeprefix("Credit ").lower() == tab[2].lower(), path


def test_what_enterprises_share_is_named_once_and_namesakes_are_told_apart(
    app: FastAPI, client: TestClient
) -> None:
    desk: Desk = app.state.desk
    network, published = desk.network(), desk.published()
    assert network is not None and published is not None
    for subject in published.scores.index:
        if network.number(subject) is None:
            continue
        page = client.get(f"/console/enterprises/{subject}/relations?hops=2").text
        table = page.split("<tbody>", 1)[-1]
        if "同一住所" not in table:
            continue
        assert re.search(r"<td>A\w+</td>", table) and not re.search(r"<td>同一住所 A\w+</td>", table)
        for code in set(re.findall(r'<a href="/console/enterprises/(\w+)">', table)):
            assert f'<span class="code">{code}</span>' in table
        return
    pytest.fail("nobody in the small zone shares an address")


def test_the_picture_of_a_case_names_another_enterprise_where_there_is_one(
    app: FastAPI, client: TestClient
) -> None:
    desk: Desk = app.state.desk
    drawn = 0
    for case in desk.ledger.queue(limit=12).cases:
        page = client.get(f"/console/cases/{case.case_id}").text
        if "直接关联方" in page:
            others = set(re.findall(r'data-node="(\w+)" class="n-enterprise"', page)) - {case.subject}
            far = client.get(f"/console/enterprises/{case.subject}/relations?hops=2").text
            known = set(re.findall(r'data-node="(\w+)" class="n-enterprise"', far)) - {case.subject}
            assert bool(others) == bool(known)
            drawn += bool(others)
    assert drawn > 0


def test_a_search_says_that_it_was_cut(client: TestClient) -> None:
    many = client.get("/console/search?q=公司").text
    assert many.count('class="subject"') == FOUND and "可能还有" in many
    assert "可能还有" not in client.get("/console/search?q=没有这家").text


def test_a_search_finds_the_scored_before_others_and_by_code_from_its_beginning(app: FastAPI) -> None:
    published = app.state.desk.published()
    scored = published.scores.index[published.scores["scorable"]]
    everybody = published.directory.find("公司", most=10**6)
    found = [one.subject for one in everybody]
    assert len(found) > len(scored) and found[: len(scored)] == sorted(scored)
    assert found[len(scored) :] == sorted(found[len(scored) :])
    begins = found[0][:12]
    expected = {one for one in published.directory.table.index if one.startswith(begins)}
    assert {one.subject for one in published.directory.find(begins.lower(), most=10**6)} == expected
    assert [one.subject for one in published.directory.find(found[-1])] == [found[-1]]


def test_words_that_nobody_speaks_are_gone(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case = next(c for c in desk.ledger.queue(limit=1000).cases if any(s["horizon_months"] for s in c.signals))
    page = client.get(f"/console/cases/{case.case_id}").text
    assert "预计" in page and "预见期" not in page
    client.get("/console/language/en?to=/console/")
    english = client.get(f"/console/cases/{case.case_id}").text
    assert "1 months" not in re.sub(r"\d1 months", "", english) and "for ever" not in english


@pytest.mark.parametrize("tab", ["/relations", "/archive", "/change", "/what-if", "/report"])
def test_the_grade_stays_in_sight_on_every_tab(app: FastAPI, client: TestClient, tab: str) -> None:
    scores = app.state.desk.published().scores
    subject = scores.index[scores["scorable"]][0]
    head = finished(client, f"/console/enterprises/{subject}{tab}").split('<nav class="views"', 1)[0]
    assert f'">{scores.at[subject, "grade"]}</span>' in head


def test_who_may_not_read_scores_sees_no_grade_in_the_archive(app: FastAPI, client: TestClient) -> None:
    scores = app.state.desk.published().scores
    subject = scores.index[scores["scorable"]][0]
    client.cookies.clear()
    sign_in(client, "sun")
    page = client.get(f"/console/enterprises/{subject}/archive")
    assert page.status_code == 200 and "评级" not in page.text.split('<nav class="views"', 1)[0]
