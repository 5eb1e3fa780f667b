"""Stored reasons told as one JSON text, with marks at what a reader may not be told: it is cut out without parsing.

The marks are a flat list of numbers: how many reasons, indicators and records there are, then one column after another
(``REASON``, ``INDICATOR``, ``RECORD``); places are bytes of the text. ``told.py`` makes what to compute on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from credit_risk.explain.told import SENTENCES, Words
from credit_risk.explain.words import say

__all__ = ["Cut", "Marked", "Teller"]

REASON = ("start", "head_end", "indicators")
INDICATOR = ("name", "points_end", "evidence", "evidence_end", "end", "records")
RECORD = ("kind", "start", "end")
NOT_TOLD = b',"withheld":true,"evidence":[]}'


class Marked(NamedTuple):
    """JSON that ends with a list of reasons, and the marks in it."""

    text: bytes | memoryview
    marks: Sequence[int]


class Teller:
    """Tells stored reasons by the words of a snapshot; keeps what repeats as it was encoded."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._group = lru_cache(None)(self._encoded_group)
        self._indicator = lru_cache(None)(self._encoded_indicator)
        self._said = lru_cache(SENTENCES)(self._encoded_value)

    def tell(self, row: Mapping[str, Any], before: bytes = b"") -> Marked:
        """Return ``before`` and the reasons of a stored row, all that may be told to anybody; nulls are left out.

        The points of an indicator come first, so that what follows them can be cut off.
        """
        if not row["reason_group"]:
            return Marked(before + b"[]", [0, 0, 0])
        text = bytearray(before + b"[")
        reasons: list[tuple[int, ...]] = []
        indicators: list[tuple[int, ...]] = []
        records: list[tuple[int, ...]] = []
        place = record = 0
        counts = row["shown_records"] or [0] * len(row["shown_name"])
        for group, points, shown in zip(
            row["reason_group"], row["reason_points"], row["reason_shown"], strict=True
        ):
            start = len(text)
            text += self._group(group)
            head_end, last = len(text), place + shown
            over = all(self._transmitted(name) for name in row["shown_name"][place:last])
            text += b',"points":%b,"effect":"%b","transmitted":%b,"indicators":[' % (
                _tenths(points), b"raises_risk" if points < 0 else b"lowers_risk", b"true" if over else b"false",
            )  # fmt: skip
            while place < last:
                count = counts[place]
                indicators.append(self._tell_indicator(text, row, place, record, count, records))
                record, place = record + count, place + 1
                text += b"," if place < last else b""
            text += b"]},"
            reasons.append((start, head_end, shown))
        text[-1:] = b"]"
        rows = (reasons, indicators, records)
        flat = [number for table in rows for column in zip(*table, strict=True) for number in column]
        return Marked(bytes(text), [len(reasons), len(indicators), len(records), *flat])

    def _tell_indicator(
        self,
        text: bytearray,
        row: Mapping[str, Any],
        place: int,
        first: int,
        count: int,
        marks: list[tuple[int, ...]],
    ) -> tuple[int, ...]:
        name, code = row["shown_name"][place], row["shown_code"][place]
        text += b'{"points":' + _tenths(row["shown_points"][place])
        points_end = len(text)
        text += self._indicator(name)
        text += self._said(
            name, row["shown_value"][place] if code is None else code, row["shown_peer"][place]
        )
        text += b',"evidence":['
        evidence = len(text)
        for number in range(first, first + count):
            start = len(text)
            kind = row["record_kind"][number]
            text += orjson.dumps(
                {
                    "about": row["record_about"][number] or row["subject"],
                    "kind": self.words.kinds[kind],
                    "record_id": row["record_id"][number],
                    "source": row["record_source"][number],
                    "event_date": str(row["record_date"][number]),
                    "received_at": str(row["record_received"][number]),
                }
            )
            marks.append((kind, start, len(text)))
            text += b","
        if count:
            del text[-1]
        evidence_end = len(text)
        text += b"]}"
        return name, points_end, evidence, evidence_end, len(text), count

    def _transmitted(self, name: int) -> bool:
        return self.words.wording.indicators[self.words.names[name]].transmitted

    def _encoded_group(self, group: int) -> bytes:
        path = self.words.groups[group]
        return _opened({"group": path, "title": self.words.wording.tree[path]})

    def _encoded_indicator(self, code: int) -> bytes:
        name = self.words.names[code]
        words = self.words.wording.indicators[name]
        told = {"withheld": False, "name": name, "title": words.title, "transmitted": words.transmitted}
        return _more(told if words.repairable is None else told | {"repairable": words.repairable})

    def _encoded_value(self, code: int, value: Any, peer: float | None) -> bytes:
        says = say(self.words.wording.indicators[self.words.names[code]], value, peer)
        may_be_null = {"value": value, "peer": peer}
        return _more({"says": says} | {name: one for name, one in may_be_null.items() if one is not None})


