"""Classes by conditions over indicators: the first that holds, as the book writes data depth and segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records.clock import Moment
from credit_risk.records.sql import connected

__all__ = ["Conditions", "classed", "names_in"]

Conditions = Mapping[str, str | None]


def names_in(conditions: Conditions) -> list[str]:
    """Return the indicators that the conditions ask for."""
    return sorted({name for text in conditions.values() if text for name in parse(text).names})


def classed(values: pd.DataFrame, conditions: Conditions, t: Moment) -> npt.NDArray[np.object_]:
    """Return each row's first class whose condition holds; None where none does.

    A condition over an indicator that is null does not hold; one that is None always does.
    """
    if not conditions or values.empty:
        return np.full(len(values), None, dtype=object)
    wanted = names_in(conditions)
    table = ibis.memtable(values[wanted].assign(_row=np.arange(len(values))))
    names: dict[str, Any] = {name: table[name] for name in wanted}
    cases = [
        (compile_expression(parse(text), names, t).fill_null(False) if text else True, name)
        for name, text in conditions.items()
    ]
    found = ibis.duckdb.from_connection(connected()).execute(
        table.select("_row", of=ibis.cases(*cases, else_=None))
    )
    return np.asarray(found.sort_values("_row")["of"].to_numpy(object))
