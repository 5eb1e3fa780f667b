"""The picture of relations uses its sheet, writes no name over another, and tells namesakes apart."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from credit_risk.serving.console.picture import named_apart, placed, written


def _node(code: str, label: str, x: float, y: float, kind: str = "enterprise") -> dict[str, Any]:
    return {"id": code, "label": label, "kind": kind, "x": x, "y": y}


def test_the_places_reach_all_sides_of_the_sheet() -> None:
    nodes = [_node("a", "甲", -0.2, 0.1), _node("b", "乙", 0.3, 0.1), _node("c", "丙", 0.0, 0.9)]
    placed(nodes, 1000, 640, 60)
    assert {n["x"] for n in nodes} >= {60, 940} and {n["y"] for n in nodes} == {60, 580}
    line = [_node("a", "甲", 0.0, 0.5), _node("b", "乙", 1.0, 0.5)]
    placed(line, 1000, 640, 60)
    assert {n["y"] for n in line} == {320}, "a line stands in the middle"


def test_names_that_stand_close_are_not_written_over_each_other() -> None:
    nodes = [_node(str(i), "同一联系电话", 300 + 22 * i, 200 + 9 * i) for i in range(3)]
    written(nodes, 1000)
    boxes = []
    for n in nodes:
        wide = 12.5 * len(n["label"])
        left = n["lx"] - {"middle": wide / 2, "start": 0, "end": wide}[n["anchor"]]
        boxes.append((left, n["ly"] - 12, left + wide, n["ly"]))
    for one, other in combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


def test_a_name_at_the_edge_stays_on_the_sheet() -> None:
    (node,) = nodes = [_node("a", "很长很长的企业名称", 995, 300)]
    written(nodes, 1000)
    assert node["anchor"] == "end"


def test_namesakes_carry_the_end_of_their_code() -> None:
    nodes = [_node("XX11", "远海", 0, 0), _node("XX22", "远海", 1, 1), _node("g:1", "同一住所", 0, 1, "group"),
             _node("g:2", "同一住所", 1, 0, "group"), _node("XX33", "信创", 1, 2)]  # fmt: skip
    named_apart(nodes)
    assert [n["label"] for n in nodes] == ["远海 …XX11", "远海 …XX22", "同一住所", "同一住所", "信创"]
