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
from credit_risk.records.envelope import RELATION_ENVELOPE, record_columns
from credit_risk.records.identity.queue import waiting_files
from credit_risk.records.identity.resolve import resolve
from credit_risk.records.ingest.clean import (
    Target,
    identifier,
    plan_record,
    plan_relation,
    quote,
    text_of,
    value_of,
    without_person_numbers,
)
from credit_risk.records.ingest.files import as_text_view, query_view
from credit_risk.records.ingest.functions import register_functions
from credit_risk.records.store import Pool, atomic_path

__all__ = ["FileReport", "ingest"]

Progress = Callable[[str, int, int], None]
PROBLEMS = "STRUCT(field VARCHAR, came VARCHAR, reason VARCHAR)[]"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of the rows of one file."""

    source: str
    file: str
    read: int
    new: int
    corrected: int
    known: int
    quarantined: int
    waiting: int = 0
    skipped: bool = False


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
    clock = now or datetime.now()
    jobs = [(s, path) for s in pool.rules.sources.values() for path in _inputs(pool.rules, s)]
    reports = []
    for done, (source, path) in enumerate(jobs):
        shown = path.name if path else source.source
        if progress:
            progress(shown, done, len(jobs))
        reports.append(_ingest_one(pool, source, path, clock))
    reports += [report for path in waiting_files(pool) if (report := _ingest_waiting(pool, path, clock))]
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
    digest = hashlib.sha256(source.model_dump_json().encode())
    target = rules.records.get(source.to) or rules.relations[source.to]
    digest.update(target.model_dump_json().encode())
    if path is not None:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


def _ingest_one(pool: Pool, source: SourceRule, path: Path | None, clock: datetime) -> FileReport:
    name = f"{source.source}-{_digest(pool.rules, source, path)}"
    manifest = pool.folder / "manifest" / f"{name}.json"
    if path is not None and manifest.exists():
        stored = json.loads(manifest.read_text(encoding="utf-8"))
        return FileReport(**{**stored, "skipped": True})
    with _connection(pool, clock) as connection, _opened(connection, source, path) as columns:
        if columns is None:
            return FileReport(source.source, source.source, 0, 0, 0, 0, 0, skipped=True)
        _check_columns(source, columns, path)
        found = resolve(pool, connection, source, columns, name)
        report = _load(pool, connection, found.source, path, name, found.columns)
        report = replace(report, read=report.read + found.waiting, waiting=found.waiting)
    with atomic_path(manifest) as draft:
        draft.write_text(json.dumps(asdict(report), ensure_ascii=False), encoding="utf-8")
    return report


def _ingest_waiting(pool: Pool, path: Path, clock: datetime) -> FileReport | None:
    """Take in the rows of a waiting file whose enterprise is known by now; the others go on waiting.

    The file is shortened after the batch is stored; a run killed between finds the rows known and goes on.
    """
    source = pool.rules.sources.get(path.stem.rsplit("-", 1)[0])
    if source is None:
        return None
    with _connection(pool, clock) as connection, as_text_view(connection, path, "waits") as columns:
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
def _connection(pool: Pool, clock: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET VARIABLE ingest_clock = {quote(clock.isoformat(sep=' '))}")
        register_functions(connection, pool.rules.var)
        yield connection


@contextmanager
def _opened(
    connection: duckdb.DuckDBPyConnection, source: SourceRule, path: Path | None
) -> Iterator[list[str] | None]:
    if path is None:
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
    targets = _targets(pool.rules, source)
    _type_rows(connection, source, targets, columns, is_record=source.to in pool.rules.records)
    read = _count(connection, "typed")
    _refuse_conflicts(connection)
    if source.to in pool.rules.records:
        _refuse_moved(pool, connection, source, name)
    quarantined = _write_quarantine(pool, connection, source, path, name, columns)
    _find_fresh(pool, connection, source, name)
    corrected = _count(connection, "fresh WHERE is_correction")
    new = _count(connection, "fresh WHERE NOT is_correction")
    if new + corrected:
        _write_batch(pool, connection, source, name)
    known = read - quarantined - new - corrected
    shown = path.name if path else source.source
    return FileReport(source.source, shown, read, new, corrected, known, quarantined)


def _targets(rules: Rules, source: SourceRule) -> list[Target]:
    subject_kind = rules.settings.subject
    if source.to in rules.records:
        kind = rules.records[source.to]
        return plan_record(source, kind.fields, kind.life is not None, subject_kind)
    relation = rules.relations[source.to]
    return plan_relation(source, relation.src, relation.dst, subject_kind)


def _type_rows(
    connection: duckdb.DuckDBPyConnection,
    source: SourceRule,
    targets: list[Target],
    columns: list[str],
    is_record: bool,
) -> None:
    """Make table ``typed``: one row per row read, typed columns, ids and the list of problems."""
    texts = ", ".join(f"{t.text} AS {text_of(t.name)}" for t in targets)
    values = ", ".join(f"{t.value} AS {value_of(t.name)}" for t in targets)
    problems = ", ".join(
        f"CASE WHEN {identifier(t.name + ':why')} IS NOT NULL THEN {{'field': {quote(t.name)},"
        f" 'came': {text_of(t.name)}, 'reason': {identifier(t.name + ':why')}}} END"
        for t in targets
    )
    reasons = ", ".join(f"{t.reason} AS {identifier(t.name + ':why')}" for t in targets)
    content = ", ".join(
        f"coalesce(CAST({value_of(t.name)} AS VARCHAR), '')" for t in targets if t.name != "received_at"
    )
    given = source.map.get("source_record_id")
    own_id = f"trim({identifier(str(given.column))})" if given else f"md5(concat_ws('|', {content}))"
    stored = ", ".join(f"{value_of(t.name)} AS {identifier(t.name)}" for t in targets)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE texts AS SELECT *, {texts} FROM raw")
    wrong = " OR ".join(f"{identifier(t.name + ':why')} IS NOT NULL" for t in targets)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE typed AS"
        f" WITH valued AS MATERIALIZED (SELECT *, {values} FROM texts),"
        f" judged AS MATERIALIZED (SELECT *, {own_id} AS _id, {reasons} FROM valued)"
        f" SELECT _row, CASE WHEN {wrong} THEN list_filter([{problems}], x -> x IS NOT NULL)"
        f" ELSE CAST([] AS {PROBLEMS}) END AS problems, {stored},"
        f" _id AS source_record_id, {quote(source.source)} AS source,"
        f" md5({quote(source.source + '|')} || _id) AS record_id,"
        f" md5(concat_ws('|', {content})) AS version FROM judged"
    )
    early = (
        "event_date > CAST(received_at AS DATE)" if is_record else "valid_from > CAST(received_at AS DATE)"
    )
    happened = "event_date" if is_record else "valid_from"
    connection.execute(
        f"UPDATE typed SET problems = [{{'field': '{happened}', 'came': CAST({happened} AS VARCHAR),"
        f" 'reason': 'later than its receipt'}}] WHERE len(problems) = 0 AND {early}"
    )
    connection.execute(
        "UPDATE typed SET problems = [{'field': 'source_record_id', 'came': NULL, 'reason': 'missing'}]"
        " WHERE len(problems) = 0 AND coalesce(source_record_id, '') = ''"
    )


def _as_it_came(source: SourceRule, columns: list[str]) -> str:
    """Return SQL of a row of ``texts`` as JSON of the file's own columns, persons' numbers blotted out."""
    persons = {m.column for m in source.map.values() if m.person}
    packed = ", ".join(f"{identifier(c)} := " + ("'***'" if c in persons else identifier(c)) for c in columns)
    return without_person_numbers(f"CAST(to_json(struct_pack({packed})) AS VARCHAR)")


def _refuse_conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse rows that share id and receipt but differ: nobody can say which one is right."""
    connection.execute(
        "UPDATE typed SET problems = [{'field': 'source_record_id', 'came': source_record_id,"
        " 'reason': 'same id and receipt, different content'}] WHERE len(problems) = 0 AND"
        " (record_id, received_at) IN (SELECT (record_id, received_at) FROM typed WHERE len(problems) = 0"
        " GROUP BY record_id, received_at HAVING count(DISTINCT version) > 1)"
    )


