"""What a score table holds. A reason is stored as numbers and codes; ``told.py`` makes the sentences when it is read.

The reasons of an enterprise stand in lists that run side by side:

    reason_*    one entry a reason, faults first, each kind strongest first; points in tenths
    shown_*     one entry an indicator that a reason shows; ``reason_shown`` tells how many belong to each reason
    record_*    one entry a record behind an indicator; ``shown_records`` tells how many belong to each indicator

In the scores, ``own_points`` and ``transmitted_points`` are what the enterprise's own indicators and those of its
neighbours add to the score. ``top_zh`` and ``top_en`` hold the sentences of the strongest indicators of the first
faults, ready to be read.
"""

from __future__ import annotations

import pyarrow as pa

__all__ = ["REASONS_SCHEMA", "RECORD_FIELDS", "SCORES_SCHEMA", "SERVED_SCHEMA"]

SCORES_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("model_id", pa.string()),
        ("scorable", pa.bool_()),
        ("why_not", pa.string()),
        ("score", pa.float64()),
        ("pd", pa.float64()),
        ("pd_low", pa.float64()),
        ("pd_high", pa.float64()),
        ("pd_terms", pa.string()),
        ("pd_heads", pa.string()),
        ("grade", pa.string()),
        ("grade_rank", pa.int64()),
        ("public_class", pa.string()),
        ("pd_grade", pa.string()),
        ("grade_before", pa.string()),
        ("held_from", pa.string()),
        ("data_depth", pa.string()),
        ("peer_group", pa.string()),
        ("shown_score", pa.float64()),
        ("base_points", pa.float64()),
        ("other_points", pa.float64()),
        ("own_points", pa.float64()),
        ("transmitted_points", pa.float64()),
        ("unseen_category", pa.string()),
    ]
)

RECORD_FIELDS = [
    ("shown_records", pa.list_(pa.int16())),
    ("record_about", pa.list_(pa.string())),
    ("record_kind", pa.list_(pa.int16())),
    ("record_id", pa.list_(pa.string())),
    ("record_source", pa.list_(pa.string())),
    ("record_date", pa.list_(pa.date32())),
    ("record_received", pa.list_(pa.timestamp("s"))),
]

REASONS_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("reason_group", pa.list_(pa.int16())),
        ("reason_points", pa.list_(pa.int32())),
        ("reason_shown", pa.list_(pa.int16())),
        ("shown_name", pa.list_(pa.int16())),
        ("shown_points", pa.list_(pa.int32())),
        ("shown_value", pa.list_(pa.float64())),
        ("shown_code", pa.list_(pa.string())),
        ("shown_peer", pa.list_(pa.float64())),
        ("top_zh", pa.list_(pa.string())),
        ("top_en", pa.list_(pa.string())),
        *RECORD_FIELDS,
    ]
)

_NOT_SERVED = ("subject", "top_zh", "top_en")
_AS_TEXT = {"record_date": pa.list_(pa.string()), "record_received": pa.list_(pa.string())}  # told so as well
SERVED_SCHEMA = pa.schema(
    [
        *SCORES_SCHEMA,
        *[
            pa.field(f.name, _AS_TEXT.get(f.name, f.type))
            for f in REASONS_SCHEMA
            if f.name not in _NOT_SERVED
        ],
    ]
)
