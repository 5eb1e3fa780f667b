"""The rules that changed, above all on 1 April 2026: the same facts are judged under the rule set of their day."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import ROOT

from credit_risk.explain.remedies import open_actions
from credit_risk.policy.ratings import ratings_at
from credit_risk.policy.standing import stand
from credit_risk.records import ingest
from credit_risk.zone import Book

A = "91310115MA1K3CUM7M"
LAST, FIRST = date(2026, 3, 31), date(2026, 4, 1)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    return Book.open(ROOT)


def _put(book: Book, kind: str, day: date, number: int, **fields: Any) -> None:
    row = {
        "record_id": f"{kind}{number}", "version": "1", "source": kind, "source_record_id": str(number), "subject": A,
        "event_date": day, "received_at": datetime.combine(day, datetime.min.time()), "usable_from": None,
        "usable_until": None, **fields,
    }  # fmt: skip
    book.pool.write(kind, f"n{number}", pa.Table.from_pylist([row], book.pool.schema(kind)))


def _read(book: Book, rater: str, t: date) -> tuple[str, str | None, str]:
    ratings = ratings_at(book.records, t)
    one = ratings[ratings["rater"] == rater].iloc[0]
    return one["crosswalk"], one["public"], one["state"]


@pytest.mark.parametrize(
    ("word", "day", "walk", "public"),
    [
        ("aeo", date(2016, 5, 1), "customs_225", "A"),
        ("aeo", date(2021, 10, 31), "customs_237", "A"),
        (
            "aeo",
            date(2021, 11, 1),
            "customs_251",
            None,
        ),  # between 2021 and 2026 there was no second certified level
        ("dishonest", LAST, "customs_251", "D"),
        ("dishonest", FIRST, "customs_282", "C"),
        ("seriously_dishonest", LAST, "customs_251", None),
        ("seriously_dishonest", FIRST, "customs_282", "D"),
        ("aeo", FIRST, "customs_282", "A"),
        ("regular", LAST, "customs_251", "B"),
        ("regular", FIRST, "customs_282", "B"),
    ],
)
def test_a_customs_level_reads_by_the_decree_of_the_day_on_which_it_was_given(
    book: Book, word: str, day: date, walk: str, public: str | None
) -> None:
    _put(book, "customs_credit", day, 1, level=word)
    state = "valid" if public else "not_in_crosswalk"
    assert _read(book, "customs", date(2026, 6, 30)) == (walk, public, state)


def test_a_level_given_before_the_switch_keeps_its_meaning_after_it_until_customs_gives_a_new_one(
    book: Book,
) -> None:
    _put(book, "customs_credit", LAST - timedelta(days=30), 1, level="dishonest")
    assert [_read(book, "customs", t)[1] for t in (LAST, FIRST)] == ["D", "D"]
    _put(book, "customs_credit", date(2026, 4, 20), 2, level="dishonest")
    assert [_read(book, "customs", t)[1] for t in (date(2026, 4, 19), date(2026, 4, 20))] == ["D", "C"]


@pytest.mark.parametrize(
    ("day", "walk"),
    [(date(2025, 4, 30), "tax_2014"), (date(2025, 6, 30), "tax_2014"), (date(2025, 7, 1), "tax_2025")],
)
def test_a_tax_level_reads_by_the_rules_of_its_day_and_m_is_no_degree_under_either(
    book: Book, day: date, walk: str
) -> None:
    _put(book, "tax_credit", day, 1, year=2024, level="B")
    assert _read(book, "tax", date(2025, 7, 31)) == (walk, "B", "valid")
    _put(book, "tax_credit", day, 1, year=2024, level="M")
    assert _read(book, "tax", date(2025, 7, 31)) == (walk, None, "no_degree")


@pytest.mark.parametrize(
    ("severity", "field", "before", "after"),
    [
        ("minor", "market", date(2026, 6, 1), FIRST),
        ("general", "market", date(2026, 6, 1), date(2026, 6, 1)),
        ("general", "fire", date(2027, 3, 1), date(2026, 6, 1)),
        ("serious", "market", date(2027, 3, 1), date(2027, 3, 1)),
    ],
)
def test_the_same_penalty_may_be_repaired_on_the_day_that_the_rules_of_the_day_say(
    book: Book, severity: str, field: str, before: date, after: date
) -> None:
    _put(book, "admin_penalty", date(2026, 3, 1), 1, severity=severity, field=field, fine=1000)
    (old,), (new,) = (open_actions(book.matrix, A, t) for t in (LAST, FIRST))
    assert (old.lawful_on, new.lawful_on) == (before, after)
    assert "58号" in old.basis and "36号" in new.basis


def test_the_bound_that_rests_on_the_new_decree_binds_from_its_first_day_on(book: Book) -> None:
    row = {
        "subject": A, "model_public": "B", "industry": "trade", "facts": json.dumps({"customs_severe": ["x"]}),
        "ratings": "[]", "objections": "[]",
    }  # fmt: skip
    before, after = (stand(book.rules, row, day) for day in (LAST, FIRST))
    assert (before.public, before.caps) == ("B", [])
    assert after.public == "D" and [c.cap for c in after.caps] == ["customs_severe"]


def test_words_of_earlier_decrees_are_taken_in_for_what_they_became(book: Book) -> None:
    book.rules.inbox.mkdir(parents=True)
    source = book.rules.sources["customs_credit"]
    words = {
        "AA类企业": "aeo_advanced",
        "一般认证企业": "aeo",
        "一般信用企业": "regular",
        "认证企业": "aeo",
        "C类企业": None,
    }
    rows = [f"{n},{A},2014-01-0{n + 1},{word},2014-02-01" for n, word in enumerate(words)]
    header = ",".join(
        str(source.map[c].column)
        for c in ("source_record_id", "subject", "event_date", "level", "received_at")
    )
    only = {"customs_credit": source.model_copy(update={"optional": True})}
    (book.rules.inbox / str(source.files)).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    book.rules.sources.clear()
    book.rules.sources.update(only)
    (report,) = ingest(book.pool, now=datetime(2026, 6, 30))
    assert (report.new, report.quarantined) == (4, 1)  # what C and D became was decided case by case
    levels = book.pool.scan("customs_credit").order_by("source_record_id").to_pandas()["level"].tolist()
    assert levels == [level for level in words.values() if level]
