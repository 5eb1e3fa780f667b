"""Ingest: files in, stored batches and quarantine out, with counts that add up.

``read = new + corrected + known + quarantined + waiting`` for every file. A file that was ingested with the
same mapping is not read again. Batch and quarantine names carry the hash of file and mapping, the
manifest is written last: a killed run is simply run again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from credit_risk.book import Rules
from credit_risk.book.schema import SourceRule
from credit_risk.errors import SourceError, nearest
from credit_risk.records.fold import fold_held
from credit_risk.records.identity.queue import waiting_files
from credit_risk.records.identity.resolve import resolve
from credit_risk.records.ingest.database import table_view
from credit_risk.records.ingest.files import as_text_view, query_view
from credit_risk.records.ingest.judge import fresh_rows, judge, judging
from credit_risk.records.ingest.precedence import supersede
from credit_risk.records.sql import STORED, identifier, quote
from credit_risk.records.store import Pool, atomic_path

__all__ = ["FileReport", "ingest"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of the rows of one file; ``unmapped`` are its columns that the mapping does not know."""

    source: str
    file: str
    read: int
    new: int
    corrected: int
    known: int
    quarantined: int
    waiting: int = 0
    skipped: bool = False
    unmapped: tuple[str, ...] = ()


def ingest(pool: Pool, *, now: datetime | None = None, progress: Progress | None = None) -> list[FileReport]:
    """Ingest every source of the book that is new or changed; return a report per file.

    Parameters
    ----------
    pool
        Where records are stored.
    now
        The ingest clock (local, naive); the current time by default. Rows received later are refused, and
        rows of files without a receipt column get this time.
    progress
        Called with (file, files done, files in all).

    Raises
    ------
    SourceError
        A file that the book demands is missing, unreadable or lacks a mapped column.

    """
    with pool.writing():
        fold_held(pool)
        return _ingest(pool, now or datetime.now(), progress)


def _ingest(pool: Pool, clock: datetime, progress: Progress | None) -> list[FileReport]:
    jobs = [(s, path) for s in pool.rules.sources.values() for path in _inputs(pool.rules, s)]
    reports = []
    for done, (source, path) in enumerate(jobs):
        shown = path.name if path else source.source
        if progress:
            progress(shown, done, len(jobs))
        reports.append(_ingest_one(pool, source, path, clock))
    reports += [report for path in waiting_files(pool) if (report := _ingest_waiting(pool, path, clock))]
    supersede(pool)
    if progress:
        progress("", len(jobs), len(jobs))
    return reports


def _inputs(rules: Rules, source: SourceRule) -> list[Path | None]:
    if source.query:
        return [None]
    found = sorted(rules.inbox.glob(str(source.files)))
    if not found and not source.optional:
        raise SourceError(
            f"source {source.source}: no file {source.files!r} in {rules.inbox}",
            hint="put the department's file there, or mark the source optional: true",
            source=source.source,
        )
    return list(found)


def _digest(rules: Rules, source: SourceRule, path: Path | None) -> str:
    digest = hashlib.sha256(source.model_dump_json(exclude={"database"}).encode())
    target = rules.records.get(source.to) or rules.relations[source.to]
    digest.update(target.model_dump_json(exclude={"same"}).encode())
    if path is not None:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


def _ingest_one(pool: Pool, source: SourceRule, path: Path | None, clock: datetime) -> FileReport:
    name = f"{source.source}-{_digest(pool.rules, source, path)}"
    if path is not None and (done := _done(pool, name)):
        return done
    with judging(pool, clock) as connection, _opened(pool, connection, source, path) as columns:
        if columns is None:
            return FileReport(source.source, source.source, 0, 0, 0, 0, 0, skipped=True)
        if path is None:
            name += f"-{_content(connection)}"
            if done := _done(pool, name):
                return done
        _check_columns(source, columns, path)
        found = resolve(pool, connection, source, columns, name)
        report = _load(pool, connection, found.source, path, name, found.columns)
        unmapped = tuple(sorted(set(columns) - {str(one.column) for one in source.map.values()}))
        read = report.read + found.waiting
        report = replace(report, read=read, waiting=found.waiting, unmapped=unmapped if path else ())
    with atomic_path(_manifest(pool, name)) as draft:
        draft.write_text(json.dumps(asdict(report), ensure_ascii=False), encoding="utf-8")
    return report


