"""Plans: written once, run for any moment, read again from disk, and the same in a view of the pool."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.conftest import EARLIER, END, copy_zone

from credit_risk.features import Catalogue, Matrix
from credit_risk.features.plan import Plans, Writer
from credit_risk.graph import Graph
from credit_risk.records import Records, View, moment
from credit_risk.zone import Book

NAMES = ["sued_12m", "revenue_ratio", "related_severe", "related_trouble_2hop", "days_since_penalty"]


@pytest.fixture(scope="module")
def subjects(book: Book) -> list[str]:
    table = book.records.known("registration", END).select("subject").distinct().to_pandas()
    return sorted(table["subject"])[:60]


def test_one_plan_answers_for_every_moment(book: Book, subjects: list[str]) -> None:
    catalogue = Catalogue.of(book.rules)
    matrix = Matrix(catalogue, book.records, book.graph)
    first = [matrix.build(subjects, t, NAMES) for t in (END, EARLIER)]
    assert len(catalogue.plans.known) == 1 and first[0] != first[1]
    for t, table in zip((EARLIER, END), first[::-1], strict=True):
        alone = Matrix(Catalogue.of(book.rules), book.records, book.graph)
        assert alone.build(subjects, t, NAMES).equals(table), "a moment is not carried over from another run"


def test_few_subjects_get_what_they_get_among_all(book: Book, subjects: list[str]) -> None:
    every = book.matrix.build(subjects, END, NAMES).to_pandas().set_index("subject")
    for subject in subjects[:6]:
        alone = book.matrix.build([subject], END, NAMES).to_pandas().set_index("subject")
        assert alone.equals(every.loc[[subject]])


def test_a_plan_is_kept_on_disk_and_not_written_twice(
    book: Book, subjects: list[str], zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = copy_zone(zone, tmp_path / "zone", monkeypatch)
    expected = other.matrix.build(subjects, END, NAMES)
    again = Catalogue.of(other.rules)

    def refuse(self: Writer, table: object) -> object:
        raise AssertionError("a plan was written again")

    monkeypatch.setattr(Writer, "plan", refuse)
    assert Matrix(again, other.records, other.graph).build(subjects, END, NAMES).equals(expected)
    changed = Plans(other.rules, "another catalogue")
    with pytest.raises(AssertionError, match="written again"):
        changed.get(["matrix", *NAMES], lambda writer: writer.subjects)


def test_a_view_is_seen_by_the_plan_of_the_pool(book: Book) -> None:
    case = (
        book.records.as_of("lawsuit", END)
        .filter(lambda r: r.role == "defendant")
        .limit(1)
        .to_pyarrow()
        .to_pylist()[0]
    )
    pool, name = book.pool, ["sued_36m"]
    before = book.matrix.build([case["subject"]], END, name)[1][0].as_py()
    extra = case | {"record_id": "supposed", "event_date": moment(END).date(), "received_at": moment(END)}
    view = View(pool, {"lawsuit": pa.Table.from_pylist([extra], pool.schema("lawsuit"))})
    seen = (
        Matrix(book.catalogue, Records(view), Graph(view)).build([case["subject"]], END, name)[1][0].as_py()
    )
    assert seen == before + 1
    blind = View(pool, only=lambda kind, rows: rows.received_at < rows.received_at)
    none = (
        Matrix(book.catalogue, Records(blind), Graph(blind)).build([case["subject"]], END, name)[1][0].as_py()
    )
    assert none == 0
