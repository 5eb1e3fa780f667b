"""The truth of a practice zone: what really happened and what was planted, for judging only.

    months        uscc, month_end, risk, hazard_<head>, pressed      the hidden risk known at the end of each month
    events        uscc, kind, head, event_date, received_at, pressed adverse events, told or not
    enterprises   uscc, inside, industry, size, family, seasonal, discloser, trait_<head>
    schemes       uscc, scheme, group, first_day, last_day, struck, before   members of what was planted, each in one
    look_alikes   uscc, kind, group, first_day, last_day            honest ones that resemble a scheme or a fault
    structures    uscc, structure, group, role, first_day, last_day groups, guarantee circles, brokers, warehouses
    edges         scheme, group, relation, src, dst, first_day, last_day     what ties members together, by USCC

``last_day`` of an edge is null while it is open; a trade of a ring has one day. ``before`` is the failed enterprise
whose hands an old hand took over, else empty. Days are those of the facts: departments tell them later. Nothing that
computes a score may read any of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from credit_risk.errors import InputError
from credit_risk.simulation.adverse import Adverse
from credit_risk.simulation.draws import Columns, Scene, Sheet
from credit_risk.simulation.hidden import HEAD_OF, HEADS, KINDS
from credit_risk.simulation.planted import look_alikes, scheme_edges, schemes, structures
from credit_risk.simulation.write import table_of

__all__ = ["Truth", "read_truth", "write_truth"]


@dataclass(frozen=True)
class Truth:
    """The tables above as data frames."""

    months: pd.DataFrame
    events: pd.DataFrame
    enterprises: pd.DataFrame
    schemes: pd.DataFrame
    look_alikes: pd.DataFrame
    structures: pd.DataFrame
    edges: pd.DataFrame


def read_truth(folder: Path) -> Truth:
    """Read the truth that ``simulate`` wrote to ``folder``."""
    names = [field.name for field in fields(Truth)]
    missing = [name for name in names if not (folder / f"{name}.parquet").exists()]
    if missing:
        raise InputError(f"{folder}: expected the truth of a practice zone, missing {', '.join(missing)}")
    return Truth(*(pd.read_parquet(folder / f"{name}.parquet") for name in names))


def write_truth(scene: Scene, seed: int, adverse: Adverse, sheets: list[Sheet], folder: Path) -> None:
    """Write all tables of the truth as Parquet."""
    tables = {
        "months": _months(scene),
        "events": _events(scene, adverse),
        "enterprises": _enterprises(scene),
        "schemes": schemes(scene),
        "look_alikes": look_alikes(scene, sheets),
        "structures": structures(scene),
        "edges": scheme_edges(scene, seed),
    }
    for name, columns in tables.items():
        pq.write_table(table_of(columns), folder / f"{name}.parquet", compression="zstd")


def _months(scene: Scene) -> Columns:
    hidden = scene.hidden
    i, m = hidden.alive.nonzero()
    return {
        "uscc": scene.world.uscc[i],
        "month_end": scene.calendar.ends[m],
        "risk": hidden.risk[i, m],
        **{f"hazard_{head}": hidden.hazard[h][i, m] for h, head in enumerate(HEADS)},
        "pressed": hidden.pressed[i, m],
    }


def _events(scene: Scene, adverse: Adverse) -> Columns:
    kinds = np.array(KINDS)[adverse.kind]
    heads = np.array(HEADS)[HEAD_OF[adverse.kind]]
    return {
        "uscc": scene.world.uscc[adverse.enterprise],
        "kind": kinds,
        "head": heads,
        "event_date": adverse.day,
        "received_at": adverse.received,
        "pressed": scene.hidden.pressed[adverse.enterprise, adverse.month],
    }


def _enterprises(scene: Scene) -> Columns:
    names = ("uscc", "inside", "industry", "size", "family", "seasonal", "discloser")
    columns: Columns = {name: getattr(scene.world, name) for name in names}
    return columns | {f"trait_{head}": scene.world.trait[:, h] for h, head in enumerate(HEADS)}
