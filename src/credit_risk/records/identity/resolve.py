"""Resolve the rows of a file that names enterprises otherwise than by USCC, before they are typed.

A row whose enterprise is found is handed on with the USCC and with the receipt of whatever came later: the row or the
knowledge whom it means. So nothing at t rests on an identity learnt after t. A row whose enterprise is not found, or
not for sure, waits. Codes are exact; names get a probability, which is kept with the link below ``pool/links``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from credit_risk.book.schema import Column, SourceRule
from credit_risk.records.identity.codes import is_possible, plain
from credit_risk.records.identity.names import likely
from credit_risk.records.identity.queue import Decisions
from credit_risk.records.identity.table import identity_table
from credit_risk.records.store import Pool, atomic_path
from credit_risk.records.uscc import is_uscc

__all__ = ["Resolved", "resolve"]

FORMATS = "['%Y-%m-%d', '%Y/%m/%d', '%Y年%m月%d日', '%Y%m%d', '%Y.%m.%d', '%Y/%m/%d %H:%M:%S']"


@dataclass(frozen=True, slots=True)
class Resolved:
    """How ``raw`` is read from now on: the mapping and columns that fit it, and how many rows wait instead."""

    source: SourceRule
    columns: list[str]
    waiting: int = 0


def resolve(
    pool: Pool, connection: duckdb.DuckDBPyConnection, source: SourceRule, columns: list[str], name: str
) -> Resolved:
    """Replace the view ``raw`` by its rows with USCCs; write the links and the rows that wait under ``name``.

    A source without alternative codes is left as it is. Persons' numbers are hashed before anything is written.
    """
    ends = {target: column for target, column in source.map.items() if column.scheme}
    if not ends:
        return Resolved(source, columns)
    clock: datetime = connection.execute("SELECT getvariable('ingest_clock')::TIMESTAMP").fetchall()[0][0]
    mapped = sorted({str(column.column) for column in source.map.values() if column.column})
    _ask(connection, source, mapped)
    held = identity_table(pool, clock)
    for target, column in ends.items():
        _match(pool, connection, held, target, column, clock)
    _write(pool, connection, source, ends, name)
    known = ", ".join(f'm_{t}."known_at"' for t in ends)
    joined = " ".join(f'JOIN "match_{t}" m_{t} USING (":key")' for t in ends)
    good = " AND ".join(f"m_{t}.resolved" for t in ends)
    given = ", ".join(f'm_{t}.subject AS ":{t}"' for t in ends)
    received = source.map.get("received_at")
    stamp = "NULL"
    if received is not None:
        text = _quoted(str(received.column))
        latest = f"greatest({known})" if len(ends) > 1 else known
        parsed = f"coalesce(TRY_CAST({text} AS TIMESTAMP), try_strptime({text}, {FORMATS}))"
        stamp = f"CASE WHEN {parsed} < {latest} THEN CAST({latest} AS VARCHAR) ELSE {text} END"
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE resolved AS SELECT _row, {_listed(mapped)}, {given}, {stamp} AS ":received_at"'
        f" FROM asked {joined} WHERE {good}"
    )
    connection.execute("CREATE OR REPLACE TEMP VIEW raw AS SELECT * FROM resolved")
    changed = {t: c.model_copy(update={"column": f":{t}", "scheme": None}) for t, c in ends.items()}
    if received is not None:
        changed["received_at"] = Column(column=":received_at")
    bad = connection.execute(f"SELECT count(*) FROM asked {joined} WHERE NOT ({good})").fetchall()[0][0]
    shown = [*mapped, *(f":{t}" for t in ends), ":received_at"]
    return Resolved(source.model_copy(update={"map": {**source.map, **changed}}), shown, int(bad))


def _ask(connection: duckdb.DuckDBPyConnection, source: SourceRule, mapped: list[str]) -> None:
    """Make table ``asked``: the mapped columns, persons hashed, and a key made of them."""
    persons = {column.column for column in source.map.values() if column.person}
    texts = ", ".join(
        f"pseudonym({_quoted(c)}) AS {_quoted(c)}" if c in persons else _quoted(c) for c in mapped
    )
    happened = source.map.get("event_date") or source.map["valid_from"]
    text = _quoted(str(happened.column)) if happened.column else f"'{happened.constant}'"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE asked AS SELECT *, md5(concat_ws('|', '{source.source}', {_coalesced(mapped)}))"
        f' AS ":key", CAST(coalesce(TRY_CAST({text} AS TIMESTAMP), try_strptime({text}, {FORMATS})) AS DATE)'
        f' AS ":happened" FROM (SELECT _row, {texts} FROM raw)'
    )


def _match(
    pool: Pool,
    connection: duckdb.DuckDBPyConnection,
    held: pa.Table,
    target: str,
    column: Column,
    clock: datetime,
) -> None:
    """Make table ``match_TARGET``: per key the subject, since when it is known, its score, and whether it is sure."""
    scheme, text = str(column.scheme), _quoted(str(column.column))
    distinct = [r[0] for r in connection.execute(f"SELECT DISTINCT {text} FROM asked").fetchall()]
    plains = {value: plain(scheme, value) for value in distinct if value}
    itself = dict(zip(plains, is_uscc(list(plains.values())), strict=True))
    wrong = {v for v, p in plains.items() if not itself[v] and not is_possible(scheme, p)}
    forms = pa.table(
        {
            "given": pa.array(list(plains), pa.string()),
            "value": pa.array(list(plains.values()), pa.string()),
            "passed": pa.array([bool(itself[v]) or v in wrong for v in plains], pa.bool_()),
        }
    )
    connection.register("forms", forms)
    connection.register("held", held)
    rule = pool.rules.settings.identity
    if scheme == "name" and rule is not None:
        names = connection.execute(
            "SELECT DISTINCT value, subject FROM held WHERE scheme = 'name'"
        ).fetchall()
        open_names = [p for v, p in plains.items() if not itself[v]]
        scored = pa.Table.from_pandas(likely(open_names, names, rule.suggest_above), preserve_index=False)
        kinds = {
            "value": pa.string(),
            "candidate": pa.string(),
            "subject": pa.string(),
            "score": pa.float64(),
        }
        connection.register("scored", scored.cast(pa.schema(list(kinds.items()))))
        codes = (
            "SELECT s.value, s.subject, s.score, h.since, h.until, h.received_at FROM scored s JOIN held h"
            " ON h.scheme = 'name' AND h.value = s.candidate AND h.subject = s.subject"
        )
        bar = rule.link_above
    else:
        codes = f"SELECT value, subject, 1.0 AS score, since, until, received_at FROM held WHERE scheme = '{scheme}'"
        bar = 0.0
    connection.register("decided", _decided(pool, clock))
    inside = (
        "(a.day IS NULL OR ((c.since IS NULL OR c.since <= a.day) AND (c.until IS NULL OR a.day < c.until)))"
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE "match_{target}" AS
        WITH a AS (SELECT DISTINCT ":key" AS key, {text} AS given, ":happened" AS day FROM asked),
        c AS ({codes}),
        found AS (SELECT a.key, a.given, f.passed, c.subject, c.score, c.received_at, {inside} AS fits
          FROM a LEFT JOIN forms f USING (given) LEFT JOIN c ON c.value = f.value),
        best AS (SELECT key, any_value(given) AS given, coalesce(any_value(passed), true) AS passed,
          count(DISTINCT subject) FILTER (fits AND score >= {bar}) AS sure,
          min(subject) FILTER (fits AND score >= {bar}) AS sure_subject,
          min(received_at) FILTER (fits AND score >= {bar}) AS received_at,
          max(score) AS score, arg_max(subject, (score, subject)) AS candidate FROM found GROUP BY key)
        SELECT key AS ":key", given, CASE WHEN passed THEN given WHEN d.key IS NOT NULL THEN d.subject
            ELSE sure_subject END AS subject,
          CASE WHEN passed THEN NULL WHEN d.key IS NOT NULL THEN d.at ELSE received_at END AS known_at,
          passed OR CASE WHEN d.key IS NOT NULL THEN d.subject IS NOT NULL ELSE sure = 1 END AS resolved,
          passed, candidate, score, CASE WHEN d.key IS NOT NULL THEN d.who
            WHEN '{scheme}' = 'name' THEN 'splink' ELSE 'exact' END AS how, d.reason
        FROM best LEFT JOIN decided d USING (key)"""
    )


