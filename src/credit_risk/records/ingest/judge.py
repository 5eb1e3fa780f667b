"""Judge the rows of one delivery: typed, refused with a reason, known already, or fresh.

Files and posted records pass through here and nowhere else, so that both are held to the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb

from credit_risk.book import Rules
from credit_risk.book.schema import SourceRule
from credit_risk.records.envelope import RELATION_ENVELOPE, record_columns
from credit_risk.records.ingest.clean import (
    Target,
    plan_record,
    plan_relation,
    text_of,
    value_of,
    without_person_numbers,
)
from credit_risk.records.ingest.functions import register_functions
from credit_risk.records.sql import connected, identifier, quote
from credit_risk.records.store import Pool, atomic_path

__all__ = ["Judged", "fresh_rows", "judge", "judging", "show_stored"]


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the rows: ``read = new + corrected + known + quarantined``."""

    read: int
    new: int
    corrected: int
    known: int
    quarantined: int


@contextmanager
def judging(pool: Pool, clock: datetime) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection of its own with the ingest clock and the functions that the rules need."""
    with connected() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET VARIABLE ingest_clock = {quote(clock.isoformat(sep=' '))}")
        register_functions(connection, pool.rules.var)
        yield connection


def judge(
    pool: Pool,
    connection: duckdb.DuckDBPyConnection,
    source: SourceRule,
    columns: list[str],
    name: str,
    shown: str,
) -> Judged:
    """Judge the rows of the view ``raw``: bad ones to quarantine, the table ``fresh`` for what is to be stored.

    ``name`` is that of the delivery; what an earlier, killed run stored under it does not count as known.
    ``shown`` is what quarantine tells as the file.
    """
    is_record = source.to in pool.rules.records
    show_stored(pool, connection, source.to, name)
    _type_rows(connection, source, _targets(pool.rules, source), columns, is_record)
    read = _count(connection, "typed")
    repeated = _find_again(connection, source)
    if repeated:
        _refuse_conflicts(connection)
        if is_record:
            _refuse_moved(connection, source)
    quarantined = _write_quarantine(pool, connection, source, columns, name, shown)
    _find_fresh(connection, source, repeated)
    corrected = _count(connection, "fresh WHERE is_correction")
    new = _count(connection, "fresh WHERE NOT is_correction")
    return Judged(read, new, corrected, read - quarantined - new - corrected, quarantined)


def show_stored(pool: Pool, connection: duckdb.DuckDBPyConnection, kind: str, but: str) -> None:
    """Make the view ``stored`` of all versions of a type, pending ones included, that are not in the batch ``but``.

    Columns are matched by name: a field that the book has learnt since a batch was stored is null in it.
    """
    pending, files = pool.unfolded(kind)
    listed = [quote(str(path)) for path in files if path.stem != but]
    parts = [f"SELECT * FROM read_parquet([{', '.join(listed)}], union_by_name = true)"] if listed else []
    connection.register("pending", pool.schema(kind).empty_table() if pending is None else pending)
    rows = " UNION ALL BY NAME ".join(["SELECT * FROM pending", *parts])
    connection.execute(f"CREATE OR REPLACE TEMP VIEW stored AS {rows}")


def fresh_rows(rules: Rules, kind: str) -> str:
    """Return SQL of the fresh rows as they are stored, sorted by enterprise."""
    is_record = kind in rules.records
    columns = record_columns(rules.records[kind]) if is_record else RELATION_ENVELOPE
    chosen = ", ".join(f"CAST({identifier(c)} AS {sql}) AS {identifier(c)}" for c, sql in columns.items())
    return f"SELECT {chosen} FROM fresh ORDER BY {'subject' if is_record else 'src'}, record_id, received_at"


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
    wrong = " OR ".join(f"{identifier(t.name + ':why')} IS NOT NULL" for t in targets)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE typed AS"
        f" SELECT _row, CASE WHEN {wrong} THEN list_filter([{problems}], x -> x IS NOT NULL) END AS problems,"
        f" {stored}, _id AS source_record_id, {quote(source.source)} AS source,"
        f" md5({quote(source.source + '|')} || _id) AS record_id, md5(concat_ws('|', {content})) AS version"
        f" FROM (SELECT *, {own_id} AS _id, {reasons} FROM"
        f" (SELECT *, {values} FROM (SELECT *, {texts} FROM raw)))"
    )
    happened = "event_date" if is_record else "valid_from"
    early = f"{happened} > CAST(received_at AS DATE)"
    connection.execute(
        f"UPDATE typed SET problems = CASE WHEN {early} THEN"
        f" [{{'field': '{happened}', 'came': CAST({happened} AS VARCHAR), 'reason': 'later than its receipt'}}]"
        " ELSE [{'field': 'source_record_id', 'came': NULL, 'reason': 'missing'}] END"
        f" WHERE problems IS NULL AND ({early} OR coalesce(source_record_id, '') = '')"
    )
    end = "usable_until" if is_record else "valid_to"
    connection.execute(
        f"UPDATE typed SET problems = [{{'field': '{end}', 'came': CAST({end} AS VARCHAR),"
        f" 'reason': 'earlier than its beginning'}}] WHERE problems IS NULL AND {end} < {happened}"
    )


def _as_it_came(source: SourceRule, columns: list[str]) -> str:
    """Return SQL of a row of ``raw`` as JSON of the file's own columns, persons' numbers blotted out."""
    persons = {m.column for m in source.map.values() if m.person}
    packed = ", ".join(f"{identifier(c)} := " + ("'***'" if c in persons else identifier(c)) for c in columns)
    return without_person_numbers(f"CAST(to_json(struct_pack({packed})) AS VARCHAR)")


def _find_again(connection: duckdb.DuckDBPyConnection, source: SourceRule) -> bool:
    """Make table ``again`` of the ids that come more than once, here or in what is stored; tell whether there are any.

    All other rows are new by that alone: most deliveries are judged without sorting them by id.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE again AS SELECT record_id FROM typed WHERE problems IS NULL"
        " GROUP BY record_id HAVING count(*) > 1 UNION SELECT typed.record_id FROM typed SEMI JOIN"
        f" (SELECT record_id FROM stored WHERE source = {quote(source.source)}) USING (record_id)"
        " WHERE problems IS NULL"
    )
    return _count(connection, "again") > 0


