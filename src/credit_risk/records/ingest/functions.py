"""The two checks that SQL cannot say: a valid USCC, and a person's pseudonym."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from credit_risk.records.person import is_pseudonym, person_key, pseudonym
from credit_risk.records.uscc import is_uscc

__all__ = ["register_functions"]


def register_functions(connection: duckdb.DuckDBPyConnection, var: Path) -> None:
    """Make ``valid_uscc(text)`` and ``pseudonym(text)`` known to a connection; both work in columns."""
    key = person_key(var)

    good: set[str | None] = set()  # an enterprise comes again and again: most codes are looked at once

    def valid_uscc(codes: pa.ChunkedArray) -> pa.Array:
        given = codes.to_pylist()
        fresh = list(set(given) - good)
        if fresh:
            valid = is_uscc([code or "" for code in fresh])
            good.update(code for code, right in zip(fresh, valid, strict=True) if right)
        return pa.array([code in good for code in given], pa.bool_())

    def hashed(numbers: pa.ChunkedArray) -> pa.Array:
        encoded = pc.dictionary_encode(numbers).combine_chunks()
        given = encoded.dictionary.to_pylist()
        words = pa.array([n if is_pseudonym(n) else pseudonym(n, key) for n in given], pa.string())
        return words.take(encoded.indices)

    connection.create_function("valid_uscc", valid_uscc, ["VARCHAR"], "BOOLEAN", type="arrow")
    connection.create_function("pseudonym", hashed, ["VARCHAR"], "VARCHAR", type="arrow")
