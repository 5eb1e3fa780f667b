"""The identity table: which code or name meant which enterprise, from when to when, and since when we know.

    scheme             value        subject             since        until        received_at
    name               上海甲公司   91350100M000100Y43  2001-03-02   2019-06-01   2001-03-05
    name               上海乙公司   91350100M000100Y43  2019-06-01                2019-06-04
    organisation_code  M000100Y4    91350100M000100Y43                            2001-03-05

It is made of the records that the book names under ``[identity]``, so it is asked as known at t like everything.
"""

from __future__ import annotations

import pyarrow as pa

from credit_risk.records.as_of import Records
from credit_risk.records.clock import Moment
from credit_risk.records.identity.codes import plain
from credit_risk.records.sql import connected
from credit_risk.records.store import Pool

__all__ = ["IDENTITY_SCHEMA", "identity_table"]

IDENTITY_SCHEMA = pa.schema(
    [
        ("scheme", pa.string()),
        ("value", pa.string()),
        ("subject", pa.string()),
        ("since", pa.date32()),
        ("until", pa.date32()),
        ("received_at", pa.timestamp("us")),
    ]
)


def identity_table(pool: Pool, t: Moment) -> pa.Table:
    """Return the identity table as known at t, in the columns of ``IDENTITY_SCHEMA``; ``[since, until)``, null is open.

    A withdrawn record is not in it. Values are in the form of ``plain``. Organisation codes are read off the USCCs.
    """
    rule, records = pool.rules.settings.identity, Records(pool)
    if rule is None:
        return IDENTITY_SCHEMA.empty_table()
    parts = []
    if rule.names is not None:
        kind, field = rule.names.split(".")
        rows = records.without_ended(records.known(kind, t), t, ("withdrawal",))
        held = rows.filter(rows[field].notnull())
        parts.append(
            held.select("subject", "received_at", value=held[field], since=held.event_date)
            .to_pyarrow()
            .append_column("until", pa.nulls(held.count().execute(), pa.date32()))
            .append_column("scheme", pa.array(["name"] * held.count().execute(), pa.string()))
        )
    if rule.codes is not None:
        rows = records.without_ended(records.known(rule.codes, t), t, ("withdrawal",))
        columns = {"since": rows.event_date, "until": rows.until, "scheme": rows.scheme, "value": rows.value}
        parts.append(rows.select("subject", "received_at", **columns).to_pyarrow())
    names = IDENTITY_SCHEMA.names
    told = pa.concat_tables([part.select(names).cast(IDENTITY_SCHEMA) for part in parts])
    values = [plain(s, v) for s, v in zip(*(told[c].to_pylist() for c in ("scheme", "value")), strict=True)]
    told = told.set_column(1, "value", pa.array(values, pa.string()))
    return pa.concat_tables([told, _organisation_codes(told)])


def _organisation_codes(told: pa.Table) -> pa.Table:
    with connected() as connection:
        connection.register("told", told)
        found = connection.execute(
            "SELECT 'organisation_code' AS scheme, subject[9:17] AS value, subject, CAST(NULL AS DATE) AS since,"
            " CAST(NULL AS DATE) AS until, min(received_at) AS received_at FROM told WHERE length(subject) = 18"
            " GROUP BY subject"
        ).to_arrow_table()
    return found.cast(IDENTITY_SCHEMA)
