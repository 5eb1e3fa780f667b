"""How unusual an enterprise is against its peers or its own past, by detectors that the book declares.

A detector is fitted on everybody at t and on nothing later. An anomaly is no guilt: it is a reason to look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book.warning_rules import Anomaly
from credit_risk.warnings.stouffer import Stouffer

__all__ = ["Usual", "anomalies"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
LIMIT = 8.0
SAMPLE = 50_000
ALL = ""  # the group of everybody


@dataclass(frozen=True)
class Usual:
    """What is usual among everybody at t by one rule: each group's middle and spread, detector, scores in order."""

    rule: Anomaly
    middle: pd.DataFrame
    spread: pd.DataFrame
    detector: Any
    scores: Floats

    @classmethod
    def of(cls, rule: Anomaly, table: pd.DataFrame, groups: pd.Series) -> Usual | None:
        """Learn from everybody, at most 50,000 rows evenly spaced; None where too few have a value."""
        learnt = cls._learnt(rule, table, groups)
        return None if learnt is None else learnt[0]

    @classmethod
    def among(cls, rule: Anomaly, table: pd.DataFrame, groups: pd.Series) -> Floats | None:
        """Return what ``of`` would learn from everybody and tell of them again, worked out once."""
        learnt = cls._learnt(rule, table, groups)
        return None if learnt is None else learnt[0]._shares(*learnt[1:])

    @classmethod
    def _learnt(
        cls, rule: Anomaly, table: pd.DataFrame, groups: pd.Series
    ) -> tuple[Usual, Bools, Floats] | None:
        values = table[rule.over].astype(float)
        known = values.notna().any(axis=1).to_numpy()
        if known.sum() < 2 * len(rule.over):
            return None
        middle, spread = _groups(values, groups if rule.against == "peers" else None)
        found = cls(rule, middle, spread, _detector(rule), np.empty(0))
        matrix = found._matrix(values[known], groups[known])
        found.detector.fit(matrix[:: max(1, -(-len(matrix) // SAMPLE))])
        raw = found._raw(matrix)
        return replace(found, scores=np.sort(raw)), known, raw

    def told(self, table: pd.DataFrame, groups: pd.Series) -> Floats:
        """Return per row the share of everybody that is less unusual; NaN where every indicator is null."""
        values = table[self.rule.over].astype(float)
        known = values.notna().any(axis=1).to_numpy()
        if not known.any():
            return np.full(len(table), np.nan)
        return self._shares(known, self._raw(self._matrix(values[known], groups[known])))

    def _shares(self, known: Bools, raw: Floats) -> Floats:
        """Return the place of each raw score of the rows ``known`` among all, NaN in the other rows."""
        result = np.full(len(known), np.nan)
        sides = [np.searchsorted(self.scores, raw, side) for side in ("left", "right")]
        result[known] = (sides[0] + sides[1]) / 2 / len(self.scores)
        return result

    def _matrix(self, values: pd.DataFrame, groups: pd.Series) -> Floats:
        """Return each value from its group's middle in the group's spread; a group never seen is measured by all."""
        own = groups if self.rule.against == "peers" else pd.Series(ALL, index=values.index)
        own = own.where(own.isin(self.middle.index), ALL).to_numpy()
        middle, spread = (t.reindex(own).to_numpy() for t in (self.middle, self.spread))
        told = np.clip((values.to_numpy() - middle) / spread, -LIMIT, LIMIT)
        if not self.rule.weights:
            told = np.nan_to_num(told)
        result: Floats = np.ascontiguousarray(told, np.float64)
        return result

    def _raw(self, matrix: Floats) -> Floats:
        return np.asarray(self.detector.decision_function(matrix), np.float64)


def anomalies(usual: Iterable[Usual], table: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Return one column ``anomaly_NAME`` a rule, in the order and with the index of ``table``."""
    columns = {f"anomaly_{one.rule.anomaly}": one.told(table, groups) for one in usual}
    return pd.DataFrame(columns, index=table.index)


def _groups(values: pd.DataFrame, groups: pd.Series | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return median and robust spread (IQR / 1.349) of every group and of all; that of all instead of none."""
    quantiles = [values.quantile(q).rename(ALL).to_frame().T for q in (0.25, 0.5, 0.75)]
    if groups is not None:
        grouped = values.groupby(groups.to_numpy())
        within = grouped.quantile([0.25, 0.5, 0.75])
        quantiles = [
            pd.concat([within.xs(q, level=-1), whole])
            for q, whole in zip((0.25, 0.5, 0.75), quantiles, strict=True)
        ]
    low, middle, high = quantiles
    spread = (high - low) / 1.349
    whole = spread.loc[ALL].where(spread.loc[ALL] > 1e-9, 1.0)
    return middle, spread.where(spread > 1e-9, whole, axis=1)


def _detector(rule: Anomaly) -> Any:
    """Return the detector of a rule; PyOD is imported here because that takes a second."""
    name = rule.detector
    if name == "stouffer":
        return Stouffer([rule.weights[indicator] for indicator in rule.over])
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
