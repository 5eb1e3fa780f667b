"""Which rows a condition over their own columns keeps."""

from __future__ import annotations

import ibis
import pyarrow as pa

from credit_risk.features.language import Expression
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records.clock import Moment
from credit_risk.records.sql import connected

__all__ = ["kept_by"]


def kept_by(condition: Expression, table: pa.Table, t: Moment) -> pa.Table:
    """Return the rows for which the condition is true at t, by subject; where it is null a row is not kept."""
    connection = ibis.duckdb.from_connection(connected())
    try:
        view = connection.create_table("asked", table)
        told = compile_expression(condition, {c: view[c] for c in view.columns}, t)
        return view.filter(told.fill_null(False)).order_by("subject").to_pyarrow()
    finally:
        connection.disconnect()