@dataclass(frozen=True)
class Cut:
    """What is cut out of marked reasons: codes of indicators and of record types, and what stands for a whole group."""

    names: frozenset[int]
    kinds: frozenset[int]
    instead: bytes

    @classmethod
    def of(
        cls, words: Words, seen: Collection[str], barred: Collection[str], instead: Mapping[str, Any]
    ) -> Cut:
        """Return the cut for whoever is told the indicators ``seen`` only and no records of ``barred`` types.

        What a reason of which nothing may be told is about is told ``instead``; points stay.
        """
        names = frozenset(code for code, name in enumerate(words.names) if name not in seen)
        kinds = frozenset(code for code, kind in enumerate(words.kinds) if kind in barred)
        return cls(names, kinds, _opened(instead))

    def out_of(self, told: Marked) -> list[bytes | memoryview]:
        """Return the pieces of the text that are left, one after another; nothing is copied."""
        of_reasons, of_indicators, of_records = _columns(told.marks)
        name, points_end, evidence, evidence_end, end, records = of_indicators
        kind, record_start, record_end = of_records
        if self.names.isdisjoint(name) and self.kinds.isdisjoint(kind):
            return [told.text]
        text, at, place, record = memoryview(told.text), 0, 0, 0
        left: list[bytes | memoryview] = []
        for start, head_end, shown in zip(*of_reasons, strict=True):
            last = place + shown
            if shown and self.names.issuperset(name[place:last]):
                left += (text[at:start], self.instead)
                at = head_end
            for one in range(place, last):
                first, record = record, record + records[one]
                if name[one] in self.names:
                    left += (text[at : points_end[one]], NOT_TOLD)
                    at = end[one]
                elif not self.kinds.isdisjoint(kind[first:record]):
                    left.append(text[at : evidence[one]])
                    told_of = [i for i in range(first, record) if kind[i] not in self.kinds]
                    for i in told_of:
                        left += (text[record_start[i] : record_end[i]], b",")
                    if told_of:
                        left.pop()
                    at = evidence_end[one]
            place = last
        left.append(text[at:])
        return left


def _columns(marks: Sequence[int]) -> list[list[Sequence[int]]]:
    """Return the columns of reasons, indicators and records."""
    at, told = 3, []
    for rows, names in zip(marks[:3], (REASON, INDICATOR, RECORD), strict=True):
        told.append([marks[at + i * rows : at + (i + 1) * rows] for i in range(len(names))])
        at += rows * len(names)
    return told


@lru_cache(4096)
def _tenths(points: int) -> bytes:
    return orjson.dumps(points / 10)


def _opened(told: Mapping[str, Any]) -> bytes:
    """Return an object that is open at its end."""
    return orjson.dumps(dict(told))[:-1]


def _more(told: Mapping[str, Any]) -> bytes:
    """Return what continues an object."""
    return b"," + orjson.dumps(dict(told))[1:-1]
