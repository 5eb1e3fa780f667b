"""The life of a record, drawn at random: as_of agrees with a loop that knows the rules, and with SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_risk.book import Rules, open_rules
from credit_risk.records import Pool, Records
from credit_risk.records.as_of import ENDED, UNUSABLE
from credit_risk.records.one import Quick

BOOK = 'name = "lives"\nversion = "1"\nsubject = "text"\n[title]\nzh = "记录的一生"\nen = "lives"\n'
LIVES = ("repair", "withdrawal", "shield", "superseded", "objection", "objection_end")
TOLD = "fields: {preferred: {type: text}, told_by: {type: text}, differs: {type: text}}"
TYPES = (
    "records:\n  - {type: fine, title: {zh: 罚款, en: fine}, department: d, fields: {amount: {type: integer}}}\n"
    + "".join(
        f"  - {{type: {life}, title: {{zh: 某, en: x}}, department: d, life: {life}, {TOLD}}}\n"
        for life in LIVES
    )
)
START = datetime(2026, 1, 1, 9)
day = st.integers(0, 40)
version = st.tuples(
    day,
    st.integers(0, 5),
    st.one_of(st.none(), st.integers(-5, 45)),
    st.one_of(st.none(), st.integers(-5, 45)),
)
life = st.tuples(st.sampled_from(LIVES), st.integers(0, 3), day)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rules]:
    folder = tmp_path_factory.mktemp("lives")
    (folder / "sources").mkdir()
    (folder / "credit-risk.toml").write_text(BOOK, encoding="utf-8")
    (folder / "sources" / "all.yaml").write_text(TYPES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(
            "CREDIT_RISK_VAR", raising=False
        )  # asked at each use: what is shared is for other processes too
        yield open_rules(folder)


def _row(kind: str, number: int, at: datetime, **more: Any) -> dict[str, Any]:
    happened = date(2025, 12, 1)
    return {"record_id": f"{kind}{number}", "version": "1", "source": "s", "source_record_id": str(number),
            "subject": "a", "event_date": happened, "received_at": at, "usable_from": None, "usable_until": None} | more  # fmt: skip


def _stored(
    rules: Rules, versions: list[Any], lives: list[Any]
) -> tuple[Pool, list[dict[str, Any]], list[dict[str, Any]]]:
    pool = Pool(rules)
    fines, told = [], []
    for n, (received, amount, opens, closes) in enumerate(versions):
        since = None if opens is None else (START + timedelta(days=opens)).date()
        until = None if closes is None else (START + timedelta(days=closes)).date()
        at = START + timedelta(days=received, seconds=n)
        fines.append(
            _row("fine", n % 4, at, version=f"{n:03}", amount=amount, usable_from=since, usable_until=until)
        )
    for n, (kind, target, received) in enumerate(lives):
        at = START + timedelta(days=received, seconds=100 + n)
        told.append({"kind": kind} | _row(kind, n, at, target=f"fine{target}"))
    pool.write("fine", "all", pa.Table.from_pylist(fines, pool.schema("fine")))
    for kind in LIVES:
        rows = [{k: v for k, v in row.items() if k != "kind"} for row in told if row["kind"] == kind]
        pool.write(kind, "all", pa.Table.from_pylist(rows, pool.schema(kind)))
    return pool, fines, told


def _by_hand(
    fines: list[dict[str, Any]], lives: list[dict[str, Any]], t: datetime, heed: tuple[str, ...]
) -> dict[str, int]:
    last: dict[str, dict[str, Any]] = {}
    for row in sorted(fines, key=lambda r: (r["received_at"], r["version"])):
        if row["received_at"] <= t:
            last[row["record_id"]] = row
    usable = {}
    for record_id, row in last.items():
        acts = [a for a in lives if a["target"] == record_id and a["received_at"] <= t]
        if any(a["kind"] in ENDED for a in acts):
            continue
        about = sorted((a for a in acts if a["kind"].startswith("objection")), key=lambda a: a["received_at"])
        if "objection" in heed and about and about[-1]["kind"] == "objection":
            continue
        if (row["usable_from"] and row["usable_from"] > t.date()) or (
            row["usable_until"] and row["usable_until"] <= t.date()
        ):
            continue
        usable[record_id] = row["amount"]
    return usable


SQLITE = """
WITH known AS (SELECT *, row_number() OVER (PARTITION BY record_id ORDER BY received_at DESC, version DESC) AS r FROM fine
               WHERE received_at <= :t),
acts AS (SELECT * FROM life WHERE received_at <= :t),
ended AS (SELECT target FROM acts WHERE kind IN ('repair', 'withdrawal', 'shield', 'superseded')),
objected AS (SELECT target FROM (SELECT target, kind, row_number() OVER (PARTITION BY target ORDER BY received_at DESC) AS r
             FROM acts WHERE kind LIKE 'objection%') WHERE r = 1 AND kind = 'objection')
