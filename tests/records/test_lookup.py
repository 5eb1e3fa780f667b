"""The copy that a few enterprises are looked up in says what the batches say, and is never asked when it is another's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from credit_risk.book import Rules, open_rules
from credit_risk.records import Inbox, Pool, fold, ingest, reader
from credit_risk.records.held import Held
from credit_risk.records.lookup import lookup_of, refresh
from credit_risk.records.reader import Reader

A, B = "91350100M000100Y43", "913100007109392661"
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
NOW = datetime(2024, 6, 1, 12)
Put = Callable[..., Path]


def _rows(held: Held, kind: str) -> list[tuple[object, ...]]:
    rows, _ = held.unfolded(kind)
    return sorted(tuple(map(str, row.values())) for row in rows.to_pylist()) if rows else []


def test_it_holds_what_the_batches_hold_and_is_read_instead_of_them(
    zone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(zone / "bonded-zone" / "pool", tmp_path / "bonded-zone" / "pool")
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    rules = open_rules(Path(__file__).resolve().parents[2])
    pool = Pool(rules)
    kinds = [kind for kind in [*rules.records, *rules.relations] if pool.files(kind)]
    some = pool.scan("registration").subject.execute().drop_duplicates().sort_values().iloc[::60].tolist()
    held = Reader(pool).read(some, some)
    from_batches = {kind: _rows(held, kind) for kind in kinds}
    assert (
        sum(map(len, from_batches.values())) > 500 and from_batches["shareholder"] and from_batches["repair"]
    )
    assert set(refresh(pool)) == set(kinds) and refresh(pool) == []
    for batch in (path for kind in kinds for path in pool.files(kind)):
        batch.write_bytes(b"x" * batch.stat().st_size)  # whoever reads it now fails
    held = Reader(Pool(rules)).read(some, some)
    assert {kind: _rows(held, kind) for kind in kinds} == from_batches


def test_nobody_and_nothing_are_read_as_nothing(small: Rules) -> None:
    held = Reader(Pool(small)).read([], [])
    assert all(_rows(held, kind) == [] for kind in [*small.records, *small.relations])


def test_new_rows_are_seen_at_once_and_a_copy_of_other_batches_is_not_asked(small: Rules, put: Put) -> None:
    pool = Pool(small)
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-02-01,,1.5,罚款\n")
    ingest(pool, now=NOW)
    assert refresh(pool) == ["penalty"]
    old = lookup_of(pool, "penalty", pool.files("penalty"))
    reader = Reader(pool)
    assert old and len(_rows(reader.read([A], []), "penalty")) == 1
    fine = {
        "subject": A,
        "source_record_id": "沪9号",
        "event_date": "2024-05-20",
        "amount": 15000,
        "kind": "fine",
    }
    assert Inbox(pool).post("penalty", [fine], by="court", now=NOW).new == 1
    assert len(_rows(reader.read([A], []), "penalty")) == 2, "what waits in the inbox is read too"
    fold(pool)
    assert lookup_of(pool, "penalty", pool.files("penalty")) is None
    assert len(_rows(reader.read([A], []), "penalty")) == 2, (
        "the batches are read where there is no copy of them"
    )
    assert refresh(pool) == ["penalty"] and not old.exists()
    assert len(_rows(reader.read([A], []), "penalty")) == 2 and _rows(reader.read([B], []), "penalty") == []


def test_what_was_read_is_given_again_until_anything_new_comes_in(small: Rules, put: Put) -> None:
    pool = Pool(small)
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-02-01,,1.5,罚款\n")
    ingest(pool, now=NOW)
    reader = Reader(pool, kept=2)
    first = reader.read([A], [])
    assert reader.read([A], []) is first and reader.read([B], []) is not first
    assert reader.read([A], []) is first and reader.read([A], [A]) is not first
    assert reader.read([B], []) is not None and reader.read([A], []) is not first, "the longest unused went"
    again = reader.read([A], [])
    fine = {
        "subject": A,
        "source_record_id": "沪9号",
        "event_date": "2024-05-20",
        "amount": 15000,
        "kind": "fine",
    }
    Inbox(pool).post("penalty", [fine], by="court", now=NOW)
    newer = reader.read([A], [])
    assert newer is not again and len(_rows(newer, "penalty")) == 2
    assert Reader(pool).read([A], []) is not Reader(pool).read([A], [])


def test_a_copy_that_is_deleted_between_the_look_and_the_reading_costs_nothing(
    small: Rules, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(small)
    put("penalties.csv", HEADER + f"{A},沪1号,2024-01-05,2024-02-01,,1.5,罚款\n")
    ingest(pool, now=NOW)
    gone = small.var / "lookup" / "penalty@0.duckdb"
    monkeypatch.setattr(reader, "lookup_of", lambda *_: gone)
    assert len(_rows(Reader(pool).read([A], [A]), "penalty")) == 1
