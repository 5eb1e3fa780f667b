"""The master scale: PD to points and to grades.

Points are the log-odds on a line: 600 points at odds of 30 to 1 for good, 40 points double the odds, more is better.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from credit_risk.book.schema import GradeBand
from credit_risk.errors import InputError

__all__ = ["MasterScale"]

Vector = npt.NDArray[np.float64]
ANCHOR, ODDS, DOUBLES = 600.0, 30.0, 40.0
FACTOR = DOUBLES / math.log(2)


@dataclass(frozen=True)
class MasterScale:
    """Grades from best to worst; a grade holds PDs up to and including its ``pd_max``."""

    grades: tuple[str, ...]
    pd_max: tuple[float, ...]
    public: tuple[str, ...]

    @classmethod
    def of(cls, bands: Sequence[GradeBand]) -> MasterScale:
        """Make a scale from the book's bands; raises InputError unless they rise to 1."""
        limits = [b.pd_max for b in bands]
        if limits != sorted(set(limits)) or not limits or limits[-1] != 1.0:
            raise InputError(f"grades: expected pd_max rising to 1.0, came {limits}")
        publics = [b.public for b in bands]
        if publics != sorted(publics):
            raise InputError(f"grades: expected public classes never better again, came {publics}")
        return cls(tuple(b.grade for b in bands), tuple(limits), tuple(publics))

    def points(self, calibrated_log_odds: Vector) -> Vector:
        """Return points, shape as given; linear in the log-odds of going bad."""
        return np.asarray(ANCHOR - FACTOR * (calibrated_log_odds + math.log(ODDS)))

    def rank(self, pd: Vector) -> npt.NDArray[np.int64]:
        """Return the index of each PD's grade, 0 best."""
        return np.searchsorted(np.array(self.pd_max), pd, side="left").astype(np.int64)

    def grade(self, pd: Vector) -> npt.NDArray[np.object_]:
        """Return each PD's grade."""
        return np.array(self.grades, dtype=object)[self.rank(pd)]

    def public_class(self, pd: Vector) -> npt.NDArray[np.object_]:
        """Return each PD's public class A to D."""
        return np.array(self.public, dtype=object)[self.rank(pd)]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {"grades": self.grades, "pd_max": self.pd_max, "public": self.public}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> MasterScale:
        """Read what ``to_json`` wrote."""
        return cls(tuple(stored["grades"]), tuple(stored["pd_max"]), tuple(stored["public"]))