SELECT record_id, amount FROM known WHERE r = 1 AND record_id NOT IN (SELECT target FROM ended)
AND record_id NOT IN (SELECT target FROM objected) AND (usable_from IS NULL OR usable_from <= :d)
AND (usable_until IS NULL OR usable_until > :d)
"""


def _by_sqlite(fines: list[dict[str, Any]], lives: list[dict[str, Any]], t: datetime) -> dict[str, int]:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE fine (record_id, version, received_at, usable_from, usable_until, amount)")
    base.execute("CREATE TABLE life (kind, target, received_at)")
    text = {True: None}
    for row in fines:
        opens, closes = (text.get(row[c] is None, str(row[c])) for c in ("usable_from", "usable_until"))
        values = (
            row["record_id"],
            row["version"],
            row["received_at"].isoformat(),
            opens,
            closes,
            row["amount"],
        )
        base.execute("INSERT INTO fine VALUES (?, ?, ?, ?, ?, ?)", values)
    for act in lives:
        base.execute(
            "INSERT INTO life VALUES (?, ?, ?)", (act["kind"], act["target"], act["received_at"].isoformat())
        )
    return dict(base.execute(SQLITE, {"t": t.isoformat(), "d": str(t.date())}).fetchall())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    versions=st.lists(version, min_size=1, max_size=10),
    lives=st.lists(life, max_size=8),
    after=st.integers(-1, 45),
)
def test_what_is_usable_is_what_a_loop_and_sqlite_say(
    rules: Rules, versions: list[Any], lives: list[Any], after: int
) -> None:
    pool, fines, told = _stored(rules, versions, lives)
    t = START + timedelta(days=after, hours=3)
    for heed in (UNUSABLE, ENDED):
        table = Records(pool).as_of("fine", t, lives=heed).select("record_id", "amount").to_pandas()
        assert dict(table.itertuples(index=False, name=None)) == _by_hand(fines, told, t, heed)
    assert _by_hand(fines, told, t, UNUSABLE) == _by_sqlite(fines, told, t)
    few = Records(pool).as_of("fine", t, ["a"]).select("record_id").to_pandas()["record_id"]
    assert set(few) == set(_by_hand(fines, told, t, UNUSABLE))
    fast = Quick(pool).as_of("fine", t, ["a"]).select(["record_id", "amount"]).to_pylist()
    assert {row["record_id"]: row["amount"] for row in fast} == _by_hand(fines, told, t, UNUSABLE)


def test_an_objection_suspends_a_record_until_it_is_decided(rules: Rules) -> None:
    pool, _, _ = _stored(rules, [(0, 3, None, None)], [("objection", 0, 10), ("objection_end", 0, 20)])
    records = Records(pool)
    usable = [len(records.as_of("fine", START + timedelta(days=d, hours=3)).to_pandas()) for d in (5, 15, 25)]
    assert usable == [1, 0, 1]
    assert len(records.as_of("fine", START + timedelta(days=15, hours=3), lives=ENDED).to_pandas()) == 1


def test_the_fast_way_sees_what_is_posted_between_two_questions(rules: Rules) -> None:
    pool, _, _ = _stored(rules, [(0, 3, None, None)], [])
    quick, t = Quick(pool), START + timedelta(days=30)
    assert quick.as_of("fine", t, ["a"]).num_rows == 1
    row = _row("repair", 9, START + timedelta(days=5), target="fine0")
    pool.write("repair", "later", pa.Table.from_pylist([row], pool.schema("repair")))
    assert quick.as_of("fine", t, ["a"]).num_rows == 0
    assert quick.as_of("fine", START + timedelta(days=4), ["a"]).num_rows == 1
    (pool.type_folder("repair") / "later.parquet").unlink()


def test_a_repair_that_is_corrected_to_mean_another_record_no_longer_ends_the_first(rules: Rules) -> None:
    pool, _, _ = _stored(rules, [(0, 3, None, None), (0, 4, None, None)], [])
    rows = [
        _row("repair", 1, START + timedelta(days=5 * n), version=str(n), target=f"fine{n}") for n in range(2)
    ]
    pool.write("repair", "moved", pa.Table.from_pylist(rows, pool.schema("repair")))
    t = START + timedelta(days=30)
    try:
        fast = Quick(pool).as_of("fine", t, ["a"])["record_id"].to_pylist()
        slow = Records(pool).as_of("fine", t).to_pandas()["record_id"].tolist()
    finally:
        (pool.type_folder("repair") / "moved.parquet").unlink()
    assert slow == ["fine0"]
    assert fast == ["fine0"]
