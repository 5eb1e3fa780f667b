"""Coverage and freshness of every source: what came, when last, of how many enterprises, and whether it is overdue.

What silence is usual is learnt from the source itself: the longest gap between the days on which it delivered within
the last three years, so that a source that sends its rows in a few days of each quarter is not missed between them. A
source is overdue when the last delivery is more than one and a half such gaps (and more than 45 days) ago, or when it
never delivered although the book demands it; with fewer than three days of delivery in three years it has no habit that
could be broken. After a long outage it takes as much longer to tell the next one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from credit_risk.records.clock import Moment, moment
from credit_risk.records.ingest.judge import judging, show_stored
from credit_risk.records.store import Pool

__all__ = ["COVERAGE_SCHEMA", "coverage", "newest_delivery"]

COVERAGE_SCHEMA = pa.schema([
    ("source", pa.string()),
    ("title_zh", pa.string()),
    ("title_en", pa.string()),
    ("kind", pa.string()),
    ("records", pa.int64()),  # versions received by t
    ("enterprises", pa.int64()),  # with at least one
    ("share", pa.float64()),  # of all registered enterprises; null where the book has no register
    ("first_received", pa.timestamp("us")),
    ("last_received", pa.timestamp("us")),
    ("last_event", pa.date32()),
    ("median_lag_days", pa.float64()),  # from the event to its receipt, last year
    ("every_days", pa.float64()),  # median gap between days of delivery, last year; null before three of them
    ("longest_days", pa.float64()),  # longest such gap, last three years; null before three of them
    ("overdue", pa.bool_()),
    ("quarantined", pa.int64()),  # rows in quarantine, of all times
])  # fmt: skip
AT_LEAST, TIMES = timedelta(days=45), 1.5
ENTERPRISE = "registration"


def coverage(pool: Pool, t: Moment | None = None) -> pa.Table:
    """Return a row per source of the book as known at t, in the order of the book.

    Without t it is the moment of the newest delivery of all (now, if there is none): so sources are judged against each
    other, also in a zone that is only read any more.
    """
    at = moment(t) if t is not None else newest_delivery(pool)
    with judging(pool, at) as connection:
        refused = _refused(pool, connection)
        whole = _enterprises(pool, connection, at)
        rows = []
        for source in pool.rules.sources.values():
            show_stored(pool, connection, source.to, "")
            is_record = source.to in pool.rules.records
            who, when = ("subject", "event_date") if is_record else ("dst", "valid_from")
            connection.execute("SET VARIABLE source = ?", [source.source])
            found = connection.execute(_QUESTION.format(who=who, when=when)).fetchall()[0]
            told = dict(zip(_ANSWER, found, strict=True))
            told["share"] = min(1.0, told["enterprises"] / whole) if whole else None
            overdue = _overdue(told["last_received"], told["longest_days"], at, source.optional)
            rows.append(
                {
                    "source": source.source, "title_zh": source.title.zh, "title_en": source.title.en,
                    "kind": source.to, "overdue": overdue, "quarantined": refused.get(source.source, 0), **told,
                }
            )  # fmt: skip
    return pa.Table.from_pylist(rows, COVERAGE_SCHEMA)


_ANSWER = (
    "records", "enterprises", "first_received", "last_received", "last_event", "median_lag_days", "every_days",
    "longest_days",
)  # fmt: skip
_QUESTION = """
WITH seen AS (SELECT {who} AS who, {when} AS happened, received_at FROM stored
    WHERE source = getvariable('source') AND received_at <= getvariable('ingest_clock')::TIMESTAMP),
  recent AS (SELECT * FROM seen WHERE received_at > getvariable('ingest_clock')::TIMESTAMP - INTERVAL 365 DAY),
  days AS (SELECT DISTINCT CAST(received_at AS DATE) AS day FROM seen
    WHERE received_at > getvariable('ingest_clock')::TIMESTAMP - INTERVAL 1095 DAY),
  gaps AS (SELECT day, date_diff('day', lag(day) OVER (ORDER BY day), day) AS gap FROM days),
  late AS (SELECT gap FROM gaps WHERE day > CAST(getvariable('ingest_clock')::TIMESTAMP AS DATE) - 365)
SELECT count(*), count(DISTINCT who), min(received_at), max(received_at), max(happened),
  (SELECT median(date_diff('day', happened, CAST(received_at AS DATE))) FROM recent),
  (SELECT CASE WHEN count(gap) >= 2 THEN median(gap) END FROM late),
  (SELECT CASE WHEN count(gap) >= 2 THEN max(gap) END FROM gaps) FROM seen
"""


def newest_delivery(pool: Pool) -> datetime:
    """Return the moment of the newest delivery of all sources; now, if there is none."""
    with judging(pool, datetime.now()) as connection:
        told = []
        for kind in {source.to for source in pool.rules.sources.values()}:
            show_stored(pool, connection, kind, "")
            told.append(connection.execute("SELECT max(received_at) FROM stored").fetchall()[0][0])
    return max((one for one in told if one is not None), default=datetime.now())


def _overdue(last: datetime | None, longest: float | None, at: datetime, optional: bool) -> bool:
    if last is None:
        return not optional
    return longest is not None and at - last > max(AT_LEAST, timedelta(days=TIMES * longest))


def _enterprises(pool: Pool, connection: duckdb.DuckDBPyConnection, at: datetime) -> int:
    if ENTERPRISE not in pool.rules.records:
        return 0
    show_stored(pool, connection, ENTERPRISE, "")
    asked = "SELECT count(DISTINCT subject) FROM stored WHERE received_at <= getvariable('ingest_clock')::TIMESTAMP"
    return int(connection.execute(asked).fetchall()[0][0])


def _refused(pool: Pool, connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    files = sorted(map(str, (pool.folder / "quarantine").glob("[!.]*.parquet")))
    if not files:
        return {}
    asked = "SELECT source, count(DISTINCT (file, row)) FROM read_parquet(?) GROUP BY source"
    return dict(connection.execute(asked, [files]).fetchall())
