"""The columns of stored records and relations: the common envelope and the fields of the type."""

from __future__ import annotations

import pyarrow as pa

from credit_risk.book.schema import RecordType

__all__ = [
    "LIFE_TARGET",
    "RECORD_ENVELOPE",
    "RELATION_ENVELOPE",
    "SQL_TYPES",
    "record_columns",
    "record_schema",
    "relation_schema",
]

LIFE_TARGET = "target"

RECORD_ENVELOPE = {
    "record_id": "VARCHAR",
    "version": "VARCHAR",
    "source": "VARCHAR",
    "source_record_id": "VARCHAR",
    "subject": "VARCHAR",
    "event_date": "DATE",
    "received_at": "TIMESTAMP",
    "usable_from": "DATE",
    "usable_until": "DATE",
}
RELATION_ENVELOPE = {
    "record_id": "VARCHAR",
    "version": "VARCHAR",
    "source": "VARCHAR",
    "source_record_id": "VARCHAR",
    "src": "VARCHAR",
    "dst": "VARCHAR",
    "weight": "DECIMAL(18,6)",
    "valid_from": "DATE",
    "valid_to": "DATE",
    "received_at": "TIMESTAMP",
}
SQL_TYPES = {
    "money": "DECIMAL(18,2)",
    "number": "DECIMAL(18,6)",
    "integer": "BIGINT",
    "text": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "flag": "BOOLEAN",
}
ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(18,2)": pa.decimal128(18, 2),
    "DECIMAL(18,6)": pa.decimal128(18, 6),
}


def record_columns(kind: RecordType) -> dict[str, str]:
    """Return column -> SQL type of the records of one type."""
    columns = dict(RECORD_ENVELOPE)
    if kind.life:
        columns[LIFE_TARGET] = "VARCHAR"
    columns.update({name: SQL_TYPES[rule.type] for name, rule in kind.fields.items()})
    return columns


def record_schema(kind: RecordType) -> pa.Schema:
    """Return the Parquet schema of the records of one type."""
    return _schema(record_columns(kind))


def relation_schema() -> pa.Schema:
    """Return the Parquet schema of relations; one for all types."""
    return _schema(RELATION_ENVELOPE)


def _schema(columns: dict[str, str]) -> pa.Schema:
    return pa.schema([(name, ARROW[sql]) for name, sql in columns.items()])
