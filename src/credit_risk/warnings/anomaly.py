"""How unusual an enterprise is against its peers or its own past, by the detectors of PyOD that the book declares.

A detector is fitted on everybody at t and on nothing later. An anomaly is no guilt: it is a reason to look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.warning_rules import Anomaly

__all__ = ["anomalies", "anomaly_scores"]

Floats = npt.NDArray[np.float64]
LIMIT = 8.0
SAMPLE = 50_000


def anomalies(rules: Iterable[Anomaly], table: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return one column ``anomaly_NAME`` a rule, in the order and with the index of ``table``."""
    columns = {f"anomaly_{rule.anomaly}": anomaly_scores(rule, table, groups) for rule in rules}
    return pd.DataFrame(columns, index=table.index)


def anomaly_scores(rule: Anomaly, table: pd.DataFrame, groups: pd.Series) -> Floats:
    """Return per row the share of rows that are less unusual; NaN where every indicator of the rule is null.

    The detector learns from at most 50,000 rows, evenly spaced in the order of ``table``.
    """
    values = table[rule.over].astype(float)
    known = values.notna().any(axis=1).to_numpy()
    result = np.full(len(table), np.nan)
    if known.sum() < 2 * len(rule.over):
        return result
    spread = _standard(values, groups if rule.against == "peers" else pd.Series("all", index=table.index))
    matrix = np.clip(spread.fillna(0.0).to_numpy(np.float64), -LIMIT, LIMIT)[known]
    detector = _detector(rule.detector)
    detector.fit(matrix[:: max(1, -(-len(matrix) // SAMPLE))])
    raw = pd.Series(np.asarray(detector.decision_function(matrix), np.float64))
    result[known] = (raw.rank(method="average") - 0.5) / len(raw)
    return result


def _standard(values: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return each value from its group's median, in robust spreads (IQR / 1.349) of the group."""
    grouped = values.groupby(groups.to_numpy())
    middle = grouped.transform("median")
    low, high = (grouped.quantile(q) for q in (0.25, 0.75))
    spread = ((high - low) / 1.349).reindex(groups.to_numpy()).to_numpy()
    whole = ((values.quantile(0.75) - values.quantile(0.25)) / 1.349).to_numpy()
    spread = np.where(spread > 1e-9, spread, np.where(whole > 1e-9, whole, 1.0))
    return (values - middle) / spread


def _detector(name: str) -> Any:
    """Return a PyOD detector; imported here because PyOD takes a second to import."""
    if name == "ecod":
        from pyod.models.ecod import ECOD

        return ECOD()
    if name == "copod":
        from pyod.models.copod import COPOD

        return COPOD()
    if name == "hbos":
        from pyod.models.hbos import HBOS

        return HBOS()
    from pyod.models.iforest import IForest

    return IForest(random_state=0)
