"""Write sheets as the departments would, and the truth as Parquet; the same sheet gives the same bytes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from credit_risk.simulation.adverse import Adverse
from credit_risk.simulation.draws import Columns, Scene, Sheet
from credit_risk.simulation.hidden import HEAD_OF, HEADS, KINDS
from credit_risk.simulation.schemes import SCHEMES

__all__ = ["write_sheet", "write_truth"]


def write_sheet(sheet: Sheet, inbox: Path, encoding: str) -> None:
    """Write one CSV file with header in the given encoding."""
    options = pa_csv.WriteOptions(quoting_style="needed", quoting_header="needed")
    buffer = io.BytesIO()
    pa_csv.write_csv(_table(sheet.columns), buffer, options)
    content = buffer.getvalue()
    if encoding != "utf-8":
        content = content.decode("utf-8").encode(encoding)
    (inbox / sheet.file).write_bytes(content)


def write_truth(scene: Scene, adverse: Adverse, truth: Path) -> None:
    """Write ``months`` (hidden risk, hazards), ``events``, ``enterprises``, ``schemes``; for judging only."""
    world, hidden, calendar = scene.world, scene.hidden, scene.calendar
    i, m = np.nonzero(hidden.alive)
    months: Columns = {
        "uscc": world.uscc[i],
        "month_end": calendar.ends[m],
        "risk": hidden.risk[i, m],
        **{f"hazard_{head}": hidden.hazard[h][i, m] for h, head in enumerate(HEADS)},
        "pressed": hidden.pressed[i, m],
    }
    events: Columns = {
        "uscc": world.uscc[adverse.enterprise],
        "kind": np.array(KINDS)[adverse.kind],
        "head": np.array(HEADS)[HEAD_OF[adverse.kind]],
        "event_date": adverse.day,
        "received_at": adverse.received,
        "pressed": hidden.pressed[adverse.enterprise, adverse.month],
    }
    enterprises: Columns = {
        name: getattr(world, name)
        for name in ("uscc", "inside", "industry", "size", "family", "seasonal", "discloser")
    }
    enterprises |= {f"trait_{head}": world.trait[:, h] for h, head in enumerate(HEADS)}
    schemes = _schemes(scene)
    for name, columns in (("months", months), ("events", events), ("enterprises", enterprises),
                          ("schemes", schemes)):  # fmt: skip
        pq.write_table(_table(columns), truth / f"{name}.parquet", compression="zstd")


def _schemes(scene: Scene) -> Columns:
    """Return the members of what was planted, with first and last day."""
    planted, calendar = scene.world.schemes, scene.calendar
    last = np.minimum(planted.end, calendar.months - 1)
    return {
        "uscc": scene.world.uscc[planted.enterprise],
        "scheme": np.array(SCHEMES)[planted.kind],
        "group": planted.group,
        "first_day": calendar.starts[np.minimum(planted.start, calendar.months - 1)],
        "last_day": calendar.ends[last],
        "struck": planted.struck & (planted.end < calendar.months),
    }


def _table(columns: Columns) -> pa.Table:
    return pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})
