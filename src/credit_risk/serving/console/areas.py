"""Where risk gathers: indices of areas and sectors with control limits, dependence on few; and how warnings did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from credit_risk.book.schema import Signal
from credit_risk.serving.board import Board
from credit_risk.serving.desk import Desk, Published
from credit_risk.warnings.area import herfindahl, risk_index

__all__ = ["concentration_of", "indices_of", "warnings_of"]


def indices_of(desk: Desk, published: Published) -> list[dict[str, Any]]:
    """Return per label of the peer group its title and the index of each of its codes, the highest first."""
    group = desk.rules.settings.peer_group
    if group is None:
        return []
    fields = desk.rules.records[group.record].fields
    now = _labelled(published.scores, published)
    before = _labelled(published.before, published) if published.before is not None else None
    found = []
    for name in (n for n in group.by if fields[n].codes):
        earlier = risk_index(before, before[name]) if before is not None else None
        table = risk_index(now, now[name], earlier)
        found.append(
            {
                "title": fields[name].title,
                "rows": [_row(r, fields[name].codes) for r in table.to_dict("records")],
            }
        )
    return found


def concentration_of(desk: Desk, published: Published) -> list[tuple[Any, float]]:
    """Return per label how concentrated expected bad enterprises are (Herfindahl: 1 is all in one place)."""
    group = desk.rules.settings.peer_group
    if group is None:
        return []
    fields = desk.rules.records[group.record].fields
    now = _labelled(published.scores, published)
    return [(fields[n].title, herfindahl(now["pd"], now[n])) for n in group.by if fields[n].codes]


def warnings_of(board: Board, signals: Mapping[str, Signal]) -> list[dict[str, Any]]:
    """Return per signal how many cases that carried it were decided, and how many of them were confirmed."""
    conclusion = board.table["conclusion"]
    decided, confirmed = Counter[str](), Counter[str]()
    for counter, rows in ((decided, conclusion.notna()), (confirmed, conclusion == "confirmed")):
        for codes, n in board.codes.counts(rows.to_numpy(bool)).items():
            counter.update(dict.fromkeys(codes.split(","), n))
    told = [
        {
            "code": code,
            "title": signals[code].title,
            "decided": n,
            "confirmed": confirmed[code],
            "share": confirmed[code] / n,
        }
        for code, n in decided.items()
        if code in signals
    ]
    return sorted(told, key=lambda row: (-row["decided"], -row["share"], row["code"]))


def _labelled(scores: pd.DataFrame, published: Published) -> pd.DataFrame:
    known = scores[["pd"]].dropna()
    table = known.join(published.directory.table[published.directory.fields], how="inner")
    return table.rename_axis("subject").reset_index()


def _row(row: dict[str, Any], codes: Any) -> dict[str, Any]:
    return row | {
        "title": (codes or {}).get(row["group"]),
        "at": max(0.0, min(200.0, row["index"])) / 2,
        "from": max(0.0, row["low"]) / 2,
        "wide": max(0.5, (min(200.0, row["high"]) - max(0.0, row["low"])) / 2),
    }