def _decided(pool: Pool, clock: datetime) -> pa.Table:
    known = Decisions(pool).known(clock).values()
    return pa.table(
        {
            "key": pa.array([one.key for one in known], pa.string()),
            "subject": pa.array([one.subject for one in known], pa.string()),
            "who": pa.array([one.by for one in known], pa.string()),
            "reason": pa.array([one.reason for one in known], pa.string()),
            "at": pa.array([one.at for one in known], pa.timestamp("us")),
        }
    )


def _write(
    pool: Pool,
    connection: duckdb.DuckDBPyConnection,
    source: SourceRule,
    ends: dict[str, Column],
    name: str,
) -> None:
    own = source.map.get("source_record_id")
    record = (
        f"md5('{source.source}|' || trim({_quoted(str(own.column))}))" if own else "CAST(NULL AS VARCHAR)"
    )
    links = " UNION ALL ".join(
        f"SELECT \":key\" AS key, {record} AS record_id, '{source.source}' AS source, '{t}' AS target,"
        f" '{c.scheme}' AS scheme, given, subject, score, how, reason, known_at FROM asked JOIN \"match_{t}\""
        ' USING (":key") WHERE resolved AND NOT passed'
        for t, c in ends.items()
    )
    waits = " UNION ALL ".join(
        f"SELECT a.* EXCLUDE (_row), '{source.source}' AS \":source\", '{t}' AS \":target\","
        f" '{c.scheme}' AS \":scheme\","
        f' given AS ":given", candidate AS ":candidate", score AS ":score" FROM asked a JOIN "match_{t}"'
        ' USING (":key") WHERE NOT resolved'
        for t, c in ends.items()
    )
    for folder, query in (("links", links), ("waiting", waits)):
        path = pool.folder / folder / f"{name}.parquet"
        count = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0][0]
        if count:
            with atomic_path(path) as draft:
                connection.execute(f"COPY ({query}) TO '{draft}' (FORMAT parquet, COMPRESSION zstd)")


def _listed(columns: list[str]) -> str:
    return ", ".join(_quoted(c) for c in columns)


def _coalesced(columns: list[str]) -> str:
    return ", ".join(f"coalesce({_quoted(c)}, '')" for c in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
