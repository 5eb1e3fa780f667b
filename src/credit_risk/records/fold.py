"""Fold the inbox into Parquet and merge small batches, by one writer at a time; a killed fold is simply run again.

Pending rows are first claimed for a batch by name, then written, then deleted. Killed before the batch is there: the
next fold writes it. Killed after: the next fold finds it and deletes the rows. Readers take each row once (``Pool``).
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlalchemy import delete, select, update

from credit_risk.records.batches import rows_of
from credit_risk.records.sql import STORED, connected, quote
from credit_risk.records.store import Pool, atomic_path
from credit_risk.store.tables import inbox

__all__ = ["Folding", "fold", "fold_held"]

SMALL = 64 << 20
SMALL_BATCHES = 8
GRACE = 3600  # seconds for which readers may still have a merged batch's parts open


@dataclass(frozen=True, slots=True)
class Folding:
    """What a fold did: records moved to Parquet, and batches merged into others."""

    records: int
    merged: int


def fold(pool: Pool, *, small_batches: int = SMALL_BATCHES, grace: float = GRACE) -> Folding:
    """Move what is pending to Parquet, then merge the small batches of each type where there are many.

    Parameters
    ----------
    pool
        Whose inbox and batches; a second fold or ingest waits until this one is done.
    small_batches
        So many batches below 64 MiB of one type are merged into one, sorted by enterprise.
    grace
        Seconds after which the parts of a merged batch are deleted.

    """
    with pool.writing():
        return fold_held(pool, small_batches=small_batches, grace=grace)


def fold_held(pool: Pool, *, small_batches: int = SMALL_BATCHES, grace: float = GRACE) -> Folding:
    """Do what ``fold`` does for a caller who is the pool's writer already."""
    records = sum(_fold_kind(pool, kind) for kind in _pending_kinds(pool))
    kinds = [*pool.rules.records, *pool.rules.relations]
    merged = sum(_merge(pool, kind, small_batches) for kind in kinds)
    for kind in kinds:
        _sweep(pool, kind, grace)
    return Folding(records, merged)


def _pending_kinds(pool: Pool) -> list[str]:
    if not pool.pending.exists():
        return []
    with pool.pending.store.connect() as connection:
        return list(connection.execute(select(inbox.c.kind).distinct().order_by(inbox.c.kind)).scalars())


def _fold_kind(pool: Pool, kind: str) -> int:
    store, name = pool.pending.store, f"inbox-{uuid.uuid4().hex[:24]}"
    with store.begin() as connection:
        connection.execute(
            update(inbox).where(inbox.c.kind == kind, inbox.c.fold.is_(None)).values(fold=name)
        )
    moved = 0
    for batch, rows in pool.pending.rows(kind, pool.schema(kind)).items():
        if batch is None:
            continue  # posted after the claim: for the next fold
        if not pool.stored(kind, batch):
            moved += _write(pool, kind, batch, rows)
        with store.begin() as connection:
            connection.execute(delete(inbox).where(inbox.c.kind == kind, inbox.c.fold == batch))
    return moved


def _write(pool: Pool, kind: str, batch: str, rows: pa.Table) -> int:
    """Store the rows that no other batch holds: a file may have brought the same record meanwhile."""
    with connected() as connection:
        files = pool.files(kind)
        connection.register("rows", rows)
        known = f"ANTI JOIN ({rows_of(pool.rules, kind, files)}) USING (record_id, version)" if files else ""
        fresh = connection.execute(
            f"SELECT * FROM rows {known} ORDER BY {_order(pool, kind)}"
        ).to_arrow_table()
    if len(fresh):
        pool.write(kind, batch, fresh)
    return len(fresh)


def _order(pool: Pool, kind: str) -> str:
    return f"{'subject' if kind in pool.rules.records else 'src'}, record_id, received_at"


def _merge(pool: Pool, kind: str, small_batches: int) -> int:
    parts = [path for path in pool.files(kind) if path.stat().st_size < SMALL and _finished(pool, path)]
    if len(parts) < small_batches:
        return 0
    target = pool.type_folder(kind) / f"merged-{uuid.uuid4().hex[:24]}.parquet"
    before = [name for path in parts for name in (path.stem, *pool.replaced_by(path))]
    with atomic_path(target.with_suffix(".json")) as draft:
        draft.write_text(json.dumps(before), encoding="utf-8")
    with atomic_path(target) as draft, connected() as connection:
        connection.execute(
            f"COPY ({rows_of(pool.rules, kind, parts)} ORDER BY {_order(pool, kind)})"
            f" TO {quote(str(draft))} {STORED}"
        )
    return len(parts)


def _finished(pool: Pool, path: Path) -> bool:
    """Tell whether a batch is complete in the books too: a killed ingest writes its batch again by name."""
    own = path.stem.startswith(("inbox-", "merged-"))
    return own or (pool.folder / "manifest" / f"{path.stem}.json").exists()


def _sweep(pool: Pool, kind: str, grace: float) -> None:
    """Delete the parts of what was merged long ago, and notes of a merge that never came to be."""
    folder, before = pool.type_folder(kind), time.time() - grace
    for merged in pool.files(kind):
        if merged.stat().st_mtime <= before:
            for name in pool.replaced_by(merged):
                (folder / f"{name}.parquet").unlink(missing_ok=True)
                (folder / f"{name}.json").unlink(missing_ok=True)
    for note in folder.glob("merged-*.json"):
        if not note.with_suffix(".parquet").exists() and note.stat().st_mtime <= before:
            note.unlink()
