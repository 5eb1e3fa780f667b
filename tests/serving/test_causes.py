"""Why a score moved: every cause adds up from the indicators that it moved; a history of one point says why."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from tests.conftest import EARLIER

from credit_risk.explain import Snapshots
from credit_risk.explain.suppose import Change, Moved, Scored, Step
from credit_risk.serving.console.causes import causes_of
from credit_risk.serving.desk import Desk
from credit_risk.serving.published import not_comparable
from credit_risk.zone import Book


def test_each_cause_adds_up_from_values_that_changed(book: Book) -> None:
    desk = Desk.open(book.rules)
    published = desk.published()
    assert published is not None
    scored = published.scores.index[published.scores["scorable"].astype(bool)]
    change = desk.change(str(scored[0]), date.fromisoformat(EARLIER))
    causes = causes_of(change)
    assert [cause.name for cause in causes] == ["aged", "repaired", "new", "neighbours"]
    assert any(cause.moved for cause in causes)
    for cause in causes:
        assert cause.points == pytest.approx(sum(round(m.points, 1) for m in cause.moved) + cause.rest)
        assert all(m.before != m.after for m in cause.moved)
    shown = sum(cause.points for cause in causes)
    assert shown == pytest.approx(round(change.after.score, 1) - round(change.before.score, 1))
    for name in change.after.values:
        steps = [m for s in change.steps for m in s.moved if m.name == name]
        if steps:  # from one cause to the next a value goes on where it was left
            assert [m.before for m in steps[1:]] == [m.after for m in steps[:-1]]


def test_what_did_not_change_is_no_cause() -> None:
    before, after = Scored(100.0, 0.1, "B", {}, {}), Scored(102.4, 0.1, "B", {}, {})
    moved = [Moved("a", 3, 2, 4.9), Moved("industry", "F", "F", -2.6), Moved("b", 1, 0, 0.02)]
    (cause,) = causes_of(Change(before, after, [Step("aged", 2.4, moved)], moved))
    assert [m.name for m in cause.moved] == ["a"] and (cause.points, cause.rest) == (2.4, -2.5)


def test_a_day_without_a_point_says_why(tmp_path: Path) -> None:
    def scored(day: str, model: str, scorable: bool | None) -> None:
        folder = tmp_path / f"{day}-{model}-0f"
        folder.mkdir()
        known = {
            "subject": "a" if scorable is not None else "b",
            "as_of": pd.Timestamp(day),
            "model_id": model,
        }
        more = {"scorable": bool(scorable), "why_not": None if scorable else "不在范围 · out of scope"}
        pd.DataFrame([known | more | {"pd": 0.1, "grade": "B"}]).to_parquet(folder / "scores.parquet")

    for day, model, scorable in [
        ("2025-09-30", "m-1", None), ("2025-12-31", "m-1", True), ("2026-03-31", "m-2", False), ("2026-06-30", "m-2", True),
    ]:  # fmt: skip
        scored(day, model, scorable)
    snapshots = Snapshots(tmp_path)
    row = snapshots.score("2026-06-30-m-2-0f", "a")
    assert row is not None
    told = [(str(one.day), one.reason, one.why_not) for one in not_comparable(snapshots, "a", row)]
    assert told == [
        ("2026-03-31", "not_scorable", "不在范围 · out of scope"),
        ("2025-12-31", "other_model", None),
        ("2025-09-30", "not_known", None),
    ]
