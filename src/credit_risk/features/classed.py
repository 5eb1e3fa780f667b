"""Classes by conditions over indicators: the first that holds, as the book writes data depth and segments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from credit_risk.features.conditions import holding
from credit_risk.features.language import parse
from credit_risk.records.clock import Moment

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
    asked = {name: text for name, text in conditions.items() if text}
    holds = holding(asked, pa.Table.from_pandas(values[names_in(asked)], preserve_index=False), t)
    found = np.full(len(values), None, dtype=object)
    for name, text in reversed(list(conditions.items())):  # the first that holds stands
        found[np.asarray(holds[name].to_numpy(), bool) if text else slice(None)] = name
    return found
