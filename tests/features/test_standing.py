"""A standing place answers for whoever is held now, whatever was held before, and plans each statement once."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from tests.conftest import END

from credit_risk.explain.evidence import Evidence
from credit_risk.explain.records import MOST
from credit_risk.features import Catalogue, Matrix, standing
from credit_risk.features.near import Near
from credit_risk.features.plan import SUBJECTS, Plan
from credit_risk.features.standing import Standing
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records, moment
from credit_risk.zone import Book

ROWS = 'INSERT INTO {} BY NAME SELECT * FROM (VALUES {}) AS rows("subject", "record_id")'


@pytest.fixture
def place(book: Book) -> Iterator[Standing]:
    yield Standing(Pool(book.rules), moment(END))


@pytest.fixture(scope="module")
def near(book: Book) -> Near:
    pool = Pool(book.rules)
    return Near(Matrix(Catalogue.of(book.rules), Records(pool), Graph(pool)), moment(END))


@pytest.fixture(scope="module")
def groups(book: Book) -> list[list[str]]:
    """Enterprises in small groups, the most connected first, and one alone that is nowhere known."""
    ties = [book.graph.as_of(kind, END).select("src", "dst").to_pandas() for kind in book.rules.relations]
    ends = [str(one) for table in ties for side in ("src", "dst") for one in table[side] if ":" not in one]
    often = (
        sorted(set(ends), key=lambda one: (-ends.count(one), one))
        if len(ends) < 50_000
        else sorted(set(ends))
    )
    return [often[:1], often[1:6], often[100:101], often[200:230], ["91310115MA0000000X"], often[:3]]


def _fill(place: Standing, *names: str) -> None:
    place.holding(names)
    if not names:
        return
    values = ", ".join(f"('{name}', 'r-{name}')" for name in names)
    place.engine.execute(ROWS.format(place.table("lawsuit"), values))


def _plan(above: str) -> Plan:
    step = f"SELECT subject FROM pool_lawsuit WHERE subject > '{above}'"
    asked = f'SELECT s.subject FROM step_0 s SEMI JOIN "{SUBJECTS}" a ON s.subject = a.subject ORDER BY 1'
    return Plan([("step_0", step)], asked, {"lawsuit": "pool_lawsuit"}, [])


def _ask(place: Standing, plan: Plan, subjects: list[str]) -> list[str]:
    found: list[str] = place.answer(plan, subjects, {})["subject"].to_pylist()
    return found


def test_rows_that_no_statistics_knew_are_found(place: Standing) -> None:
    """DuckDB 1.5 plans a prepared statement by what its tables held then; see the module's words."""
    everybody, plan = ["A", "B", "X", "Z"], _plan("M")
    _fill(place, "A", "B")
    assert _ask(place, plan, everybody) == [] and _ask(place, plan, everybody) == []
    _fill(place, "A", "X", "Z")
    assert _ask(place, plan, everybody) == ["X", "Z"]
    assert _ask(place, plan, ["X"]) == ["X"], "whoever is asked about changes as well"
    _fill(place)
    assert _ask(place, plan, everybody) == []


def test_names_of_one_plan_are_not_those_of_another(place: Standing) -> None:
    _fill(place, "A", "X")
    one, other = _plan("M"), _plan("")
    for plan, found in ((one, ["X"]), (other, ["A", "X"]), (one, ["X"]), (other, ["A", "X"])):
        assert _ask(place, plan, ["A", "X"]) == found


def test_what_fails_leaves_the_place_as_it_was(place: Standing) -> None:
    step = "SELECT CAST(subject AS INTEGER) AS subject FROM pool_lawsuit"
    numbers = Plan([("step_0", step)], "SELECT subject FROM step_0", {"lawsuit": "pool_lawsuit"}, [])
    _fill(place, "12")
    assert place.answer(numbers, [], {})["subject"].to_pylist() == [12]
    _fill(place, "A")
    for _ in range(2):
        with pytest.raises(duckdb.ConversionException):
            place.answer(numbers, [], {})
    _fill(place, "34")
    assert place.answer(numbers, [], {})["subject"].to_pylist() == [34]


def test_what_was_replaced_is_swept_out_and_nothing_else(
    place: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "SWEPT", 3)
    plan = _plan("M")
    for turn in range(10):
        name = f"X{turn}"
        _fill(place, "A", name)
        assert _ask(place, plan, ["A", name]) == [name]


def test_all_indicators_of_whoever_is_held_are_those_over_the_whole_pool(
    book: Book, near: Near, groups: list[list[str]]
) -> None:
    names = list(book.rules.indicators)
    for group in groups:
        assert near.held(group).build(group, END, names).equals(book.matrix.build(group, END, names)), group


def test_the_records_behind_indicators_are_those_of_the_whole_pool(
    book: Book, near: Near, groups: list[list[str]]
) -> None:
    names = book.champion()[1].credit.names[::4]
    with Evidence(book.matrix, moment(END)) as whole:
        for group in groups[1:4]:
            held = near.held(group)
            for name in names:
                with Evidence(held, moment(END)) as few:
                    assert _sorted(few.table(name, group, MOST)) == _sorted(whole.table(name, group, MOST)), (
                        name
                    )


def _sorted(table: pa.Table) -> list[str]:
    return sorted(map(str, table.to_pylist()))
