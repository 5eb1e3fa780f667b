"""Small pools of the zone's book, written by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from credit_risk.book import open_rules
from credit_risk.graph import Graph
from credit_risk.records import Pool
from credit_risk.records.envelope import record_schema, relation_schema

__all__ = ["graph_of"]

ROOT = Path(__file__).resolve().parents[2]


def graph_of(
    root: Path, monkeypatch: pytest.MonkeyPatch, ties: list[Any], records: dict[str, list[Any]]
) -> Graph:
    """Return the graph of a pool with relations (kind, src, dst, and a weight or none) of 2025, and records."""
    monkeypatch.setenv("CREDIT_RISK_VAR", str(root))
    pool = Pool(open_rules(ROOT))
    by_kind: dict[str, list[Any]] = {}
    for i, (kind, src, dst, *weight) in enumerate(ties):
        by_kind.setdefault(kind, []).append({
            "record_id": f"t{i}", "version": "1", "source": "s", "source_record_id": f"{i}", "src": src, "dst": dst,
            "weight": weight[0] if weight else None, "valid_from": date(2025, 1, 1), "valid_to": None,
            "received_at": datetime(2025, 1, 2),
        })  # fmt: skip
    for kind, rows in by_kind.items():
        pool.write(kind, "all", pa.Table.from_pylist(rows, relation_schema()))
    for kind, rows in records.items():
        schema = record_schema(pool.rules.records[kind])
        whole = [dict.fromkeys(schema.names) | {"record_id": f"{kind}{i}", "version": "1", "source": "s",
                 "source_record_id": str(i), "received_at": datetime(2025, 1, 2)} | r for i, r in enumerate(rows)]  # fmt: skip
        pool.write(kind, "all", pa.Table.from_pylist(whole, schema))
    return Graph(pool)
