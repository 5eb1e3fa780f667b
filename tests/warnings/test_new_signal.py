"""A new signal is configuration: one more file in the book, and it warns, with evidence, level and words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import END, ROOT

from credit_risk.book import open_rules
from credit_risk.errors import BookError
from credit_risk.features import Catalogue, Matrix
from credit_risk.warnings import warn_as_of
from credit_risk.warnings.facts import facts
from credit_risk.warnings.signals import check_signals, raised
from credit_risk.zone import Book

FILE = """
signals:
  - signal: Z01
    title: {zh: 检查常被发现问题, en: Inspections often find something}
    when: inspection_problems_24m >= 1 and in_zone == 1
    level: yellow
    kind: rule
    horizon_months: 6
    heads: [compliance]
    evidence: [inspection_problems_24m]
    department: 保税区管理局
    action: {zh: 了解整改情况, en: Ask what was rectified}
    says: {zh: 近两年检查发现问题, en: Inspections found something within 24 months}
"""


@pytest.fixture
def other_book(tmp_path: Path) -> Path:
    for name in ("credit-risk.toml", "sources", "features", "models", "serving"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / "models" / "my_signals.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path


def test_one_more_file_in_the_book_is_one_more_signal(book: Book, other_book: Path) -> None:
    rules = open_rules(other_book)
    check_signals(rules)
    matrix = Matrix(Catalogue.of(rules), book.records, book.graph)
    known = book.snapshots.current() or ""
    scores = book.snapshots.read(known)
    t = END
    names = sorted(set(rules.indicators) & {"inspection_problems_24m", "in_zone"})
    subjects = scores["subject"].tolist()
    from credit_risk.explain import Snapshot

    indicators = book.snapshots.read(known, "indicators")
    missing = [n for n in names if n not in indicators]
    if missing:
        indicators = indicators.merge(matrix.build(subjects, t, missing).to_pandas(), on="subject")
    snapshot = Snapshot(known, "m", scores, pd.DataFrame(), indicators)
    hits = raised(rules, facts(rules, snapshot, None), t)
    planned = set(hits.loc[hits["signal"] == "Z01", "subject"])
    assert (
        planned == set(indicators.query("inspection_problems_24m >= 1 and in_zone == 1")["subject"])
        and planned
    )
    few = sorted(planned)[:5]
    found = warn_as_of(matrix, snapshot, None, t, subjects=few).warnings
    assert set(found["subject"]) == set(few)
    for signals in found["signals"].map(json.loads):
        own = next(s for s in signals if s["signal"] == "Z01")
        assert own["evidence"] and all(e["kind"] == "inspection" for e in own["evidence"])


@pytest.mark.parametrize(
    ("change", "key"),
    [("kind: rule", "kind: guess"), ("heads: [compliance]", "heads: [nonsense]"),
     ("evidence: [inspection_problems_24m]", "evidence: [inspection_problem_24m]"),
     ("in_zone == 1", "in_zoen == 1")],
)  # fmt: skip
def test_what_a_signal_may_not_say_is_refused_with_file_and_line(
    other_book: Path, change: str, key: str
) -> None:
    text = FILE.replace(change, key)
    assert text != FILE
    (other_book / "models" / "my_signals.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BookError, match=r"models/my_signals.yaml:\d+"):
        check_signals(open_rules(other_book))
