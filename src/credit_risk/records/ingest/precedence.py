"""Several sources, one fact: the prevailing record counts, the others are superseded, and what differs is recorded.

The book says which records tell the same fact and whose word prevails (``same`` of a record type). A record that is
superseded gets a life record from the moment on at which both were known, so that every question as of t leaves it out
exactly from then. The life record names the record that prevails and, field by field, what they say differently; each
later correction of either makes a new version of it. Where they agree, it is a duplicate and nothing differs.

Single records that were posted are compared when the next ingest has folded them.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from credit_risk.book.schema import RecordType
from credit_risk.records.envelope import record_columns
from credit_risk.records.ingest.judge import judging, show_stored
from credit_risk.records.sql import STORED, identifier, quote
from credit_risk.records.store import Pool, atomic_path

__all__ = ["PRECEDENCE", "supersede"]

PRECEDENCE = "precedence"


def supersede(pool: Pool) -> int:
    """Write a life record for every record that another source prevails over; return how many are new.

    Nothing is written twice: run again it finds what it wrote.
    """
    life = next((name for name, kind in pool.rules.records.items() if kind.life == "superseded"), None)
    same = [name for name, kind in pool.rules.records.items() if kind.same and pool.holds(name)]
    if life is None:
        return 0
    return sum(_supersede(pool, name, life) for name in same)


def _supersede(pool: Pool, name: str, life: str) -> int:
    kind = pool.rules.records[name]
    with judging(pool, datetime.now()) as connection:
        show_stored(pool, connection, name, "")
        connection.execute(f"CREATE TEMP TABLE told AS {_told(name, kind)}")
        show_stored(pool, connection, life, "")
        fresh = "SELECT * FROM told ANTI JOIN stored USING (record_id, version)"
        found = connection.execute(
            f"SELECT count(*), md5(string_agg(version, '' ORDER BY version)) FROM ({fresh})"
        )
        count, digest = found.fetchall()[0]
        if count:
            _write(pool, connection, life, fresh, f"{PRECEDENCE}-{name}-{digest[:24]}")
    return int(count)


def _write(pool: Pool, connection: duckdb.DuckDBPyConnection, life: str, fresh: str, batch: str) -> None:
    types = record_columns(pool.rules.records[life])
    given = {row[0] for row in connection.execute("DESCRIBE told").fetchall()}
    chosen = ", ".join(
        f"CAST({identifier(c) if c in given else 'NULL'} AS {sql}) AS {identifier(c)}"
        for c, sql in types.items()
    )
    with atomic_path(pool.type_folder(life) / f"{batch}.parquet") as draft:
        connection.execute(
            f"COPY (SELECT {chosen} FROM ({fresh}) ORDER BY subject, record_id, received_at)"
            f" TO {quote(str(draft))} {STORED}"
        )


def _told(name: str, kind: RecordType) -> str:
    """Return SQL of the life records: one per superseded record and moment at which what both say changes."""
    assert kind.same is not None
    ranks = " ".join(f"WHEN {quote(source)} THEN {n}" for n, source in enumerate(kind.same.prevails))
    by = [identifier(column) for column in kind.same.by]
    order = "ORDER BY received_at, version"
    keys = ", ".join(
        f"first({column}) OVER (PARTITION BY record_id {order}) AS {k}" for column, k in _keys(by)
    )
    whole = " AND ".join(f"{k} IS NOT NULL" for _, k in _keys(by))
    shared = ", ".join(["subject", *(k for _, k in _keys(by))])
    return f"""
    WITH versions AS (SELECT *, CASE source {ranks} END AS rank, {keys},
        min(received_at) OVER (PARTITION BY record_id) AS since,
        lead(received_at) OVER (PARTITION BY record_id {order}) AS until
      FROM stored WHERE source IN ({", ".join(map(quote, kind.same.prevails))})),
    facts AS (SELECT * FROM versions WHERE {whole} AND (until IS NULL OR until > received_at)),
    pairs AS (SELECT l.record_id AS target, l.source_record_id, l.subject, l.event_date, l.source AS lesser,
        p.record_id AS preferred, p.source AS told_by, p.rank, p.since AS preferred_since,
        greatest(l.received_at, p.received_at) AS received_at, {_differs(kind)} AS differs
      FROM facts l JOIN facts p USING ({shared})
      WHERE p.rank < l.rank AND (p.until IS NULL OR p.until > l.received_at)
        AND (l.until IS NULL OR l.until > p.received_at)),
    best AS (SELECT * FROM pairs a WHERE NOT EXISTS (SELECT 1 FROM pairs b WHERE b.target = a.target
        AND (b.rank, b.preferred) < (a.rank, a.preferred) AND b.preferred_since <= a.received_at))
    SELECT DISTINCT md5({quote(PRECEDENCE)} || '|' || target) AS record_id, target,
      md5(concat_ws('|', {quote(name)}, target, preferred, received_at, differs)) AS version,
      {quote(PRECEDENCE)} AS source, source_record_id, subject, event_date, received_at, preferred, told_by, differs
    FROM best"""


def _keys(by: list[str]) -> list[tuple[str, str]]:
    return [(column, f"key_{n}") for n, column in enumerate(by)]


def _differs(kind: RecordType) -> str:
    """Return SQL of what both say and say differently, as ``field: lesser | prevailing`` by line; NULL if nothing."""
    cases = [
        f"CASE WHEN l.{c} <> p.{c} THEN {quote(column + ': ')} || l.{c}::VARCHAR || ' | ' || p.{c}::VARCHAR END"
        for column in ["event_date", "usable_from", "usable_until", *kind.fields]
        for c in [identifier(column)]
    ]
    return f"nullif(concat_ws(chr(10), {', '.join(cases)}), '')"
