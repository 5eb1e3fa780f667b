"""A zone of a million enterprises for the console: the published zone of a book laid side by side many times.

Snapshot tables and the register are repeated whole, under codes with the number of the copy; relations too. The first
copy keeps the codes of the book. Of all
other records so many copies are kept as make some twenty million. Cases repeat the snapshot's warnings.
Everything is done on columns by Arrow and DuckDB; no row is made by a loop.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Engine, insert

from credit_risk.explain import Snapshots
from credit_risk.policy import STANDING_SCHEMA
from credit_risk.records.sql import STORED
from credit_risk.store.tables import cases, moves
from credit_risk.zone import Book

__all__ = ["fill_ledger", "lay_out"]

RECORDS, ROWS = 20_000_000, 100_000
TABLES = ("scores", "reasons", "contributions", "indicators")
AT_ONCE, WIDTH = 5000, 5
LEVELS = ("red", "orange", "yellow", "blue")


def lay_out(book: Book, var: Path, copies: int) -> int:
    """Make a ``var`` folder with ``copies`` of the book's published zone; return the number of stored rows."""
    snapshot = book.snapshots.current() or ""
    t = book.snapshots.read(snapshot)["as_of"].iloc[0].to_pydatetime()
    model_id = str(book.snapshots.read(snapshot)["model_id"].iloc[0])
    for name in ("models", "registry", "monitoring", "reports", "plans", "events"):
        if (book.rules.var / name).is_dir():
            shutil.copytree(book.rules.var / name, var / name)
    shutil.copy(book.rules.var / "person.key", var / "person.key")
    earlier = book.snapshots.before(t, model_id)
    for name in filter(None, (snapshot, earlier)):
        _repeat_snapshot(book.snapshots.folder / name, var / "snapshots" / name, copies, TABLES)
    laid = Snapshots(var / "snapshots")
    standing = pa.Table.from_pandas(book.snapshots.read(snapshot, "standing"), preserve_index=False)
    laid.add(snapshot, "standing", _repeated(standing, copies).to_pandas(), STANDING_SCHEMA)
    laid.publish(snapshot)
    return _repeat_pool(book, var / "pool", copies)


