"""Recourse: only what the law and the book allow, the fewest actions, and what is supposed is what comes true."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta
from tests.conftest import END, copy_zone

from credit_risk.book import open_rules
from credit_risk.errors import BookError, InputError
from credit_risk.explain import recourse
from credit_risk.explain.recourse import find_recourse
from credit_risk.explain.remedies import (
    Action,
    Supposed,
    ended_relation,
    fulfilled,
    open_actions,
    owner_of,
    repaired,
    seen_with,
)
from credit_risk.explain.suppose import Scored, scored_at, what_if
from credit_risk.models.model import CreditModel
from credit_risk.zone import Book


@pytest.fixture(scope="module")
def model(book: Book) -> CreditModel:
    return book.champion()[1].credit


@pytest.fixture(scope="module")
def scorable(book: Book) -> set[str]:
    table = book.snapshots.read(book.snapshots.current() or "")
    return set(table.loc[table["scorable"], "subject"])


def _with(book: Book, kind: str, scorable: set[str], where: Any = None) -> tuple[str, str]:
    """Return a scored enterprise and the id of its latest usable record of a type."""
    rows = book.records.as_of(kind, END).order_by(["event_date", "record_id"]).to_pandas()
    rows = rows[rows["subject"].isin(scorable)]
    row = (rows if where is None else rows[where(rows)]).iloc[-1]
    return str(row["subject"]), str(row["record_id"])


def _really(book: Book, zone: Path, to: Path, patch: pytest.MonkeyPatch, rows: Supposed) -> Book:
    """Return a copy of the zone in which the supposed rows were received."""
    other = copy_zone(zone, to, patch)
    for kind, listed in rows.items():
        schema = other.pool.schema(kind)
        complete = [dict.fromkeys(schema.names) | row for row in listed]
        other.pool.write(kind, "really", pa.Table.from_pylist(complete, schema))
    return other


@pytest.mark.parametrize("kind", ["tax_arrears", "commitment", "social_insurance"])
def test_a_duty_supposed_performed_gives_the_score_after_it_is_really_reported(
    book: Book, model: CreditModel, scorable: set[str], zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:  # fmt: skip
    chosen = {
        "tax_arrears": lambda rows: rows["balance"] > 0,
        "commitment": lambda rows: rows["due_on"] >= pd.Timestamp(END),
        "social_insurance": lambda rows: rows["owed"] > 0,
    }[kind]
    subject, record_id = _with(book, kind, scorable, chosen)
    supposed = fulfilled(book.matrix, subject, END, [record_id])
    found = what_if(book.matrix, model, subject, END, supposed)
    other = _really(book, zone, tmp_path / "zone", monkeypatch, supposed)
    table = other.matrix.build([subject], END, list(model.names)).to_pandas()
    assert model.score(table)["score"].iloc[0] == found.after.score
    assert found.before.values != found.after.values, "a duty performed is seen in some indicator"


def test_a_neighbours_repair_and_an_ended_relation_give_the_score_after_they_are_really_reported(
    book: Book,
    model: CreditModel,
    scorable: set[str],
    zone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edges = book.graph.as_of("shareholder", END).to_pandas()
    facts = book.records.as_of("enforced_person", END).to_pandas()
    tied = edges.merge(facts, left_on="src", right_on="subject", suffixes=("", "_fact"))
    tied = tied[tied["dst"].isin(scorable) & (tied["src"] != tied["dst"])]
    edge = tied.iloc[0]
    subject, neighbour = str(edge["dst"]), str(edge["src"])
    fact, relation = str(edge["record_id_fact"]), str(edge["record_id"])
    assert owner_of(book.matrix, END, fact) == neighbour
    for place, supposed in enumerate(
        [repaired(book.rules, neighbour, END, [fact]), ended_relation(book.matrix, END, relation)]
    ):
        found = what_if(book.matrix, model, subject, END, supposed)
        with pytest.MonkeyPatch.context() as patch:
            other = _really(book, zone, tmp_path / str(place), patch, supposed)
            table = other.matrix.build([subject], END, list(model.names)).to_pandas()
            assert model.score(table)["score"].iloc[0] == found.after.score
            assert found.before.values != found.after.values


def test_only_usable_records_with_a_remedy_can_be_made_good(
    book: Book, model: CreditModel, scorable: set[str]
) -> None:
    subject = min(scorable)
    for wrong in ("nothing", _with(book, "registration", {subject})[1]):
        with pytest.raises(InputError, match="no remedy"):
            fulfilled(book.matrix, subject, END, [wrong])
    with pytest.raises(InputError, match="in force"):
        ended_relation(book.matrix, END, "nothing")


def test_every_action_is_a_remedy_of_the_book_on_an_own_usable_record_and_waits_as_the_law_says(
    book: Book, scorable: set[str]
) -> None:
    seen = 0
    day = date.fromisoformat(END)
    for subject in sorted(scorable)[:12]:
        for action in open_actions(book.matrix, subject, END):
            remedy = book.rules.remedies[action.remedy]
            rows = book.records.as_of(action.kind, END, [subject])
            row = rows.filter(rows.record_id == action.record_id).to_pyarrow().to_pylist()
            assert len(row) == 1 and row[0]["subject"] == subject and action.kind == remedy.record
            wait = remedy.wait(day)
            assert wait is not None and wait.basis == action.basis
            assert action.lawful_on == max(day, action.happened + relativedelta(months=wait.months))
            seen += 1
    assert seen > 0


@pytest.mark.parametrize(
    ("remedy", "day", "months"),
    [
        ("repair_minor_penalty", "2026-03-31", 3),
        ("repair_minor_penalty", "2026-04-01", 0),
        ("repair_general_penalty", "2026-04-01", 3),
        ("repair_general_safety_penalty", "2026-03-31", 12),
        ("repair_general_safety_penalty", "2026-04-01", 3),
        ("repair_serious_penalty", "2023-04-30", 6),
        ("repair_serious_penalty", "2023-05-01", 12),
        ("repair_serious_penalty", "2026-04-01", 12),
        ("repair_customs_penalty", "2023-05-01", 3),
    ],
)
def test_the_waiting_time_is_that_of_the_rule_in_force(
    book: Book, remedy: str, day: str, months: int
) -> None:
    wait = book.rules.remedies[remedy].wait(date.fromisoformat(day))
    assert wait is not None and wait.months == months


class _Made:
    """A made-up enterprise whose actions bring points that need not add up."""

    def __init__(self, worth: dict[frozenset[str], float]) -> None:
        self.worth, self.asked = worth, 0

    def scored(self, names: frozenset[str]) -> Scored:
        self.asked += 1
        points = 500 + max((v for k, v in self.worth.items() if k <= names), default=0.0)
        return Scored(points, 0.1, "B" if points < 550 else "A", {}, {})


def _search(
    monkeypatch: pytest.MonkeyPatch, model: CreditModel, book: Book, made: _Made, waits: dict[str, int]
) -> recourse.Recourse:
    day = date.fromisoformat(END)
    actions = [
        Action("pay", book.rules.remedies["pay_tax_arrears"].title, "tax_arrears", n, day, day + relativedelta(days=d), 0,
               "", {"x": [{"n": n}]})
        for n, d in waits.items()
    ]  # fmt: skip
    monkeypatch.setattr(recourse, "open_actions", lambda *_: actions)
    monkeypatch.setattr(recourse, "seen_with", lambda _, supposed: frozenset(r["n"] for r in supposed["x"]))
    monkeypatch.setattr(type(book.matrix), "over", lambda _, names: names)
    monkeypatch.setattr(
        recourse,
        "scored_at",
        lambda names, *_: made.scored(names if isinstance(names, frozenset) else frozenset()),
    )
    scale = type(model.scale)(("A", "B"), (0.05, 1.0), ("A", "B"))
    return find_recourse(book.matrix, type(model)(**{**model.__dict__, "scale": scale}), "s", END)


def test_the_fewest_actions_are_chosen_and_the_shortest_wait_among_equals(
    book: Book, model: CreditModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    worth = {
        frozenset("a"): 10.0, frozenset("b"): 30.0, frozenset("c"): 20.0, frozenset("d"): 5.0, frozenset("e"): 0.0,
        frozenset("bc"): 60.0, frozenset("ad"): 60.0,
    }  # fmt: skip
    found = _search(monkeypatch, model, book, _Made(worth), {"a": 0, "b": 90, "c": 0, "d": 10, "e": 0})
    assert found.chosen is not None and {a.record_id for a in found.chosen} == {"a", "d"}
    assert found.smallest and found.after.grade == "A"
    assert found.lawful_on == date.fromisoformat(END) + relativedelta(days=10)
    assert [a.record_id for a, _ in found.possible] == ["b", "c", "a", "d", "e"]


def test_with_too_many_sets_to_try_no_action_of_the_answer_can_be_left_out(
    book: Book, model: CreditModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"n{i:02}" for i in range(20)]  # no more than are tried alone
    worth = {frozenset([n]): 1.0 for n in names} | {frozenset(names[:7]): 80.0}
    made = _Made(worth)
    found = _search(monkeypatch, model, book, made, dict.fromkeys(names, 0))
    assert found.chosen is not None and {a.record_id for a in found.chosen} == set(names[:7])
    assert not found.smallest and made.asked < 120


def test_of_many_actions_none_is_tried_alone_and_what_can_be_left_out_is(
    book: Book, model: CreditModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"n{i:03}" for i in range(180)]
    made = _Made({frozenset(["n003", "n100"]): 80.0})
    found = _search(monkeypatch, model, book, made, dict.fromkeys(names, 0))
    assert found.chosen is not None and {a.record_id for a in found.chosen} == {"n003", "n100"}
    assert not found.smallest and made.asked < 60 and len(found.possible) == 180
    nothing = _Made({frozenset(names[:3]): 20.0})
    found = _search(monkeypatch, model, book, nothing, dict.fromkeys(names, 0))
    assert found.chosen is None and found.after.score == 520.0 and (found.tried, nothing.asked) == (1, 2)


def test_where_nothing_suffices_it_says_so(
    book: Book, model: CreditModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = _search(
        monkeypatch, model, book, _Made({frozenset("a"): 9.0, frozenset("ab"): 12.0}), {"a": 0, "b": 0}
    )
    assert found.chosen is None and found.after.score == 509.0 and found.lawful_on is None
    assert found.tried == 2, "each alone; together they were one of these, as b brings nothing"
    nothing = _search(monkeypatch, model, book, _Made({}), {})
    assert nothing.chosen is None and nothing.possible == [] and nothing.after == nothing.now


def test_the_way_that_is_shown_is_what_the_pipeline_says(
    book: Book, model: CreditModel, scorable: set[str]
) -> None:
    arrears = book.records.as_of("tax_arrears", END).to_pandas()
    debtors = sorted(set(arrears.loc[arrears["balance"] > 0, "subject"]) & scorable)
    subject = next(s for s in debtors if 1 <= len(open_actions(book.matrix, s, END)) <= 3)
    found = find_recourse(book.matrix, model, subject, END)
    assert found.possible and found.now == scored_at(book.matrix, model, subject, END)
    for action, points in found.possible[:2]:
        seen = book.matrix.over(seen_with(book.pool, action.supposed))
        assert scored_at(seen, model, subject, END).score - found.now.score == points


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("record: tax_arrears", "record: tax_arear", "tax_arrears"),
        ("gives: {balance: 0}", "gives: {balanc: 0}", "balance"),
        ("gives: {balance: 0}", "", "gives"),
    ],
)
def test_a_remedy_that_names_nothing_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    import shutil

    from tests.conftest import ROOT

    for name in ("sources", "features", "models", "serving"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "credit-risk.toml", tmp_path)
    path = tmp_path / "serving" / "remedies.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BookError, match=rf"remedies\.yaml(.|\n)*{said}"):
        open_rules(tmp_path)
