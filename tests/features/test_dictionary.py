"""The data dictionary says all that the catalogue says, in a file that needs nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from tests.graph.pools import ROOT

from credit_risk.book import open_rules
from credit_risk.features import Catalogue
from credit_risk.features.dictionary import dictionary, dictionary_page


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.asked: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids |= {str(v) for k, v in attrs if k == "id"}
        self.asked += [f"{tag} {k}={v}" for k, v in attrs if k in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.of(open_rules(ROOT))


def test_the_page_holds_every_indicator_with_words_and_basis_and_asks_for_nothing(
    catalogue: Catalogue,
) -> None:
    page = dictionary_page(catalogue)
    seen = _Seen()
    seen.feed(page)
    assert set(catalogue.entries) <= seen.ids and not seen.asked
    for entry in catalogue.entries.values():
        for words in (
            entry.rule.title.zh,
            entry.rule.says.zh,
            entry.rule.says.en,
            entry.rule.basis,
            entry.rule.value,
        ):
            assert words in seen.text, (entry.name, words)
    assert not re.search(r"url\(|https?:|@import|fetch\(|XMLHttpRequest", page)
    assert "default-src 'none'" in page


def test_what_the_book_writes_cannot_become_markup(catalogue: Catalogue) -> None:
    name, rule = next(iter(catalogue.rules.indicators.items()))
    bad = rule.model_copy(update={"basis": "<script>alert(1)</script>"})
    rules = replace(catalogue.rules, indicators={**catalogue.rules.indicators, name: bad})
    page = dictionary_page(Catalogue.of(rules))
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_every_stop_says_why_it_stands_there_and_who_reviewed_it(catalogue: Catalogue) -> None:
    stops = catalogue.rules.stops.values()
    assert stops
    for stop in stops:
        assert len(stop.why) > 10 and stop.by and stop.title.zh and stop.title.en
        assert f"| `{stop.stop}` |" in dictionary(catalogue) and stop.why in dictionary_page(catalogue)
