"""Where the nodes of a relation graph and their names stand on the sheet: all of it used, no name over another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

__all__ = ["named_apart", "placed", "written"]

Node = dict[str, Any]
Box = tuple[float, float, float, float]
HIGH, WIDE, NARROW = (
    15.0,
    12.5,
    7.0,
)  # of a line of text, a Chinese and a Latin letter of it, in pixels of the sheet
RADIUS = 15.0


def placed(nodes: Sequence[Node], width: int, height: int, margin: int) -> None:
    """Stretch places (any unit) over the whole sheet, each direction by itself; a line of nodes is centred."""
    for axis, size in (("x", width), ("y", height)):
        told = [n[axis] for n in nodes]
        low, high = min(told), max(told)
        for n in nodes:
            share = (n[axis] - low) / (high - low) if high > low else 0.5
            n[axis] = round(margin + share * (size - 2 * margin), 1)


def named_apart(nodes: Sequence[Node]) -> None:
    """Add the end of the code to names that several nodes have."""
    often = Counter(n["label"] for n in nodes)
    for n in nodes:
        if n["kind"] == "enterprise" and often[n["label"]] > 1:
            n["label"] = f"{n['label']} …{n['id'][-4:]}"


def written(nodes: Sequence[Node], width: int) -> None:
    """Say where each name is written (``lx``, ``ly``, ``anchor``): below its node, else where least is in the way."""
    taken = [(n["x"] - RADIUS, n["y"] - RADIUS, n["x"] + RADIUS, n["y"] + RADIUS) for n in nodes]
    for place, n in enumerate(nodes):
        others = [*taken[:place], *taken[place + 1 :]]
        ways = _ways(n, _width(str(n["label"])))
        lx, ly, anchor, box = min(ways, key=lambda way: _in_the_way(way[3], others, width))
        n["lx"], n["ly"], n["anchor"] = round(lx, 1), round(ly, 1), anchor
        taken.append(box)


def _ways(n: Node, wide: float) -> list[tuple[float, float, str, Box]]:
    x, y = n["x"], n["y"]
    middle, half = HIGH / 3, wide / 2
    return [
        (x, y + 26, "middle", (x - half, y + 26 - HIGH, x + half, y + 30)),
        (x, y - 17, "middle", (x - half, y - 17 - HIGH, x + half, y - 13)),
        (x + 17, y + middle, "start", (x + 17, y - HIGH / 2, x + 17 + wide, y + HIGH / 2)),
        (x - 17, y + middle, "end", (x - 17 - wide, y - HIGH / 2, x - 17, y + HIGH / 2)),
        (x, y + 42, "middle", (x - half, y + 42 - HIGH, x + half, y + 46)),
        (x, y - 33, "middle", (x - half, y - 33 - HIGH, x + half, y - 29)),
    ]


def _width(text: str) -> float:
    return sum(NARROW if letter.isascii() else WIDE for letter in text)


def _in_the_way(box: Box, others: Sequence[Box], width: int) -> float:
    """Return how much of a box others cover, and what of it is off the sheet."""
    off = max(0.0, -box[0]) + max(0.0, box[2] - width)
    return sum(_shared(box, one) for one in others) + off * HIGH


def _shared(one: Box, other: Box) -> float:
    """Return the area that two boxes have in common."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    return max(0.0, wide) * max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
