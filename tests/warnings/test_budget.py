"""Places within the alert budget: the best first, lanes have a floor, and no place is wasted or given twice."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from credit_risk.book import open_rules
from credit_risk.book.settings import Lane
from credit_risk.errors import BookError
from credit_risk.warnings.budget import lanes_of, placed

NAMES = [f"e{i:02}" for i in range(20)]
OWN_LANE = r"\[alerts\.lanes\.\w+\]\nsignals = .*\nshare = .*\n"  # of the book, which fill its half already


def test_without_lanes_the_best_have_the_places_and_those_listed_stay_a_while() -> None:
    assert placed(NAMES, {}, 5, {}) == set(NAMES[:5])
    assert placed(NAMES, {}, 5, {}, kept={"e09", "e11"}, stay=2.0) == {*NAMES[:4], "e09"}, "e11 fell too far"


def test_a_lane_is_a_floor_and_not_an_addition() -> None:
    low = {"e15": ["change"], "e17": ["change"], "e19": ["change"]}
    assert placed(NAMES, low, 5, {"change": 2}) == {"e00", "e01", "e02", "e15", "e17"}
    high = {"e00": ["change"], "e03": ["change"], "e19": ["change"]}
    assert placed(NAMES, high, 5, {"change": 2}) == set(NAMES[:5]), (
        "its best fill the floor where they would stand anyhow"
    )


def test_who_is_listed_in_a_lane_stays_while_near_its_front() -> None:
    low = {f"e{i}": ["change"] for i in range(10, 20)}
    assert placed(NAMES, low, 4, {"change": 1}, kept={"e11"}, stay=2.0) == {"e00", "e01", "e02", "e11"}
    assert placed(NAMES, low, 4, {"change": 1}, kept={"e12"}, stay=2.0) == {"e00", "e01", "e02", "e10"}


@given(
    st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from("ab"), max_size=2)),
    st.integers(0, 25),
    st.fixed_dictionaries({"a": st.integers(0, 9), "b": st.integers(0, 9)}),
    st.sets(st.sampled_from(NAMES)),
    st.sampled_from([1.0, 1.5, 3.0]),
)
def test_every_place_is_used_and_every_floor_is_served_while_there_is_room(
    within: dict[str, set[str]], room: int, floors: dict[str, int], kept: set[str], stay: float
) -> None:
    chosen = placed(NAMES, within, room, floors, kept, stay)
    assert len(chosen) == min(room, len(NAMES))
    if sum(floors.values()) <= room:
        for lane, floor in floors.items():
            members = {one for one in NAMES if lane in within.get(one, ())}
            assert len(chosen & members) >= min(floor, len(members))


def test_a_warning_stands_in_every_lane_that_names_one_of_its_signals() -> None:
    lanes = {"a": Lane(signals=["C08", "D01"], share=0.1), "b": Lane(signals=["D01"], share=0.1)}
    assert lanes_of(lanes, ["B01", "D01"]) == {"a", "b"} and lanes_of(lanes, ["C08"]) == {"a"}
    assert lanes_of(lanes, ["B01"]) == frozenset()


@pytest.mark.parametrize(
    ("lane", "told"),
    [
        ('[alerts.lanes.odd]\nsignals = ["Z99"]\nshare = 0.1', "alerts.lanes.odd.signals"),
        ('[alerts.lanes.odd]\nsignals = ["C08"]\nshare = 0.6', "at most half of the budget"),
    ],
)
def test_a_book_with_an_impossible_lane_says_so(tmp_path: Path, lane: str, told: str) -> None:
    for name in ("credit-risk.toml", "sources", "features", "models", "serving"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    mark = tmp_path / "credit-risk.toml"
    without = re.sub(OWN_LANE, "", mark.read_text(encoding="utf-8"))
    assert "[alerts.lanes" not in without
    mark.write_text(f"{without}\n{lane}\n", encoding="utf-8")
    with pytest.raises(BookError, match=told):
        open_rules(tmp_path)