def _refuse_moved(pool: Pool, connection: duckdb.DuckDBPyConnection, source: SourceRule, name: str) -> None:
    """Refuse corrections that name another enterprise than the record did when it was first taken in.

    Whose a record is never changes; so the records of some enterprises can be read without reading all others.
    """
    stored = ", ".join(quote(str(p)) for p in pool.files(source.to) if p.stem != name)
    old = (
        "UNION ALL SELECT record_id, subject, received_at, -1 AS _row, 0 AS fresh"
        f" FROM read_parquet([{stored}]) WHERE source = {quote(source.source)}"
        if stored
        else ""
    )
    connection.execute(
        "UPDATE typed SET problems = [{'field': 'subject', 'came': subject,"
        " 'reason': 'a correction names another enterprise; withdraw the record and report it anew'}]"
        " FROM (SELECT record_id, arg_min(subject, (fresh, received_at, _row)) AS first FROM"
        f" (SELECT record_id, subject, received_at, _row, 1 AS fresh FROM typed WHERE len(problems) = 0 {old})"
        " GROUP BY record_id HAVING count(DISTINCT subject) > 1) AS moved"
        " WHERE len(problems) = 0 AND typed.record_id = moved.record_id AND typed.subject <> moved.first"
    )


def _write_quarantine(
    pool: Pool,
    connection: duckdb.DuckDBPyConnection,
    source: SourceRule,
    path: Path | None,
    name: str,
    columns: list[str],
) -> int:
    bad = _count(connection, "typed WHERE len(problems) > 0")
    target = pool.folder / "quarantine" / f"{name}.parquet"
    if bad:
        shown = path.name if path else source.source
        with atomic_path(target) as draft:
            connection.execute(
                f"COPY (SELECT {quote(source.source)} AS source, {quote(shown)} AS file, _row AS row,"
                f" problem.field, {without_person_numbers('problem.came')} AS came, problem.reason,"
                f" {_as_it_came(source, columns)} AS raw FROM (SELECT _row, unnest(problems) AS problem FROM typed"
                " WHERE len(problems) > 0) JOIN texts USING (_row)"
                f" ORDER BY _row, problem.field) TO {quote(str(draft))} (FORMAT parquet, COMPRESSION zstd)"
            )
    return bad


