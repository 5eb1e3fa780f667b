"""A case says what the facts behind its signals weigh in the score, how many there are, and how long a silence lasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.conftest import END
from tests.serving.test_console import sign_in

from credit_risk.explain.evidence import Evidence
from credit_risk.serving.console.render import points, span
from credit_risk.serving.console.weights import NOTHING_WEIGHED, Weighed, reached, weights_of
from credit_risk.serving.desk import Desk
from credit_risk.warnings.ledger import Case
from credit_risk.zone import Book


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def told(desk: Desk) -> list[tuple[Case, str, Weighed]]:
    """Return what every open case of the zone rests on."""
    published = desk.published()
    cases = desk.ledger.queue(limit=1000).cases
    weights = [(case, weights_of(desk, published, case)) for case in cases]
    return [(case, code, one) for case, w in weights for code, all in w.rests_on.items() for one in all]


def test_the_points_are_those_of_the_published_score(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    published = desk.published()
    assert published is not None
    table = desk.snapshots.read(published.snapshot_id, "contributions").set_index("subject")
    weighed = [(case.subject, one) for case, _, one in told(desk)]
    asked = [(s, one) for s, one in weighed if s in table.index and one.name in table.columns]
    assert asked and all(one.points == pytest.approx(table.at[s, one.name]) for s, one in asked)
    assert all(one.points is None for _, one in weighed if one.name not in table.columns)


def test_a_case_counts_all_records_behind_a_signal_not_those_it_lists(app: FastAPI, book: Book) -> None:
    desk: Desk = app.state.desk
    rows = [(case, one) for case, _, one in told(desk) if one.total > one.listed]
    assert rows, "some signal rests on more records than are listed"
    names = sorted({one.name for _, one in rows})
    with Evidence(book.matrix, END) as evidence:
        for name in names[:6]:
            own = {case.subject: one.total for case, one in rows if one.name == name}
            all_of = evidence.table(name, sorted(own), 100_000).to_pandas().groupby("subject").size()
            assert all_of.to_dict() == own
    counts = [one for _, one in rows if desk.rules.indicators[one.name].value == "count()"]
    plain = [one for one in counts if desk.rules.indicators[one.name].from_]
    assert plain and all(one.total == one.value for one in plain), "the indicator and the page say the same"


def test_a_silence_is_told_with_the_day_of_the_last_record(app: FastAPI, book: Book) -> None:
    desk: Desk = app.state.desk
    silent = [(case, one) for case, _, one in told(desk) if one.name == "filing_silence"]
    assert silent
    rows = book.records.as_of("tax_filing", END).to_pandas()
    last = rows.groupby("subject")["event_date"].max()
    for case, one in silent:
        assert one.latest == date.fromisoformat(str(last[case.subject])[:10])
        assert (date.fromisoformat(END) - one.latest).days == one.value


def test_the_page_says_the_weight_the_score_and_the_silence(app: FastAPI, client: TestClient) -> None:
    desk: Desk = app.state.desk
    case, one = next((c, o) for c, _, o in told(desk) if o.name == "filing_silence" and _scored(desk, c))
    sign_in(client, "wang")
    page = client.get(f"/console/cases/{case.case_id}").text
    row = desk.snapshots.row(desk.snapshots.current() or "", case.subject)
    assert row is not None and one.latest is not None and isinstance(one.value, float)
    assert f'最近一次 <span class="num">{one.latest}</span>' in page
    assert f"<b>{span(int(one.value), 'zh')}</b>" in page
    assert "只用于预警，不是评分指标" in page and "平均起点" in page
    assert f'<b class="num">{row["shown_score"]:,.1f}</b>' in page


def _scored(desk: Desk, case: Case) -> bool:
    published = desk.published()
    return published is not None and bool(published.scores.at[case.subject, "scorable"])


def test_each_record_stands_once_under_what_it_is_behind(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    published = desk.published()
    for case in desk.ledger.queue(limit=50).cases:
        weights = weights_of(desk, published, case)
        for signal in case.signals:
            parts = weights.parts(signal)
            shown = [e["record_id"] for part in parts for e in part.evidence]
            assert sorted(shown) == sorted(e["record_id"] for e in signal["evidence"])
            assert all(e["indicator"] == p.weighed.name for p in parts if p.weighed for e in p.evidence)


def test_a_case_of_before_records_named_their_indicator_lists_them_all() -> None:
    old = {"signal": "A02", "evidence": [{"record_id": "r1"}, {"record_id": "r2"}]}
    (part,) = NOTHING_WEIGHED.parts(old)
    assert part.weighed is None and [e["record_id"] for e in part.evidence] == ["r1", "r2"]


def test_what_one_record_less_does_not_move_says_down_to_what_it_must_fall(app: FastAPI) -> None:
    desk: Desk = app.state.desk
    stuck = [one for _, _, one in told(desk) if one.until is not None]
    assert all(one.until < one.value - 1 and one.points is not None for one in stuck)
    assert reached(3.5, 34.0) == 3 and reached(3.5, 7.2) == 3.5 and reached(None, 2.0) is None


def test_a_span_is_told_as_people_say_it() -> None:
    assert [span(d, "zh") for d in (45, 1187, 365, 90)] == ["45 天", "3 年 3 个月", "1 年", "3 个月"]
    assert [span(d, "en") for d in (1, 1187, 90)] == ["1 day", "3 years 3 months", "3 months"]


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert [points(v) for v in (-0.04, 0.0, 0.05, -2.44)] == ["0.0", "0.0", "+0.1", "−2.4"]
