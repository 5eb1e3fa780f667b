"""Every aggregate equals a naive loop, windows are half-open, and rows, threads and batches change no bit."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import END

from credit_risk.book import Rules, open_rules
from credit_risk.errors import BookError, InputError
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.language import parse
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records
from credit_risk.records.envelope import record_schema
from credit_risk.zone import Book

HEAD = 'name = "f"\nversion = "1"\nsubject = "text"\n[title]\nzh = "指标"\nen = "indicators"\n'
RECORDS = """
records:
  - type: fine
    title: {zh: 罚款, en: Fine}
    department: d
    fields: {amount: {type: money}, kind: {type: code, codes: {a: {zh: 甲, en: a}, b: {zh: 乙, en: b}}}}
"""
FORMULAS = {
    "n": "count()", "n_a": "count(kind == 'a')", "any_b": "exists(kind == 'b')", "total": "sum(amount)",
    "average": "mean(amount)", "least": "min(amount)", "most": "max(amount)", "share_a": "share(kind == 'a')",
    "last": "latest(amount)", "second": "latest(amount, 1)", "first": "earliest(amount)",
    "kinds": "distinct(kind)", "since": "days_since_latest()", "since_first": "days_since_earliest()",
}  # fmt: skip
T = date(2024, 6, 30)
WINDOW = (date(2024, 3, 30), T)
record = st.tuples(
    st.sampled_from(["x", "y"]),
    st.integers(-150, 20),
    st.one_of(st.none(), st.integers(-500, 500)),
    st.sampled_from("ab"),
)


def _write(root: Path, indicators: str) -> Rules:
    for name, text in {
        "credit-risk.toml": HEAD,
        "sources/r.yaml": RECORDS,
        "features/i.yaml": indicators,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return open_rules(root)


def _entry(name: str, value: str, window: str = "3m", more: str = "") -> str:
    return (
        f'  - {{name: {name}, title: {{zh: 标, en: t}}, from: fine, value: "{value}", window: {window}, risk: none,'
        f" why: 试, says: {{zh: '{{value}}', en: '{{value}}'}}, tree: all, basis: none{more}}}\n"
    )


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    entries = "".join(_entry(n, v) for n, v in FORMULAS.items())
    return _write(
        tmp_path_factory.mktemp("features"),
        "tree: [{path: all, title: {zh: 全, en: all}}]\nindicators:\n" + entries,
    )


def _matrix(rules: Rules, drawn: list[Any], shuffle: int = 0) -> Matrix:
    rows = [
        {
            "record_id": f"r{i:03}", "version": "1", "source": "s", "source_record_id": f"{i}", "subject": s,
            "event_date": T + timedelta(days=d), "received_at": datetime(2024, 1, 1), "usable_from": None,
            "usable_until": None, "amount": None if a is None else Decimal(a) / 100, "kind": k,
        }
        for i, (s, d, a, k) in enumerate(drawn)
    ]  # fmt: skip
    random.Random(shuffle).shuffle(rows)
    pool = Pool(rules)
    pool.write("fine", "all", pa.Table.from_pylist(rows, record_schema(rules.records["fine"])))
    return Matrix(Catalogue.of(rules), Records(pool), Graph(pool))


def _naive(drawn: list[Any], subject: str) -> dict[str, float | None]:
    kept = [(T + timedelta(days=d), f"r{i:03}", a, k) for i, (s, d, a, k) in enumerate(drawn) if s == subject]
    kept = sorted(r for r in kept if WINDOW[0] < r[0] <= WINDOW[1])
    amounts = [Decimal(r[2]) / 100 for r in kept if r[2] is not None]
    kinds = [r[3] for r in kept]
    n = len(kept)
    return {
        "n": n, "n_a": kinds.count("a"), "any_b": int("b" in kinds), "total": float(sum(amounts)),
        "average": float(sum(amounts)) / len(amounts) if amounts else None,
        "least": float(min(amounts)) if amounts else None, "most": float(max(amounts)) if amounts else None,
        "share_a": kinds.count("a") / n if n else None, "last": float(amounts[-1]) if amounts else None,
        "second": float(amounts[-2]) if len(amounts) > 1 else None, "first": float(amounts[0]) if amounts else None,
        "kinds": len(set(kinds)), "since": (T - kept[-1][0]).days if kept else None,
        "since_first": (T - kept[0][0]).days if kept else None,
    }  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=st.lists(record, max_size=25))
def test_every_aggregate_equals_a_naive_loop(
    rules: Rules, drawn: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDIT_RISK_VAR", raising=False)
    table = _matrix(rules, drawn).build(["x", "y", "nobody"], T, FORMULAS).to_pandas().set_index("subject")
    for subject in ("x", "y", "nobody"):
        for name, expected in _naive(drawn, subject).items():
            came = table.at[subject, name]
            same = math.isnan(came) if expected is None else came == pytest.approx(expected, abs=1e-12)
            assert same, (subject, name, expected, came)


def test_rows_and_threads_change_no_bit(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDIT_RISK_VAR", raising=False)
    rng = random.Random(1)
    drawn = [("x", -rng.randrange(80), rng.randrange(10**9), rng.choice("ab")) for _ in range(3000)]
    seen = set()
    for shuffle, threads in ((0, 1), (1, 1), (2, 2), (3, 4)):
        matrix = _matrix(rules, drawn, shuffle)
        matrix.records.pool.connection.raw_sql(f"SET threads = {threads}")
        seen.add(matrix.build(["x"], T, FORMULAS).to_pandas().to_json(double_precision=15))
    assert len(seen) == 1


def test_one_enterprise_alone_has_the_values_it_has_among_all(book: Book) -> None:
    names = list(book.catalogue.entries)
    known = book.records.known("registration", END).select("subject").distinct().to_pandas()["subject"]
    everyone = book.matrix.build(known.tolist(), END, names).to_pandas().set_index("subject")
    for subject in sorted(known)[40:240:100]:
        alone = book.matrix.build([subject], END, names).to_pandas().set_index("subject")
        pd.testing.assert_frame_equal(alone, everyone.loc[[subject]])


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "count().real",
        "[1]",
        "lambda: 1",
        "1 < amount < 2",
        "amount ** 2",
        "cuont()",
        "count(",
        "f'{1}'",
    ],
)
def test_the_language_refuses_what_it_does_not_know(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


@pytest.mark.parametrize(
    ("value", "more", "told"),
    [
        ("sum(amuont)", "", "did you mean 'amount'"),
        ("amount", "", "an aggregate"),
        ("sum(amount", "", "expression"),
    ],
)
def test_a_wrong_indicator_is_told_with_file_and_line(
    tmp_path: Path, value: str, more: str, told: str
) -> None:
    text = (
        "tree: [{path: all, title: {zh: 全, en: all}}]\nindicators:\n"
        + _entry("ok", "count()")
        + _entry("bad", value)
    )
    rules = _write(tmp_path, text)
    with pytest.raises(BookError, match=r"features/i.yaml:4: value") as found:
        Catalogue.of(rules)
    assert told in str(found.value)


def test_a_neighbours_relational_indicator_and_a_circle_are_refused(tmp_path: Path) -> None:
    circle = "tree: [{path: all, title: {zh: 全, en: all}}]\nindicators:\n" + "".join(
        f"  - {{name: {a}, title: {{zh: 标, en: t}}, value: {b} + 1, risk: none, why: 试, says: {{zh: v, en: v}}, tree: all, basis: n}}\n"
        for a, b in (("a", "b"), ("b", "a"))
    )
    with pytest.raises(BookError, match="no circle"):
        Catalogue.of(_write(tmp_path, circle))
