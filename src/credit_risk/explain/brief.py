"""Stored reasons told in one pass, as they are sent: some left out, nulls left out, and what repeats encoded once.

What ``told.py`` makes for whoever computes on with it takes three times as long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

import orjson

from credit_risk.explain.told import SENTENCES, Words
from credit_risk.explain.words import say

__all__ = ["Brief"]

Piece = orjson.Fragment


class Brief:
    """Tells stored reasons by the words of a snapshot; keeps what it encoded."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._title = lru_cache(None)(lambda name: _piece(words.wording.indicators[name].title))
        self._group = lru_cache(None)(lambda path: _piece(words.wording.tree[path]))
        self._says = lru_cache(SENTENCES)(
            lambda name, value, peer: _piece(say(words.wording.indicators[name], value, peer))
        )

    def tell(
        self,
        row: Mapping[str, Any],
        seen: Collection[str],
        barred: Collection[str],
        instead: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """Return the reasons of a stored row, to be encoded by orjson.

        Only the indicators ``seen`` are told and no records of ``barred`` types. What a reason of which nothing may be
        told is about is told ``instead``; points stay.
        """
        if row["reason_group"] is None:
            return []
        shown, told = self._indicators(row, seen, barred), []
        for group, points, count in zip(
            row["reason_group"], row["reason_points"], row["reason_shown"], strict=True
        ):
            pairs = list(islice(shown, count))
            indicators = [one for one, _ in pairs]
            path = self.words.groups[group]
            nothing = bool(pairs) and all(one["withheld"] for one in indicators)
            about = instead if nothing else {"group": path, "title": self._group(path)}
            told.append(
                {
                    **about,
                    "points": points / 10,
                    "effect": "raises_risk" if points < 0 else "lowers_risk",
                    "transmitted": all(transmitted for _, transmitted in pairs),
                    "indicators": indicators,
                }
            )
        return told

    def _indicators(
        self, row: Mapping[str, Any], seen: Collection[str], barred: Collection[str]
    ) -> Iterator[tuple[dict[str, Any], bool]]:
        """Return the indicators in order, and whether each speaks of neighbours."""
        places, names, indicators = row["shown_name"], self.words.names, self.words.wording.indicators
        counts = row["shown_records"] or [0] * len(places)
        values, codes, peers, points = (
            row[f"shown_{column}"] for column in ("value", "code", "peer", "points")
        )
        start = 0
        for place, count in enumerate(counts):
            name = names[places[place]]
            words, first, start = indicators[name], start, start + count
            if name not in seen:
                yield {"points": points[place] / 10, "withheld": True, "evidence": []}, words.transmitted
                continue
            code, peer = codes[place], peers[place]
            value = values[place] if code is None else code
            told = {
                "name": name,
                "title": self._title(name),
                "points": points[place] / 10,
                "says": self._says(name, value, peer),
                "transmitted": words.transmitted,
                "withheld": False,
                "evidence": self._records(row, first, start, barred),
            }
            may_be_null = {"value": value, "peer": peer, "repairable": words.repairable}
            told |= {key: one for key, one in may_be_null.items() if one is not None}
            yield told, words.transmitted

    def _records(
        self, row: Mapping[str, Any], first: int, end: int, barred: Collection[str]
    ) -> list[dict[str, Any]]:
        told = []
        for place in range(first, end):
            kind = self.words.kinds[row["record_kind"][place]]
            if kind not in barred:
                told.append(
                    {
                        "about": row["record_about"][place] or row["subject"],
                        "kind": kind,
                        "record_id": row["record_id"][place],
                        "source": row["record_source"][place],
                        "event_date": str(row["record_date"][place]),
                        "received_at": str(row["record_received"][place]),
                    }
                )
        return told


def _piece(value: Any) -> Piece:
    return Piece(orjson.dumps(value))
