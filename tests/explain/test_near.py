"""What is read of a few enterprises says the same, to the last bit, as the whole pool: scores, what-if, ways out."""

from __future__ import annotations

import pytest
from tests.conftest import END

from credit_risk.explain.recourse import find_recourse
from credit_risk.explain.remedies import ended_relation, open_actions, repaired
from credit_risk.explain.suppose import scored_at, what_if
from credit_risk.features.near import Near
from credit_risk.models.model import CreditModel
from credit_risk.records import moment
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def model(book: Book) -> CreditModel:
    return book.champion()[1].credit


@pytest.fixture(scope="module")
def near(book: Book) -> Near:
    return Near(book.matrix, moment(END))


@pytest.fixture(scope="module")
def scorable(book: Book) -> set[str]:
    table = book.snapshots.read(book.snapshots.current() or "")
    return set(table.loc[table["scorable"], "subject"])


# seeds of contagion; a fact that a pattern reads; a fact that neither asks
@pytest.mark.parametrize("kind", ["enforced_person", "dishonest_enforced", "wage_arrears", "honour"])
def test_a_repair_supposed_over_what_was_read_is_the_one_supposed_over_the_whole_pool(
    book: Book, model: CreditModel, near: Near, scorable: set[str], kind: str
) -> None:
    rows = book.records.as_of(kind, END).order_by(["event_date", "record_id"]).to_pandas()
    scored = rows["subject"].isin(scorable)
    row = (rows[scored] if scored.any() else rows).iloc[
        -1
    ]  # whoever has the gravest facts is not scored any more
    subject = str(row["subject"])
    supposed = repaired(book.rules, subject, END, [str(row["record_id"])])
    few = near.held([subject])
    whole = what_if(book.matrix, model, subject, END, supposed)
    assert what_if(few, model, subject, END, supposed) == whole
    assert scored_at(few, model, subject, END) == whole.before, "what was supposed is forgotten again"


def test_a_relation_supposed_to_have_ended_is_asked_of_the_whole_pool(
    book: Book, model: CreditModel, near: Near, scorable: set[str]
) -> None:
    edges = book.graph.as_of("shareholder", END).order_by("record_id").to_pandas()
    edge = edges[edges["dst"].isin(scorable)].iloc[0]
    subject, supposed = str(edge["dst"]), ended_relation(book.matrix, END, str(edge["record_id"]))
    whole = what_if(book.matrix, model, subject, END, supposed)
    assert whole.before != whole.after
    assert what_if(near.held([subject]), model, subject, END, supposed) == whole


def test_the_way_out_is_the_same_and_tells_how_far_it_is(
    book: Book, model: CreditModel, near: Near, scorable: set[str]
) -> None:
    subject = next(s for s in sorted(scorable) if 2 <= len(open_actions(near.held([s]), s, END)) <= 3)
    told = list[tuple[int, int]]()
    few = find_recourse(near.held([subject]), model, subject, END, lambda *now: told.append(now))
    assert few == find_recourse(book.matrix, model, subject, END)
    assert [tried for tried, _ in told] == list(range(1, len(told) + 1)) and few.tried == len(told) - 1
    assert all(tried <= at_most for tried, at_most in told), "the bound is an upper bound"
    bounds = [at_most for _, at_most in told]
    assert bounds == sorted(bounds, reverse=True), "and never grows"