def _manifest(pool: Pool, name: str) -> Path:
    return pool.folder / "manifest" / f"{name}.json"


def _done(pool: Pool, name: str) -> FileReport | None:
    """Return what became of a delivery that was taken in before; None if it was not."""
    if not _manifest(pool, name).exists():
        return None
    stored = json.loads(_manifest(pool, name).read_text(encoding="utf-8"))
    return FileReport(**{**stored, "skipped": True, "unmapped": tuple(stored.get("unmapped", ()))})


def _content(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of the rows that a query gave, whatever their order: other rows are another delivery."""
    asked = "SELECT count(*) || '|' || coalesce(sum(hash(r)::HUGEINT), 0) FROM (SELECT * EXCLUDE (_row) FROM raw) AS r"
    return hashlib.sha256(str(connection.execute(asked).fetchall()[0][0]).encode()).hexdigest()[:16]


def _ingest_waiting(pool: Pool, path: Path, clock: datetime) -> FileReport | None:
    """Take in the rows of a waiting file whose enterprise is known by now; the others go on waiting.

    The file is shortened after the batch is stored; a run killed between finds the rows known and goes on.
    """
    source = pool.rules.sources.get(path.stem.split("-", 1)[0])
    if source is None:
        return None
    with judging(pool, clock) as connection, as_text_view(connection, path, "waits") as columns:
        own = ", ".join(identifier(c) for c in columns if not c.startswith(":"))
        connection.execute(
            f"CREATE TEMP TABLE kept AS SELECT min(_row) AS _row, {own} FROM waits GROUP BY {own}"
        )
        connection.execute("CREATE TEMP VIEW raw AS SELECT * FROM kept")
        draft = f"{path.stem}.{clock:%Y%m%dT%H%M%S%f}"
        found = resolve(pool, connection, source, [], draft)
        rest = pool.folder / "waiting" / f"{draft}.parquet"
        report = _load(pool, connection, found.source, path, draft, found.columns)
    if rest.exists():
        rest.replace(path)
    else:
        path.unlink()
    shown = f"{source.source}（已识别 linked）"
    return replace(report, file=shown) if report.read else None


@contextmanager
def _opened(
    pool: Pool, connection: duckdb.DuckDBPyConnection, source: SourceRule, path: Path | None
) -> Iterator[list[str] | None]:
    if path is None and source.database:
        with table_view(connection, source, pool.rules.inbox, "raw") as columns:
            yield columns
    elif path is None:
        with query_view(connection, str(source.query), "raw", source.optional) as columns:
            yield columns
    else:
        with as_text_view(connection, path, "raw") as found:
            yield found


def _check_columns(source: SourceRule, columns: list[str], path: Path | None) -> None:
    for target, column in source.map.items():
        if column.column is not None and column.column not in columns:
            raise SourceError(
                f"{path.name if path else source.source}: column {column.column!r} (for {target}) is"
                f" missing; the file has {', '.join(columns)}",
                hint=nearest(column.column, columns) or "compare the header with the mapping",
                source=source.source,
                column=column.column,
            )


def _load(
    pool: Pool,
    connection: duckdb.DuckDBPyConnection,
    source: SourceRule,
    path: Path | None,
    name: str,
    columns: list[str],
) -> FileReport:
    shown = path.name if path else source.source
    judged = judge(pool, connection, source, columns, name, shown)
    if judged.new + judged.corrected:
        _write_batch(pool, connection, source, name)
    return FileReport(
        source.source, shown, judged.read, judged.new, judged.corrected, judged.known, judged.quarantined
    )


def _write_batch(pool: Pool, connection: duckdb.DuckDBPyConnection, source: SourceRule, name: str) -> None:
    with atomic_path(pool.type_folder(source.to) / f"{name}.parquet") as draft:
        connection.execute(f"COPY ({fresh_rows(pool.rules, source.to)}) TO {quote(str(draft))} {STORED}")
