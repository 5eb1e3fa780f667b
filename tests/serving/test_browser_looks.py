"""In a real browser: whole ways in the graph, remedies that wait, dates in one form, a search that can be stopped."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser
from tests.serving.test_browser import browser, signed_in

from credit_risk.explain.remedies import open_actions
from credit_risk.serving.desk import Desk

__all__ = ["browser"]
pytestmark = pytest.mark.xdist_group("browser")


def test_pointing_at_somebody_shows_the_whole_way_to_the_centre(
    browser: Browser, address: str, app: FastAPI
) -> None:
    desk: Desk = app.state.desk
    network, published = desk.network(), desk.published()
    assert network is not None and published is not None
    numbers = {s: network.number(s) for s in published.scores.index}
    subject = next(
        s
        for s, n in numbers.items()
        if n is not None and 2 in (far := network.steps_from(n, 2)) and (far >= 0).sum() < 40
    )
    with signed_in(browser, address, "wang") as page:
        page.goto(f"{address}/console/enterprises/{subject}/relations?hops=2")
        far_node = page.locator("[data-node][data-steps='2']").first
        far_node.locator("circle, rect").hover()
        assert page.locator(".network.focus").count() == 1
        assert "near" in (page.locator("[data-node].own").get_attribute("class") or "")
        assert page.locator(
            f".network line.near[data-a='{subject}'], .network line.near[data-b='{subject}']"
        ).count()


def test_a_remedy_that_waits_says_from_which_day_as_soon_as_it_is_chosen(
    browser: Browser, address: str, app: FastAPI
) -> None:
    desk: Desk = app.state.desk
    published = desk.published()
    assert published is not None
    scored = published.scores.index[published.scores["scorable"]]
    t = published.as_of.to_pydatetime()
    with desk.pool_lock:
        subject = next(s for s in scored if open_actions(desk.matrix, s, t))
    with signed_in(browser, address, "wang") as page:
        page.goto(f"{address}/console/enterprises/{subject}/what-if")
        page.wait_for_selector("[name=record]", timeout=60000)
        line = page.locator("[data-from-line]")
        assert line.is_hidden()
        page.locator("[name=record]").first.evaluate("box => { box.dataset.from = '2031-02-03' }")
        page.locator("[name=record]").first.check()
        assert line.is_visible() and "2031-02-03" in line.inner_text()
        page.locator("[name=record]").first.uncheck()
        assert line.is_hidden()
        page.goto(f"{address}/console/enterprises/{subject}/change")
        day = page.locator("[name=since]")
        day.fill("31/03/2026")
        assert not day.evaluate("field => field.form.checkValidity()")
        assert "2026-07-18" in day.evaluate("field => field.validationMessage")
        day.fill("2026-03-31")
        assert day.evaluate("field => field.form.checkValidity()")
