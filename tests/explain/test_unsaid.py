"""What told reasons leave unsaid is counted and adds up: nothing of a score is hidden behind "other"."""

from __future__ import annotations

import pytest

from credit_risk.explain.told import Words
from credit_risk.explain.unsaid import NOTHING_LEFT, unsaid
from credit_risk.explain.wording import IndicatorWords, Wording
from credit_risk.zone import Book


def _words(tree: dict[str, str]) -> Words:
    both = {"zh": "项目", "en": "Item"}
    one = {n: IndicatorWords(both, both, path, "number", "none", {}, None, "") for n, path in tree.items()}
    paths = sorted(set(tree.values()))
    titles = {path: {"zh": path, "en": path} for path in paths}
    return Words(list(tree), paths, [], Wording(one, titles))


def test_further_lines_of_a_group_and_other_groups_are_counted_by_hand() -> None:
    words = _words({"a": "x", "b": "x", "c": "x", "still": "x", "d": "y", "e": "z", "f": "z"})
    points = {"a": -50.04, "b": -26.7, "c": -19.3, "still": 0.0, "d": 4.0, "e": -1.0, "f": 8.0}
    told = [
        {"group": "x", "title": {"zh": "x", "en": "x"}, "points": -96.0,
         "indicators": [{"name": "a", "points": -50.0}, {"name": "b", "points": -26.7}]},
        {"group": "y", "title": {"zh": "y", "en": "y"}, "points": 4.0, "indicators": [{"name": "d", "points": 4.0}]},
    ]  # fmt: skip
    found = unsaid(words, points, told)
    assert {path: (rest.count, rest.points) for path, rest in found.further.items()} == {"x": (1, -19.3)}
    assert [(rest.title["zh"], rest.count, rest.points) for rest in found.others] == [("z", 2, 7.0)]
    assert found.count == 2


def test_every_score_adds_up_from_what_is_told_and_what_is_left(book: Book) -> None:
    snapshot_id = book.snapshots.current() or ""
    scores = book.snapshots.read(snapshot_id)
    several = 0
    for subject in scores.loc[scores["scorable"], "subject"].head(40):
        row = book.snapshots.row(snapshot_id, subject)
        assert row is not None
        found = book.snapshots.unsaid(snapshot_id, subject, row["reasons"])
        for reason in row["reasons"]:
            shown = sum(one["points"] for one in reason["indicators"])
            rest = found.further.get(reason["group"])
            if rest is None:
                assert shown == pytest.approx(reason["points"], abs=0.16), "no more than rounding is left"
            else:
                assert shown + rest.points == pytest.approx(reason["points"], abs=0.001)
        others = sum(rest.points for rest in found.others)
        slack = 0.06 * (len(found.others) + len(row["reasons"]) + 2)  # each is rounded to tenths by itself
        assert others == pytest.approx(row["other_points"], abs=slack)
        several += len(found.further) > 0 and len(found.others) > 0
    assert several > 10


def test_who_is_not_scorable_leaves_nothing(book: Book) -> None:
    snapshot_id = book.snapshots.current() or ""
    scores = book.snapshots.read(snapshot_id)
    outside = scores.loc[~scores["scorable"], "subject"].iloc[0]
    assert book.snapshots.unsaid(snapshot_id, outside, []) == NOTHING_LEFT
