"""A stored score as it is told, without its reasons and without what changes from day to day; nulls are left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from credit_risk.errors import Fault

__all__ = ["plain"]

NUMBERS = ("shown_score", "pd", "pd_low", "pd_high", "base_points", "other_points")


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the told columns of a row; raises Fault where a number is not finite: it is never told as a null."""
    for name in NUMBERS:
        number = row.get(name)
        if number is not None and not math.isfinite(number):
            raise Fault(f"{row['subject']}: {name} is not finite in the published snapshot")
    told = {
        "subject": row["subject"],
        "scorable": row["scorable"],
        "why_not": row["why_not"],
        "score": row["shown_score"],
        "pd": row["pd"],
        "pd_low": row.get("pd_low"),
        "pd_high": row.get("pd_high"),
        "pd_terms": _finite(row, "pd_terms"),
        "pd_heads": _finite(row, "pd_heads"),
        "grade": row["grade"],
        "public_class": row["public_class"],
        "base_points": row["base_points"],
        "other_points": row["other_points"],
        "peer_group": row["peer_group"],
        "data_depth": row.get("data_depth"),
        "model_id": row["model_id"],
    }
    return {name: value for name, value in told.items() if value is not None}


def _finite(row: Mapping[str, Any], name: str) -> dict[str, float] | None:
    """Return numbers that are stored as JSON; Python writes there what is not finite, and JSON has no word for it."""
    try:
        return orjson.loads(row[name]) if row[name] else None
    except orjson.JSONDecodeError:
        raise Fault(f"{row['subject']}: {name} is not finite in the published snapshot") from None