def _find_fresh(pool: Pool, connection: duckdb.DuckDBPyConnection, source: SourceRule, name: str) -> None:
    """Make table ``fresh``: good rows whose (record, version) is not stored, first receipt of each."""
    stored = [str(p) for p in pool.files(source.to) if p.stem != name]
    listed = ", ".join(quote(p) for p in stored)
    old = (
        f"SELECT record_id, version FROM read_parquet([{listed}]) WHERE source = {quote(source.source)}"
        if stored
        else "SELECT NULL AS record_id, NULL AS version WHERE false"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS WITH old AS ({old}), once AS ("
        "SELECT * FROM typed WHERE len(problems) = 0 QUALIFY row_number() OVER"
        " (PARTITION BY record_id, version ORDER BY received_at, _row) = 1),"
        " unseen AS (SELECT * FROM once ANTI JOIN old USING (record_id, version))"
        " SELECT *, record_id IN (SELECT record_id FROM old) OR row_number() OVER"
        " (PARTITION BY record_id ORDER BY received_at, _row) > 1 AS is_correction FROM unseen"
    )


def _write_batch(pool: Pool, connection: duckdb.DuckDBPyConnection, source: SourceRule, name: str) -> None:
    if source.to in pool.rules.records:
        columns, order = record_columns(pool.rules.records[source.to]), "subject"
    else:
        columns, order = RELATION_ENVELOPE, "src"
    chosen = ", ".join(f"CAST({identifier(c)} AS {sql}) AS {identifier(c)}" for c, sql in columns.items())
    with atomic_path(pool.type_folder(source.to) / f"{name}.parquet") as draft:
        connection.execute(
            f"COPY (SELECT {chosen} FROM fresh ORDER BY {order}, record_id, received_at)"
            f" TO {quote(str(draft))} (FORMAT parquet, COMPRESSION zstd)"
        )


def _count(connection: duckdb.DuckDBPyConnection, what: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(row[0]) if row else 0
