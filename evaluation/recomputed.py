"""Scores recomputed online against those of the nightly batch, bit by bit: ``python -m evaluation.recomputed``.

It takes the book's zone (``credit-risk demo`` makes one) and works on two copies of it. New records, made after the
pattern of those that are there, are posted to both, in another order and in other portions, some of them twice, in one
of them half of them folded meanwhile. Then the first is scored by night, and of the second enterprises drawn at random
are scored online, one or some at a time. Every figure served of every one must be the same to the last bit.
"""

from __future__ import annotations

import argparse
import json
import numbers
import os
import random
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from credit_risk.book import open_rules
from credit_risk.book.schema import SourceRule
from credit_risk.explain.snapshot import Snapshots
from credit_risk.records import Inbox, fold
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book
from evaluation.disposable import copy_zone
from evaluation.kept import keep

__all__ = ["FIGURES", "online_against_night", "page"]

BOOK = Path(__file__).resolve().parents[1]
FIGURES = [
    "score", "pd", "pd_low", "pd_high", "pd_terms", "pd_heads", "grade", "grade_rank", "public_class", "scorable",
    "why_not", "data_depth", "own_points", "transmitted_points", "base_points", "other_points", "shown_score",
]  # fmt: skip
ENTERPRISES, RECORDS, PATTERNS = 1000, 600, 40
MOST_AT_ONCE = 100
CLOCKS = ("received_at", "usable_from", "usable_until")


def online_against_night(
    var: Path, place: Path, enterprises: int, records: int, seed: int = 1
) -> dict[str, Any]:
    """Return how many figures were not the same; ``var`` is a book's, copied into the empty folder ``place``."""
    draw, published = random.Random(seed), str(Snapshots(var / "snapshots").current())
    day = published[:10]
    made: list[tuple[str, dict[str, Any]]] = []
    online: dict[str, dict[str, Any]] = {}
    night = pd.DataFrame()
    for name in ("night", "online"):
        book = _apart(var, place / name, day)
        made = made or list(_like_those_there(book, date.fromisoformat(day), records, draw))
        taken = _deliver(book, made, day, draw, folded=name == "online")
        if name == "night":
            night = book.score(day).scores.set_index("subject")
        else:
            chosen = draw.sample(sorted(night.index), min(enterprises, len(night)))
            online = _served_online(book, published, chosen, draw)
    unlike = [
        (subject, figure)
        for subject, row in online.items()
        for figure in FIGURES
        if _bits(row[figure]) != _bits(night.at[subject, figure])
    ]
    before = Snapshots(var / "snapshots").read(published).set_index("subject")["score"]
    moved = sum(_bits(night.at[s, "score"]) != _bits(before.get(s)) for s in online)
    return {
        "enterprises": len(online), "scorable": sum(bool(row["scorable"]) for row in online.values()),
        "records": taken, "sources": len({source for source, _ in made}), "moved": moved, "unlike": len(unlike),
        "examples": [f"{s} {f}" for s, f in unlike[:5]],
    }  # fmt: skip


def _served_online(
    book: Book, snapshot_id: str, chosen: list[str], draw: random.Random
) -> dict[str, dict[str, Any]]:
    """Recompute enterprises, one or some at a time, publish them and return what is served of each."""
    desk, at = Desk.open(book.rules), 0
    while at < len(chosen):
        few = chosen[at : at + draw.choice([1, 1, 5, 25, MOST_AT_ONCE])]
        at += len(few)
        again = desk.rescorer.again(few)
        desk.fresh.publish(snapshot_id, again.rows if again else {})
    served = {subject: desk.fresh.row(snapshot_id, subject) for subject in chosen}
    return {subject: row for subject, row in served.items() if row is not None}


def _apart(var: Path, to: Path, day: str) -> Book:
    copy_zone(var, to / open_rules(BOOK).settings.name)
    os.environ |= {
        "CREDIT_RISK_VAR": str(to),
        "CREDIT_RISK_TODAY": day,
        "CREDIT_RISK_DATABASE_URL": f"sqlite:///{to / 'operational.db'}",
    }
    return Book.open(BOOK)