def _repeat_snapshot(source: Path, target: Path, copies: int, tables: tuple[str, ...]) -> None:
    target.mkdir(parents=True)
    for path in source.glob("*.json"):
        shutil.copy(path, target / path.name)
    for name in tables:
        if (source / f"{name}.parquet").exists():
            table = pq.read_table(source / f"{name}.parquet")
            folder = target / f"{name}.parquet"
            folder.mkdir()
            for part, start in enumerate(range(0, len(table), max(1, ROWS // copies))):
                rows = _repeated(table.slice(start, max(1, ROWS // copies)), copies)
                pq.write_table(rows, folder / f"part-{part:05}.parquet", compression="zstd")


def _repeated(table: pa.Table, copies: int) -> pa.Table:
    rows = table.take(pa.array(np.repeat(np.arange(len(table)), copies)))
    number = np.tile(np.arange(copies), len(table))
    ends = pa.array(np.where(number == 0, "", np.char.add("-", np.char.zfill(number.astype(str), WIDTH))))
    named = pc.binary_join_element_wise(rows["subject"].cast(pa.string()), ends, "")
    return rows.set_column(rows.schema.get_field_index("subject"), "subject", named)


def _repeat_pool(book: Book, pool: Path, copies: int) -> int:
    rules, total = book.rules, 0
    whole = {rules.settings.peer_group.record} if rules.settings.peer_group else set()
    held = [str(path) for kind in rules.records for path in book.pool.files(kind)]
    few = max(1, min(copies, RECORDS // max(1, sum(pq.read_metadata(path).num_rows for path in held))))
    for kind in [*rules.records, *rules.relations]:
        files = [str(path) for path in book.pool.files(kind)]
        if not files:
            continue
        relation = kind in rules.relations
        count = copies if relation or kind in whole else few
        ends = ("src", "dst") if relation else ("subject",)
        life = [c for c in ("target", "preferred") if c in book.pool.schema(kind).names]
        named = [
            f"CASE WHEN n = 0 THEN {c} WHEN {c} LIKE '%:%' THEN {c} || '-' || n"
            f" ELSE {c} || printf('-%0{WIDTH}d', n) END AS {c}"
            for c in ends
        ]
        copied = "CASE WHEN n = 0 THEN {c} ELSE {c} || printf('-%0{width}d', n) END AS {c}"
        named += [copied.format(c=c, width=WIDTH) for c in ("record_id", *life)]
        order = ", ".join(ends)
        target = pool / kind / "laid-out.parquet"
        target.parent.mkdir(parents=True)
        duckdb.execute(
            f"COPY (SELECT * EXCLUDE (n) REPLACE ({', '.join(named)})"
            f" FROM read_parquet({files!r}), range({count}) AS r(n) ORDER BY {order})"
            f" TO '{target}' {STORED}"
        )
        found = duckdb.execute(f"SELECT count(*) FROM read_parquet('{target}')").fetchone()
        total += int(found[0]) if found else 0
    return total


def fill_ledger(engine: Engine, book: Book, wanted: int) -> int:
    """Fill an empty ledger with ``wanted`` cases: most open, a fifth decided, some closed; return how many."""
    table = book.snapshots.read(book.snapshots.current() or "", "warnings")
    rows = table.iloc[np.tile(np.arange(len(table)), -(-wanted // len(table)))[:wanted]].reset_index(
        drop=True
    )
    number = pd.Series(np.arange(wanted) // len(table))
    copy = ("-" + number.astype(str).str.zfill(WIDTH)).where(number > 0, "")
    draw = np.random.default_rng(0).random(wanted)
    codes = table["signals"].map(lambda told: ",".join(s["signal"] for s in json.loads(told)))
    at = rows["as_of"].iloc[0]
    state = np.select(
        [draw < 0.7, draw < 0.8, draw < 0.85, draw < 0.93],
        ["new", "checking", "second", "confirmed"],
        "closed",
    )
    told = pd.DataFrame(
        {
            "case_id": [f"{i:012x}" for i in range(wanted)],
            "subject": rows["subject"] + copy,
            "state": state,
            "level": rows["level"],
            "rank": rows["level"].map({level: i for i, level in enumerate(LEVELS)}),
            "value": rows["value"].fillna(0.01) * (1 + draw / 100),
            "pd": rows["pd"],
            "grade": rows["grade"],
            "signals": rows["signals"],
            "codes": np.resize(codes.to_numpy(object), wanted),
            "snapshot_id": book.snapshots.current(),
            "first_seen": at.isoformat(),
            "last_seen": at.isoformat(),
            "due_on": (at + pd.Timedelta(days=3)).date().isoformat(),
            "snoozed_until": None,
            "assignee": None,
            "conclusion": np.where(
                state == "confirmed", "confirmed", np.where(state == "closed", "rejected", None)
            ),
            "closed_at": np.where(state == "closed", at.isoformat(), None),
            "version": 1,
            "changed": np.arange(1, wanted + 1),
        }
    )
    opened = pd.DataFrame(
        {
            "case_id": told["case_id"],
            "number": 1,
            "at": at.isoformat(),
            "actor": "引擎 engine",
            "role": "engine",
            "act": "open",
            "before": None,
            "after": "new",
            "reason": "预警生成 raised",
            "detail": None,
            "undone": False,
        }
    )
    ended = told["conclusion"].notna()
    decided = opened[ended].assign(
        number=2,
        act=np.where(told.loc[ended, "conclusion"] == "confirmed", "approve", "reject"),
        after=told.loc[ended, "conclusion"],
        actor="王监管 (wang)",
        role="supervisor",
    )
    with engine.begin() as connection:
        for target, frame in ((cases, told), (moves, pd.concat([opened, decided]))):
            plain = frame.astype(object).where(frame.notna(), None)
            for start in range(0, len(plain), AT_ONCE):
                connection.execute(insert(target), plain.iloc[start : start + AT_ONCE].to_dict("records"))
    return wanted
