"""How grades move between two snapshots, and whether their shares are what the zone expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from credit_risk.errors import InputError
from credit_risk.models.scale import MasterScale

__all__ = ["Migration", "migration", "off_target"]

NONE = "-"


@dataclass(frozen=True)
class Migration:
    """Numbers of enterprises by grade before (rows) and after (columns); the last of each is *no grade*."""

    grades: tuple[str, ...]
    counts: pd.DataFrame

    @property
    def both(self) -> int:
        """Enterprises that had a grade before and after."""
        return int(self._known().to_numpy().sum())

    @property
    def moved(self) -> float:
        """Share of those whose grade changed; NaN where there are none."""
        known = self._known().to_numpy()
        return float(1 - np.trace(known) / known.sum()) if known.sum() else float("nan")

    @property
    def worse(self) -> float:
        """Share of those whose grade got worse."""
        known = self._known().to_numpy()
        return float(np.triu(known, 1).sum() / known.sum()) if known.sum() else float("nan")

    def by_steps(self, least: int) -> float:
        """Return the share of those that moved by at least so many grades."""
        known = self._known().to_numpy()
        far = np.abs(np.subtract.outer(np.arange(len(known)), np.arange(len(known)))) >= least
        return float(known[far].sum() / known.sum()) if known.sum() else float("nan")

    def shares(self) -> pd.DataFrame:
        """Return each row as shares of its sum; a grade nobody had is NaN."""
        total = self.counts.sum(axis=1)
        return self.counts.div(total.where(total > 0), axis=0)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "grades": [*self.grades, NONE],
            "counts": self.counts.to_numpy().tolist(),
            "both": self.both,
            "moved": self.moved,
            "worse": self.worse,
            "two_or_more": self.by_steps(2),
        }

    def _known(self) -> pd.DataFrame:
        return self.counts.loc[list(self.grades), list(self.grades)]


def migration(
    before: pd.DataFrame, after: pd.DataFrame, grades: Sequence[str], column: str = "grade"
) -> Migration:
    """Return who moved from which grade to which.

    Parameters
    ----------
    before, after
        Score tables with ``subject`` and ``column``; null is no grade, as is standing in one table only.
    grades
        Best to worst.

    """
    for name, table in (("before", before), ("after", after)):
        if table["subject"].duplicated().any():
            raise InputError(f"migration: expected each subject once in {name}")
    both = before[["subject", column]].merge(after[["subject", column]], on="subject", how="outer")
    pairs = both[[f"{column}_x", f"{column}_y"]].astype(object)
    pairs = pairs.where(pairs.notna(), NONE)
    known = [*grades, NONE]
    strange = sorted(set(pairs.to_numpy().ravel()) - set(known))
    if strange:
        raise InputError(f"migration: grade {strange[0]!r} is none of {', '.join(grades)}")
    counts = pd.crosstab(pairs.iloc[:, 0], pairs.iloc[:, 1]).reindex(index=known, columns=known, fill_value=0)
    counts.index.name, counts.columns.name = "before", "after"
    return Migration(tuple(grades), counts)


def off_target(scale: MasterScale, grades: pd.Series) -> Mapping[str, tuple[float, tuple[float, float]]]:
    """Return the share of every grade that lies outside the span its scale expects, with that span."""
    shares = grades.dropna().value_counts(normalize=True)
    found = {}
    for grade, span in zip(scale.grades, scale.shares, strict=False):
        share = float(shares.get(grade, 0.0))
        if span and not span[0] <= share <= span[1]:
            found[grade] = (share, span)
    return found