def _like_those_there(
    book: Book, day: date, records: int, draw: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give new rows by source, in the words of the engine, of types whose records name an enterprise."""
    subjects = book.snapshots.read(str(book.snapshots.current()))["subject"].tolist()
    patterns = [(source.source, row) for source in _sources(book) for row in _patterns(book, source, day)]
    for n in range(records):
        source, row = draw.choice(patterns)
        about = {"subject": draw.choice(subjects), "source_record_id": f"new-{n}"}
        happened = {"event_date": str(day - timedelta(days=draw.randrange(60)))}
        yield source, row | about | happened


def _sources(book: Book) -> list[SourceRule]:
    single = [s for s in book.rules.sources.values() if s.to in book.rules.records]
    kinds = [s.to for s in single]
    return [s for s in single if kinds.count(s.to) == 1 and {"subject", "source_record_id"} <= set(s.map)]


def _patterns(book: Book, source: SourceRule, day: date) -> list[dict[str, Any]]:
    """Return some stored records of a source as rows that could be posted; none where a post of it is refused."""
    fields = [name for name, column in source.map.items() if column.column and name not in CLOCKS]
    table = book.records.as_of(source.to, day)
    rows = table.order_by("record_id").limit(PATTERNS).to_pandas()
    plain = [{n: _plain(row[n]) for n in fields if n in row} for row in rows.to_dict("records")]
    return [{n: v for n, v in row.items() if v is not None} for row in plain]


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp | datetime | date):
        return str(value)[:10]
    return value if isinstance(value, str) else str(value)


def _deliver(
    book: Book, made: list[tuple[str, dict[str, Any]]], day: str, draw: random.Random, folded: bool
) -> int:
    """Post rows in an order of its own; return how many were new."""
    inbox, order = Inbox(book.pool), draw.sample(made, len(made))
    portions = list(_portions(order + order[: len(order) // 10], draw))  # some come twice
    now, taken = datetime.fromisoformat(f"{day}T12:00:00"), 0
    for number, (source, rows) in enumerate(portions):
        taken += inbox.post(source, rows, by="proof", now=now).new
        if folded and number == len(portions) // 2:
            fold(book.pool)
    return taken


def _portions(
    order: list[tuple[str, dict[str, Any]]], draw: random.Random
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give rows in order, a few at a time, by source."""
    at = 0
    while at < len(order):
        some = order[at : at + draw.randrange(1, 9)]
        at += len(some)
        for source in dict.fromkeys(name for name, _ in some):
            yield source, [row for name, row in some if name == source]


def _bits(value: Any) -> bytes:
    """Return what tells a figure from every other: the bits of a number, the text of what is none."""
    if value is None or value != value:
        return b""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return struct.pack("<d", value) if number else str(value).encode()


def main() -> int:
    """Compare and keep what was found; 1 when a figure was not the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=ENTERPRISES)
    parser.add_argument("--records", type=int, default=RECORDS)
    asked = parser.parse_args()
    var, began = open_rules(BOOK).var, time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        found = online_against_night(var, Path(place), asked.enterprises, asked.records)
    found["seconds"] = round(time.monotonic() - began)
    keep("recomputed", found)
    print(json.dumps(found, ensure_ascii=False))
    return int(found["unlike"] > 0)


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    f = kept["result"]
    return [
        "",
        "## recomputed",
        "",
        f"{f['records']:,} new records of {f['sources']} sources, posted in two orders. Of {f['enterprises']:,}",
        f"enterprises drawn at random ({f['scorable']:,} scorable) {f['moved']:,} moved, and **{f['unlike']}** of",
        f"{len(FIGURES)} figures each differ between the nightly batch and the scores recomputed online, to the last",
        f"bit. {kept['date']}, {kept['machine']}.",
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
