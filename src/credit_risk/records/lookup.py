"""The pool's batches once more, as DuckDB databases with indexes: what a few enterprises have is found in a blink.

Parquet is made to be read whole: to find fifteen enterprises in it takes a fifth of a second a type, here a hundredth.
There is one database a type below the book's ``var/lookup``, named after the batches it was made of. Whoever serves
makes those that are missing (``refresh``); a database is never changed, so a reader sees one whole or none and reads
the batches themselves where there is none. They are a copy and may be deleted at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from credit_risk.book import Rules
from credit_risk.records.batches import columns_of, rows_of
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.sql import hush, identifier
from credit_risk.records.store import Pool, atomic_path

__all__ = ["TABLE", "keys_of", "lookup_of", "refresh"]

TABLE = "rows"
BLOCK = "16384"  # bytes, the smallest there are: of a row a block a column is read, and nothing else of it is wanted


def keys_of(rules: Rules, kind: str) -> list[str]:
    """Return the columns by which rows of a type are looked up, first the one they are sorted by.

    Of records the enterprise and whoever a pattern knows as the partner in it; of relations both ends and the record;
    of life records the enterprise, what they act on and the record.
    """
    if kind in rules.relations:
        return ["src", "dst", "record_id"]
    if rules.records[kind].life:
        return ["subject", LIFE_TARGET, "record_id"]
    partners = {str(p.partner) for p in rules.patterns.values() if p.records == kind and p.partner}
    return ["subject", *sorted(partners)]


def lookup_of(pool: Pool, kind: str, batches: Sequence[Path]) -> Path | None:
    """Return the database that holds exactly these batches of a type, None when there is none."""
    path = _path(pool.rules, kind, batches)
    return path if path.exists() else None


def refresh(pool: Pool) -> list[str]:
    """Make the databases that are missing and delete those of other batches; return the types made anew.

    One processor is used, and a second process that wants the same waits for the first. A type whose batches change
    meanwhile is read from its batches until the next time.
    """
    made = []
    folder = pool.rules.var / "lookup"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".writer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for kind in [*pool.rules.records, *pool.rules.relations]:
            batches = pool.files(kind)
            path = _path(pool.rules, kind, batches)
            if batches and not path.exists():
                _make(path, rows_of(pool.rules, kind, batches), keys_of(pool.rules, kind))
                made.append(kind)
            for old in folder.glob(f"{kind}@*.duckdb"):
                if old != path:
                    old.unlink()
    return made


def _path(rules: Rules, kind: str, batches: Sequence[Path]) -> Path:
    told = [f"{batch.name}:{batch.stat().st_size}" for batch in batches]
    based_on = "\n".join([duckdb.__version__, BLOCK, *columns_of(rules, kind), *keys_of(rules, kind), *told])
    return rules.var / "lookup" / f"{kind}@{hashlib.sha256(based_on.encode()).hexdigest()[:24]}.duckdb"


def _make(path: Path, rows: str, keys: Sequence[str]) -> None:
    with atomic_path(path) as draft:
        draft.unlink(missing_ok=True)
        with duckdb.connect(str(draft), config={"default_block_size": BLOCK}) as connection:
            hush(connection)
            connection.execute("SET threads = 1")
            connection.execute(f"CREATE TABLE {TABLE} AS {rows} ORDER BY {identifier(keys[0])}")
            for key in keys:
                connection.execute(f"CREATE INDEX {identifier(f'by_{key}')} ON {TABLE} ({identifier(key)})")
