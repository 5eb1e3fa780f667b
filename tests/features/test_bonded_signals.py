"""The page of bonded signals names only what the catalogue holds, and two of them equal sums done by hand."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.graph.pools import ROOT, graph_of

from credit_risk.book import open_rules
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph
from credit_risk.records import Records

T = "2026-06-30"
PAGE = ROOT / "docs" / "methods" / "bonded_signals.md"


def _matrix(graph: Graph) -> Matrix:
    return Matrix(Catalogue.of(graph.pool.rules), Records(graph.pool), graph)


def test_every_indicator_on_the_page_is_in_the_catalogue_and_every_row_has_one() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    named = [re.findall(r"`(\w+)`", row) for row in rows]
    assert len(rows) == 18 and all(named)
    assert {n for names in named for n in names} <= set(open_rules(ROOT).indicators)


def test_the_same_amount_pledged_to_several_counts_them_and_different_amounts_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pledges = [
        ("a", "x", 500),
        ("a", "y", 500),
        ("a", "z", 500),
        ("b", "x", 500),
        ("b", "y", 400),
        ("c", "x", 500),
    ]
    ties = [("pledges", src, dst, Decimal(amount)) for src, dst, amount in pledges]
    table = _matrix(graph_of(tmp_path, monkeypatch, ties, {})).build(
        ["a", "b", "c", "d"], T, ["pledged_alike"]
    )
    assert table["pledged_alike"].to_pylist() == [3, 0, 0, 0]


def test_rebates_that_double_on_half_the_electricity_weigh_four_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claimed(who: str, day: date, amount: int) -> dict[str, Any]:
        return {"subject": who, "event_date": day, "tier": "one", "claimed": Decimal(amount),
                "received_at": datetime(2026, 6, 1)}  # fmt: skip

    def used(who: str, day: date, kwh: int) -> dict[str, Any]:
        return {"subject": who, "event_date": day, "kwh": Decimal(kwh), "overdue": False,
                "received_at": datetime(2026, 6, 29)}  # fmt: skip

    quarters = [
        date(2025, 3, 31),
        date(2025, 6, 30),
        date(2025, 9, 30),
        date(2025, 12, 31),
        date(2026, 3, 31),
    ]
    rebates = [
        claimed("a", day, amount) for day, amount in zip(quarters, (100, 90, 95, 90, 200), strict=True)
    ]
    power = [used("a", date(2025, m, 15), 80) for m in (3, 4, 5, 6)] + [
        used("a", date(2026, m, 15), 40) for m in (3, 4, 5, 6)
    ]
    graph = graph_of(tmp_path, monkeypatch, [], {"export_rebate": rebates, "utility": power})
    names = ["rebate_growth", "kwh_yoy", "rebate_against_power"]
    row = _matrix(graph).build(["a"], T, names).to_pylist()[0]
    assert [row[n] for n in names] == [2, 0.5, 4]
