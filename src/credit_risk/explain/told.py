"""Stored reasons told: from lists of numbers and codes to titles, sentences and records, in the words of their day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from credit_risk.explain.wording import Wording
from credit_risk.explain.words import say

__all__ = ["SENTENCES", "Words"]

SENTENCES = 2**15  # that are kept; many enterprises share one


@dataclass(frozen=True, eq=False)
class Words:
    """What the codes of stored reasons stand for; kept with the snapshot. Each is itself and like no other."""

    names: Sequence[str]
    groups: Sequence[str]
    kinds: Sequence[str]
    wording: Wording

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        plain = {"names": list(self.names), "groups": list(self.groups), "kinds": list(self.kinds)}
        return plain | {"wording": self.wording.to_json()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Words:
        """Read what ``to_json`` wrote."""
        wording = Wording.from_json(stored["wording"])
        return cls(stored["names"], stored["groups"], stored["kinds"], wording)

    def tell(self, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the reasons of one stored row as plain JSON types; none for an enterprise that is not scorable.

        A reason has the keys group, title, points, effect, transmitted and indicators; an indicator name, title,
        value, peer, points, says, repairable, transmitted and evidence; a record about (whose), kind, id, source and
        both dates as text. ``transmitted`` tells that neighbours speak, not the enterprise itself.
        """
        if row["reason_group"] is None:
            return []
        shown = self._indicators(row)
        listed = zip(row["reason_group"], row["reason_points"], row["reason_shown"], strict=True)
        return [self._reason(group, points, list(islice(shown, count))) for group, points, count in listed]

    def _reason(self, group: int, points: int, indicators: list[dict[str, Any]]) -> dict[str, Any]:
        path = self.groups[group]
        return {
            "group": path,
            "title": dict(self.wording.tree[path]),
            "points": points / 10,
            "effect": "raises_risk" if points < 0 else "lowers_risk",
            "transmitted": all(one["transmitted"] for one in indicators),
            "indicators": indicators,
        }

    def _indicators(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        records = self._records(row)
        counts = row["shown_records"] or [0] * len(row["shown_name"])
        for place, count in enumerate(counts):
            name, code, peer = (
                self.names[row["shown_name"][place]],
                row["shown_code"][place],
                row["shown_peer"][place],
            )
            words = self.wording.indicators[name]
            value = row["shown_value"][place] if code is None else code
            yield {
                "name": name,
                "title": dict(words.title),
                "value": value,
                "peer": peer,
                "points": row["shown_points"][place] / 10,
                "says": dict(self._say(name, value, peer)),
                "repairable": words.repairable,
                "transmitted": words.transmitted,
                "evidence": list(islice(records, count)),
            }

    @cached_property
    def _say(self) -> Callable[[str, Any, float | None], dict[str, str]]:
        return lru_cache(SENTENCES)(lambda name, value, peer: say(self.wording.indicators[name], value, peer))

    def _records(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        columns = [row[f"record_{n}"] or () for n in ("about", "kind", "id", "source", "date", "received")]
        for about, kind, record_id, source, happened, received in zip(*columns, strict=True):
            yield {
                "about": about or row["subject"],
                "kind": self.kinds[kind],
                "record_id": record_id,
                "source": source,
                "event_date": str(happened),
                "received_at": str(received),
            }