def _refuse_conflicts(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse rows that share id and receipt but differ: nobody can say which one is right."""
    connection.execute(
        "UPDATE typed SET problems = [{'field': 'source_record_id', 'came': source_record_id,"
        " 'reason': 'same id and receipt, different content'}] WHERE problems IS NULL AND"
        " (record_id, received_at) IN (SELECT (record_id, received_at) FROM typed SEMI JOIN again USING (record_id)"
        " WHERE problems IS NULL GROUP BY record_id, received_at HAVING count(DISTINCT version) > 1)"
    )


def _refuse_moved(connection: duckdb.DuckDBPyConnection, source: SourceRule) -> None:
    """Refuse corrections that name another enterprise than the record did when it was first taken in.

    Whose a record is never changes; so the records of some enterprises can be read without reading all others.
    """
    connection.execute(
        "UPDATE typed SET problems = [{'field': 'subject', 'came': subject,"
        " 'reason': 'a correction names another enterprise; withdraw the record and report it anew'}]"
        " FROM (SELECT record_id, arg_min(subject, (fresh, received_at, _row)) AS first FROM"
        " (SELECT record_id, subject, received_at, _row, 1 AS fresh FROM typed SEMI JOIN again USING (record_id)"
        " WHERE problems IS NULL UNION ALL SELECT record_id, subject, received_at, -1 AS _row, 0 AS fresh"
        f" FROM stored SEMI JOIN again USING (record_id) WHERE source = {quote(source.source)})"
        " GROUP BY record_id HAVING count(DISTINCT subject) > 1) AS moved"
        " WHERE problems IS NULL AND typed.record_id = moved.record_id AND typed.subject <> moved.first"
    )


def _write_quarantine(
    pool: Pool,
    connection: duckdb.DuckDBPyConnection,
    source: SourceRule,
    columns: list[str],
    name: str,
    shown: str,
) -> int:
    bad = _count(connection, "typed WHERE problems IS NOT NULL")
    target = pool.folder / "quarantine" / f"{name}.parquet"
    if bad:
        with atomic_path(target) as draft:
            connection.execute(
                f"COPY (SELECT {quote(source.source)} AS source, {quote(shown)} AS file, _row AS row,"
                f" problem.field, {without_person_numbers('problem.came')} AS came, problem.reason,"
                f" {_as_it_came(source, columns)} AS raw FROM (SELECT _row, unnest(problems) AS problem FROM typed"
                " WHERE problems IS NOT NULL) JOIN raw USING (_row)"
                f" ORDER BY _row, problem.field) TO {quote(str(draft))} (FORMAT parquet, COMPRESSION zstd)"
            )
    return bad


def _find_fresh(connection: duckdb.DuckDBPyConnection, source: SourceRule, repeated: bool) -> None:
    """Make ``fresh``: good rows whose (record, version) is not stored, first receipt of each."""
    if not repeated:
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW fresh AS SELECT *, false AS is_correction FROM typed WHERE problems IS NULL"
        )
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE later AS WITH old AS (SELECT record_id, version FROM stored SEMI JOIN again"
        f" USING (record_id) WHERE source = {quote(source.source)}), once AS (SELECT * FROM typed SEMI JOIN again"
        " USING (record_id) WHERE problems IS NULL QUALIFY row_number() OVER"
        " (PARTITION BY record_id, version ORDER BY received_at, _row) = 1),"
        " unseen AS (SELECT * FROM once ANTI JOIN old USING (record_id, version))"
        " SELECT *, record_id IN (SELECT record_id FROM old) OR row_number() OVER"
        " (PARTITION BY record_id ORDER BY received_at, _row) > 1 AS is_correction FROM unseen"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW fresh AS SELECT *, false AS is_correction FROM typed ANTI JOIN again"
        " USING (record_id) WHERE problems IS NULL UNION ALL SELECT * FROM later"
    )


def _count(connection: duckdb.DuckDBPyConnection, what: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(row[0]) if row else 0
