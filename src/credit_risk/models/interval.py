"""The interval of a PD: two probabilities between which the data leave it open (Venn-Abers).

For a row that scores s, isotonic regression is fitted once with the row added as good and once as bad; the two values
at s are ``low`` and ``high`` (Vovk, Petej and Fedorova 2015). One of the two is calibrated whatever the learner does.
The interval is wide where few rows of the training part score like s. It says how far the *calibration* is open: it is
no bound on what happens next year, and knows nothing of a world that changes.

Computed by the library ``venn-abers`` on out-of-fold scores, kept as the steps of two functions.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

with np.errstate():  # the library sets NumPy's error state for the whole process when it is imported
    from venn_abers import calc_p0p1

__all__ = ["PdInterval", "fit_interval"]

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PdInterval:
    """Two step functions of the raw log-odds; ``low`` steps at its knots, ``high`` just above its own.

    ``kept`` draws the log-odds of both together and ``shift`` moves them, as the calibrator was.
    """

    low_at: tuple[float, ...]
    low: tuple[float, ...]
    high_at: tuple[float, ...]
    high: tuple[float, ...]
    shift: float = 0.0
    kept: float = 1.0

    def around(self, raw: Vector, pd: Vector) -> tuple[Vector, Vector]:
        """Return the bounds of each PD, shapes as given, widened where needed to hold ``pd`` itself."""
        low = np.array(self.low)[np.searchsorted(np.array(self.low_at), raw, side="right")]
        high = np.array(self.high)[np.searchsorted(np.array(self.high_at), raw, side="left")]
        return np.minimum(self._moved(low), pd), np.maximum(self._moved(high), pd)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "low_at": self.low_at,
            "low": self.low,
            "high_at": self.high_at,
            "high": self.high,
            "shift": self.shift,
            "kept": self.kept,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> PdInterval:
        """Read what ``to_json`` wrote."""
        steps = {k: tuple(stored[k]) for k in ("low_at", "low", "high_at", "high")}
        return cls(**steps, shift=stored["shift"], kept=stored.get("kept", 1.0))

    def _moved(self, pd: Vector) -> Vector:
        """Return PDs with their log-odds drawn together and moved; 0 and 1 stay."""
        with np.errstate(divide="ignore"):
            log_odds = self.kept * (np.log(pd) - np.log1p(-pd))
            return np.asarray(1.0 / (1.0 + np.exp(-(log_odds + self.shift))))


def fit_interval(
    raw: Vector, labels: npt.NDArray[np.int64], shift: float = 0.0, kept: float = 1.0
) -> PdInterval:
    """Fit on out-of-fold log-odds, shape (rows,), and labels; rows with equal log-odds count as one place."""
    columns = np.column_stack([-raw, raw])  # the library reads the second column; only its order counts
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", RuntimeWarning
        )  # the library divides by zero on its way, and heeds it
        p0, p1, places = calc_p0p1(columns, labels.astype(np.float64))
    low_at, low = _steps(places, p0[:, 1])
    high_at, high = _steps(places, p1[:, 1])
    return PdInterval(low_at, low, high_at, high, shift, kept)


def _steps(places: Vector, values: Vector) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return where a function changes and its values, one more value than places."""
    values = np.clip(values, 0.0, 1.0)
    changes = np.flatnonzero(values[1:] != values[:-1])
    kept = values[np.concatenate([[0], changes + 1])]
    return tuple(map(float, places[changes])), tuple(map(float, kept))
