"""Read the zone of ``records.yaml`` and ``relations.yaml`` into a pool, and the values of ``expected``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from credit_risk.book import Rules
from credit_risk.records import Pool
from credit_risk.records.envelope import record_schema, relation_schema

__all__ = ["expected", "pool_of"]

HERE = Path(__file__).parent
SINCE = date(2024, 1, 1)
ENVELOPE = {"date": "event_date", "received": "received_at", "until": "usable_until"}


def pool_of(rules: Rules) -> Pool:
    """Return the pool of the small zone under the rules of a book."""
    pool = Pool(rules)
    for kind, told in _read("records.yaml").items():
        schema = record_schema(rules.records[kind])
        pool.write(kind, "by-hand", pa.Table.from_pylist(list(_records(kind, told)), schema))
    for kind, told in _read("relations.yaml").items():
        pool.write(kind, "by-hand", pa.Table.from_pylist(list(_ties(kind, told)), relation_schema()))
    return pool


@cache
def expected(dimension: str) -> dict[str, dict[str, float | str | None]]:
    """Return by indicator and enterprise what the file of one dimension expects."""
    told = _read(f"expected/{dimension}.yaml")
    return {name: {who: _worked_out(value) for who, value in row.items()} for name, row in told.items()}


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    return found


def _records(kind: str, told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    columns = [ENVELOPE.get(c, c) for c in told["columns"]]
    for subject, rows in told.items():
        for number, values in enumerate(rows, 1) if subject != "columns" else ():
            row = dict(zip(columns, map(_exact, values), strict=True))
            received = row.get("received_at") or row["event_date"] + timedelta(days=1)
            yield (
                _whole(f"{kind}-{subject}-{number}")
                | row
                | {
                    "subject": subject,
                    "received_at": datetime.combine(received, time(12)),
                }
            )


def _ties(kind: str, told: list[list[Any]]) -> Iterator[dict[str, Any]]:
    for number, (src, dst, *more) in enumerate(told, 1):
        unusual = more.pop() if more and isinstance(more[-1], dict) else {}
        yield _whole(f"{kind}-{number}") | {
            "src": src,
            "dst": dst,
            "weight": _exact(more[0]) if more else None,
            "valid_from": SINCE,
            "valid_to": unusual.get("until"),
            "received_at": datetime.combine(unusual.get("received", SINCE), time(12)),
        }


def _whole(record_id: str) -> dict[str, str]:
    return {"record_id": record_id, "version": "1", "source": "by_hand", "source_record_id": record_id}


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _worked_out(value: Any) -> float | str | None:
    """Work out a sum as it is written, such as ``(3 + 2) / 100``; a word stays a word."""
    if not isinstance(value, str) or not any(c.isdigit() for c in value):
        return value
    return float(eval(value, {"__builtins__": {}, "log1p": math.log1p}))
