"""Conditions of the book over a table of values: whether each holds in every row. A null in a condition means no."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from functools import cache, lru_cache

import duckdb
import ibis
import pyarrow as pa

from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records.clock import Moment, moment
from credit_risk.records.sql import connected

__all__ = ["holding"]

Columns = tuple[tuple[str, str], ...]


def holding(conditions: Mapping[str, str], table: pa.Table, t: Moment) -> pa.Table:
    """Return a boolean column for each condition by its name, a row for each row of ``table``, in its order.

    Text columns are categories, all others numbers. A condition may name columns of ``table`` only. It is turned into
    SQL once for a moment, however often it is asked.
    """
    needed = sorted({name for text in conditions.values() for name in parse(text).names})
    kinds = tuple((n, "string" if _is_text(table.schema.field(n).type) else "float64") for n in needed)
    statement = _statement(tuple(conditions.items()), kinds, str(moment(t)))
    facts = table.select(needed).append_column("_row", pa.array(range(len(table)), pa.int64()))
    with closing(_engine().cursor()) as connection:
        connection.register("facts", facts)
        return connection.execute(statement).to_arrow_table().drop_columns("_row")


@lru_cache(maxsize=64)
def _statement(conditions: Columns, columns: Columns, t: str) -> str:
    facts = ibis.table({**dict(columns), "_row": "int64"}, name="facts")
    names = {name: facts[name] for name, _ in columns}
    told = {code: compile_expression(parse(text), names, t).fill_null(False) for code, text in conditions}
    return str(ibis.to_sql(facts.select("_row", **told).order_by("_row"), dialect="duckdb"))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return connected()
