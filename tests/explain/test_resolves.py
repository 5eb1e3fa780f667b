"""Whatever a reason shows resolves to records and relations that may be used at t, in the scene that asks."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conftest import END

from credit_risk.explain.evidence import Evidence
from credit_risk.explain.paths import with_paths
from credit_risk.graph.network import Network
from credit_risk.serving.scene import for_scene
from credit_risk.zone import Book

Reasons = list[dict[str, Any]]


@pytest.fixture(scope="module")
def told(book: Book) -> dict[str, Reasons]:
    """The reasons of every scored enterprise of the zone."""
    current = book.snapshots.current() or ""
    table = book.snapshots.read(current)
    rows = {s: book.snapshots.row(current, s) for s in table.loc[table["scorable"], "subject"]}
    return {s: row["reasons"] for s, row in rows.items() if row}


@pytest.fixture(scope="module")
def usable(book: Book) -> dict[str, set[str]]:
    """Ids of all records and relations that may be used at the snapshot's t, by type."""
    found = {}
    for kind in [*book.rules.records, *book.rules.relations]:
        rows = (book.graph if kind in book.rules.relations else book.records).as_of(kind, END)
        found[kind] = set(rows.select("record_id").to_pyarrow()["record_id"].to_pylist())
    return found


def _records(reasons: Reasons) -> list[tuple[str, str, str]]:
    return [
        (e["kind"], e["record_id"], e["about"])
        for reason in reasons
        for shown in reason["indicators"]
        for e in shown.get("evidence", [])
    ]


def test_every_record_shown_may_be_used_at_t(told: dict[str, Reasons], usable: dict[str, set[str]]) -> None:
    shown = [record for reasons in told.values() for record in _records(reasons)]
    assert len(shown) > 10 * len(told)
    assert [r for r in shown if r[1] not in usable[r[0]]] == []


def test_every_record_shown_in_a_scene_is_lawful_there_and_what_was_left_out_is_said(
    book: Book, told: dict[str, Reasons]
) -> None:
    for scene in book.rules.scenes:
        for reasons in list(told.values())[:80]:
            seen = for_scene(book.rules, reasons, scene)
            for kind, _, _ in _records(seen):
                rule = book.rules.records.get(kind)
                assert rule is None or rule.scenes is None or scene in rule.scenes
            assert [r["points"] for r in seen] == [r["points"] for r in reasons]
            for before, after in zip(reasons, seen, strict=True):
                for one, other in zip(before["indicators"], after["indicators"], strict=True):
                    assert other.get("withheld") or other["says"] == one["says"]
                    assert other["points"] == one["points"]


def test_own_and_transmitted_risk_stand_apart_and_add_up(book: Book, told: dict[str, Reasons]) -> None:
    current = book.snapshots.current() or ""
    table = book.snapshots.read(current).query("scorable").set_index("subject")
    points = book.snapshots.read(current, "contributions").set_index("subject")
    over = [n for n in points.columns if book.catalogue.rests_on_relations(n)]
    assert (points[over].sum(axis=1) - table["transmitted_points"]).abs().max() < 1e-3
    assert (points.sum(axis=1) - table["transmitted_points"] - table["own_points"]).abs().max() < 1e-3
    for reasons in told.values():
        for reason in reasons:
            flags = [shown["transmitted"] for shown in reason["indicators"]]
            assert flags == [book.catalogue.rests_on_relations(s["name"]) for s in reason["indicators"]]
            assert reason["transmitted"] == all(flags)


def test_a_relational_reason_names_the_neighbour_and_a_path_whose_hops_are_relations_in_force(
    book: Book, told: dict[str, Reasons], usable: dict[str, set[str]]
) -> None:
    network = Network.of(book.graph, END)
    named = asked = 0
    for subject, reasons in list(told.items())[:60]:
        for reason in with_paths(book.rules, network, subject, reasons):
            for shown in reason["indicators"]:
                neighbours = {e["about"] for e in shown["evidence"] if ":" not in e["about"]} - {subject}
                if not shown["transmitted"]:
                    assert "paths" not in shown and not neighbours
                    continue
                asked += len(neighbours)
                for path in shown["paths"]:
                    hops = path["hops"]
                    assert hops[0]["from"] == subject and hops[-1]["to"] == path["neighbour"]
                    assert [h["to"] for h in hops[:-1]] == [h["from"] for h in hops[1:]]
                    assert all(h["record_id"] in usable[h["kind"]] and h["since"] <= END for h in hops)
                    assert all(h["source"] for h in hops)
                    named += 1
    assert named > 0.8 * asked > 20


@pytest.mark.parametrize("name", ["invoice_burst_6m", "unreachable_6m", "zero_filings_4m"])
def test_the_records_behind_a_count_are_those_that_it_counts(book: Book, name: str) -> None:
    subjects = book.snapshots.read(book.snapshots.current() or "")["subject"].tolist()
    values = book.matrix.build(subjects, END, [name]).to_pandas().set_index("subject")[name].fillna(0)
    with Evidence(book.matrix, END) as evidence:
        shown = evidence.table(name, subjects, 1000).to_pandas().groupby("subject").size()
    assert shown.reindex(values.index).fillna(0).tolist() == values.tolist()
    assert values.max() > 0
