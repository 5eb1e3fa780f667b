"""A repaired event moves nobody through the graph, and whoever has no relation does not feel it when others fall."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest
from tests.conftest import END
from tests.graph.pools import ROOT, graph_of

from credit_risk.book import open_rules
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph, find_patterns
from credit_risk.records import Records
from credit_risk.records.envelope import LIFE_TARGET, record_schema
from credit_risk.records.view import View
from credit_risk.zone import Book

FALLEN = "dishonest_enforced0"
TIES = [
    ("guarantees", "guarantor", "fallen", Decimal(1000)),
    ("supplies", "fallen", "buyer", Decimal("0.4")),
    ("shareholder", "fallen", "child", Decimal("0.9")),
    *[(kind, who, f"group:{kind}") for who in ("fallen", "new") for kind in ("same_address", "same_phone")],
    *[("legal_rep", "person:p", who) for who in ("fallen", "new")],
]
EVERYBODY = ["guarantor", "buyer", "child", "new", "fallen", "stranger"]
MOVED = {
    "guarantor": ["contagion_pressure", "guarantee_called", "guaranteed_severe", "strain_pressure"],
    "buyer": ["contagion_pressure", "supply_at_risk", "supplier_severe", "strain_pressure"],
    "child": ["contagion_pressure", "controller_severe", "control_group_severe"],
    "new": ["contagion_personal", "old_hand_ties", "phone_severe"],
}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.of(open_rules(ROOT))


def _matrix(
    catalogue: Catalogue,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: bool = True,
    repaired: datetime | None = None,
) -> Matrix:
    ages = {"new": date(2025, 12, 1)}
    born = [
        {"subject": who, "event_date": ages.get(who, date(2015, 1, 1)), "established": ages.get(who, date(2015, 1, 1))}
        for who in EVERYBODY
    ]  # fmt: skip
    records: dict[str, list[Any]] = {"registration": born}
    if told:
        fell = {"subject": "fallen", "event_date": date(2025, 11, 10), "received_at": datetime(2025, 12, 1)}
        records["dishonest_enforced"] = [fell]
    if repaired:
        end = {
            "subject": "fallen",
            "event_date": repaired.date(),
            "received_at": repaired,
            LIFE_TARGET: FALLEN,
        }
        records["repair"] = [end]
    graph = graph_of(root, monkeypatch, TIES, records)
    return Matrix(catalogue, Records(graph.pool), graph)


def _relational(matrix: Matrix) -> pd.DataFrame:
    names = [n for n in matrix.catalogue.entries if matrix.catalogue.rests_on_relations(n)]
    return matrix.build(EVERYBODY, "2026-06-30", names).to_pandas().set_index("subject")


def test_a_repaired_event_moves_no_neighbour_and_an_unrepaired_one_does(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = _relational(_matrix(catalogue, tmp_path / "never", monkeypatch, told=False))
    known = _relational(_matrix(catalogue, tmp_path / "known", monkeypatch))
    for who, names in MOVED.items():
        for name in names:
            assert (known.at[who, name] > 0) and not (never.at[who, name] > 0), (who, name)
    pd.testing.assert_series_equal(known.loc["stranger"], never.loc["stranger"])
    late = _relational(_matrix(catalogue, tmp_path / "late", monkeypatch, repaired=datetime(2026, 7, 1)))
    pd.testing.assert_frame_equal(late, known)
    mended = _matrix(catalogue, tmp_path / "mended", monkeypatch, repaired=datetime(2026, 6, 30, 9))
    pd.testing.assert_frame_equal(_relational(mended), never)
    assert not find_patterns(mended.graph, "2026-06-30", ["old_hand"])
    assert find_patterns(mended.graph, "2026-06-29", ["old_hand"]), "before the repair it was known"


def test_an_enterprise_without_relations_keeps_its_score_when_others_fall_and_a_related_one_does_not(
    book: Book,
) -> None:
    model, catalogue = book.champion()[1].credit, book.catalogue
    table = book.matrix.build(_known(book), END, ["contagion_pressure", "guaranteed_amount"]).to_pandas()
    subject = str(
        table.sort_values(["contagion_pressure", "subject"], ascending=[False, True])["subject"].iloc[0]
    )
    others = [s for s in _known(book) if s != subject]
    falls = pa.Table.from_pylist(
        [_fall(book, other, i) for i, other in enumerate(others)], record_schema(book.rules.records["dishonest_enforced"])
    )  # fmt: skip

    def alone(kind: str, rows: ir.Table) -> ir.BooleanValue:
        if kind in book.rules.relations:
            return (rows.src != subject) & (rows.dst != subject)
        return (
            (rows.subject != subject) & (rows.buyer != subject)
            if kind == "bonded_transfer"
            else ibis.literal(True)
        )

    relational = [n for n in catalogue.entries if catalogue.rests_on_relations(n)]
    told = {}
    for name, only in (("related", None), ("alone", alone)):
        for fallen in (False, True):
            view = View(book.pool, {"dishonest_enforced": falls} if fallen else {}, only)
            matrix = Matrix(catalogue, Records(view), Graph(view))
            rows = matrix.build([subject], END, sorted({*model.names, *relational})).to_pandas()
            told[name, fallen] = rows, float(model.score(rows)["score"].iloc[0])
    pd.testing.assert_frame_equal(told["alone", False][0], told["alone", True][0])
    assert told["alone", False][1] == told["alone", True][1]
    moved = told["related", True][0][relational] != told["related", False][0][relational]
    assert moved.any(axis=None), "with its relations it feels the same falls"
    assert told["related", True][1] != told["related", False][1]


def _known(book: Book) -> list[str]:
    rows = book.records.known("registration", END).select("subject").distinct().to_pandas()
    return sorted(rows["subject"])


def _fall(book: Book, subject: str, number: int) -> dict[str, Any]:
    names = record_schema(book.rules.records["dishonest_enforced"]).names
    return dict.fromkeys(names) | {
        "record_id": f"fall{number}", "version": "1", "source": "s", "source_record_id": str(number),
        "subject": subject, "event_date": date(2026, 5, 1), "received_at": datetime(2026, 6, 1),
    }  # fmt: skip
