"""The catalogue of the zone is broad, and an entry that leaves out what makes it accountable is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from credit_risk.book import open_rules
from credit_risk.errors import BookError
from credit_risk.features import Catalogue

ROOT = Path(__file__).resolve().parents[2]
HEAD = 'name = "f"\nversion = "1"\nsubject = "text"\n[title]\nzh = "指标"\nen = "indicators"\n'
RECORDS = "records: [{type: fine, title: {zh: 罚款, en: Fine}, department: d}]\n"
TREE = "tree: [{path: all, title: {zh: 全, en: all}}]\nindicators:\n"
WHOLE = {
    "name": "n", "title": "{zh: 标, en: t}", "from": "fine", "value": "count()", "risk": "increases",
    "says": "{zh: v, en: v}", "tree": "all", "basis": "b",
}  # fmt: skip


def _opened(root: Path, entry: dict[str, str]) -> Catalogue:
    line = "  - {" + ", ".join(f"{k}: {v}" for k, v in entry.items()) + "}\n"
    for name, text in {
        "credit-risk.toml": HEAD,
        "sources/r.yaml": RECORDS,
        "features/i.yaml": TREE + line,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Catalogue.of(open_rules(root))


def test_a_whole_entry_is_taken(tmp_path: Path) -> None:
    assert list(_opened(tmp_path, WHOLE).entries) == ["n"]


@pytest.mark.parametrize("key", ["title", "value", "risk", "says", "tree", "basis"])
def test_an_entry_without_direction_words_or_basis_is_refused_by_name(tmp_path: Path, key: str) -> None:
    with pytest.raises(BookError, match=rf"features/i.yaml:3: {key}"):
        _opened(tmp_path, {k: v for k, v in WHOLE.items() if k != key})


def test_an_input_without_direction_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="because risk is none"):
        _opened(tmp_path, WHOLE | {"risk": "none"})
    assert _opened(tmp_path, WHOLE | {"risk": "none", "why": "x"}).entries


def test_the_zone_has_five_dimensions_and_more_than_160_measures_windows_counted_once() -> None:
    rules = open_rules(ROOT)
    inputs = [i for i in rules.indicators.values() if i.input and not i.tree.startswith("data_depth")]
    measures = {re.sub(r"_(\d+m|before)(?=_|$)", "", i.name) for i in inputs}
    dimensions = {i.tree.split("/")[0] for i in inputs}
    assert len(measures) >= 160, len(measures)
    assert dimensions == {"basic_attributes", "dynamics", "supervision", "relations", "social_evaluation"}
    assert len({i.tree for i in inputs}) >= 25


def test_a_count_that_is_set_beside_the_peers_has_words_for_none() -> None:
    """Half of those that tie at none would count as lower: "0 payments returned, above 34 % of its peers"."""
    counted = re.compile(
        r"\{value:,\.0f\}(?:次|件|项|条|笔|天|个月).*\{peer|(?:抵押|罚款|罚款合计)\{value.*\{peer"
    )
    said = [rule for rule in open_rules(ROOT).indicators.values() if counted.search(rule.says.zh)]
    assert len(said) >= 15, len(said)
    assert not [rule.name for rule in said if not rule.says_zero]
