"""English names of departments and laws: whole or not at all, and none is missing in the zone's book."""

from __future__ import annotations

from pathlib import Path

import pytest

from credit_risk.book import open_rules
from credit_risk.book.naming import Naming, in_english

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    zh: Naming(zh=zh, en=en)
    for zh, en in [("海关", "Customs"), ("海关法", "Customs Law"), ("国办发", "General Office")]
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("海关", "Customs"),
        ("海关法", "Customs Law"),  # the longest name, not the shorter one in it
        ("海关法第二十二条、第一百零七条", "Customs Law, art. 22, art. 107"),
        ("海关法第十条；国办发〔2020〕49号", "Customs Law, art. 10; General Office 2020/49"),
        ("海关法；税法", None),
        ("GB/T 45255-2025", "GB/T 45255-2025"),
    ],
)
def test_a_citation_is_told_in_english_whole_or_not_at_all(text: str, told: str | None) -> None:
    assert in_english(text, NAMES) == told


def test_every_department_and_basis_of_the_zone_has_an_english_name() -> None:
    rules = open_rules(ROOT)
    tables = (
        rules.records, rules.signals, rules.indicators, rules.measures, rules.commitments, rules.caps,
        rules.supervision, rules.remedies, rules.scenes, rules.lists, rules.shares,
    )  # fmt: skip
    texts = {
        getattr(one, key, None)
        for table in tables
        for one in table.values()
        for key in ("department", "basis")
    }
    assert [text for text in sorted(filter(None, texts)) if in_english(text, rules.names) is None] == []
