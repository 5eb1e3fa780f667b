"""Calibration: from a learner's log-odds to a probability. A step of its own; the order of ranks is kept.

``logistic`` is Platt scaling (Platt 1999) with slope above zero, so ties and order survive exactly.
``isotonic`` is pool-adjacent-violators (Zadrozny and Elkan 2002): it never reverses two enterprises but may tie them.
Rows that score alike get the same PD under both. The level may then be anchored once, by moving all log-odds alike:
to the world's rate where the sample is enriched (King and Zeng 2001, prior correction), to a stated rate over the cycle
(the mean PD of the training sample becomes that rate), or to what few events allow (Pluto and Tasche 2005).

``kept`` below 1 draws the log-odds together before that, for a learner whose ranks are worth less out of time than out
of fold (``models/ahead.py``); the mean PD stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from credit_risk.book.recipe import Calibration
from credit_risk.errors import CheckFailed
from credit_risk.models.low_default import upper_rate

__all__ = ["Calibrator", "fit_calibrator", "log_odds", "newest_rows", "platt_slope"]

Vector = npt.NDArray[np.float64]
FLOOR = 1e-6


def log_odds(pd: Vector) -> Vector:
    """Return ln(p / (1 - p)), p kept within [1e-6, 1 - 1e-6]."""
    p = np.clip(pd, FLOOR, 1 - FLOOR)
    return np.asarray(np.log(p) - np.log1p(-p))


@dataclass(frozen=True)
class Calibrator:
    """Knots of a non-decreasing function from raw log-odds to calibrated log-odds.

    ``logistic`` has two knots and goes on linearly beyond them; ``isotonic`` interpolates and is flat outside.
    ``kept`` says by what the log-odds were multiplied, ``shift`` by how much they were then moved, so that the mean
    stays and the level is where it is anchored; both are in the knots already.
    """

    kind: str
    raw: tuple[float, ...]
    calibrated: tuple[float, ...]
    shift: float = 0.0
    kept: float = 1.0

    def calibrated_log_odds(self, raw: Vector) -> Vector:
        """Return calibrated log-odds, shape as given."""
        if self.kind == "logistic":
            (x0, x1), (y0, y1) = self.raw, self.calibrated
            return np.asarray(y0 + (raw - x0) * ((y1 - y0) / (x1 - x0)))
        return np.asarray(np.interp(raw, self.raw, self.calibrated))

    def pd(self, raw: Vector) -> Vector:
        """Return the calibrated probability, within (0, 1)."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.calibrated_log_odds(raw))))

    def slope(self) -> float:
        """Return the slope of a logistic calibrator; 1 for another kind."""
        if self.kind != "logistic":
            return 1.0
        return (self.calibrated[1] - self.calibrated[0]) / (self.raw[1] - self.raw[0])

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "kind": self.kind,
            "raw": list(self.raw),
            "calibrated": list(self.calibrated),
            "shift": self.shift,
            "kept": self.kept,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Calibrator:
        """Read what ``to_json`` wrote."""
        knots = tuple(stored["raw"]), tuple(stored["calibrated"])
        return cls(stored["kind"], *knots, stored.get("shift", 0.0), stored.get("kept", 1.0))


def fit_calibrator(
    rule: Calibration, raw: Vector, labels: npt.NDArray[np.int64], kept: float = 1.0
) -> Calibrator:
    """Fit on out-of-fold log-odds and their labels.

    Parameters
    ----------
    kept
        What the log-odds are worth out of time, as a part of what they are worth out of fold.

    Raises
    ------
    CheckFailed
        The slope is not above zero: out of fold, the model ranks no better than chance.

    """
    fitted = _isotonic(raw, labels) if rule.kind == "isotonic" else _logistic(raw, labels)
    if kept != 1.0:
        fitted = _drawn_together(fitted, kept, raw)
    return _moved(fitted, _anchor(rule, fitted, raw, labels))


def platt_slope(raw: Vector, labels: npt.NDArray[np.int64], where: str = "out of fold") -> float:
    """Return what one unit of log-odds is worth by Platt scaling; raises CheckFailed where it is not above zero."""
    return _logistic(raw, labels, where).slope()


def newest_rows(as_of: pd.Series, months: int | None) -> npt.NDArray[np.bool_]:
    """Tell which rows are of the ``months`` that end with the last as-of date; None takes all."""
    if months is None:
        return np.ones(len(as_of), bool)
    days = pd.to_datetime(as_of)
    return np.asarray(days > days.max() - pd.DateOffset(months=months))


def _isotonic(raw: Vector, labels: npt.NDArray[np.int64]) -> Calibrator:
    fitted = IsotonicRegression(out_of_bounds="clip").fit(raw, labels)
    knots = log_odds(np.asarray(fitted.y_thresholds_, dtype=np.float64))
    return Calibrator("isotonic", tuple(map(float, fitted.X_thresholds_)), tuple(map(float, knots)))


def _logistic(raw: Vector, labels: npt.NDArray[np.int64], where: str = "out of fold") -> Calibrator:
    line = LogisticRegression(C=1e6, max_iter=1000).fit(raw.reshape(-1, 1), labels)
    slope, intercept = float(line.coef_[0, 0]), float(line.intercept_[0])
    if slope <= 0:
        raise CheckFailed(
            f"calibration: {where} the model ranks no better than chance (slope {slope:.3g})",
            hint="compare the indicators of the recipe with its outcome",
        )
    return Calibrator("logistic", (-1.0, 1.0), (intercept - slope, intercept + slope))


def _anchor(rule: Calibration, fitted: Calibrator, raw: Vector, labels: npt.NDArray[np.int64]) -> float:
    """Return by how much the log-odds are to be moved."""
    if rule.population_rate is not None:
        return _logit(rule.population_rate) - _logit(float(labels.mean()))
    wanted = rule.long_run_rate
    if rule.low_default is not None:
        wanted = upper_rate(int(labels.sum()), len(labels), rule.low_default)
    if wanted is None:
        return 0.0
    return _shift_to(wanted, fitted.calibrated_log_odds(raw))


def _drawn_together(fitted: Calibrator, kept: float, raw: Vector) -> Calibrator:
    """Return the log-odds times ``kept``, moved so that the mean PD stays."""
    mean = float(fitted.pd(raw).mean())
    narrow = replace(fitted, calibrated=tuple(kept * c for c in fitted.calibrated), kept=kept)
    return _moved(narrow, _shift_to(mean, narrow.calibrated_log_odds(raw)))


def _shift_to(wanted: float, log_odds: Vector) -> float:
    """Return by how much log-odds are to be moved for the mean PD to be ``wanted``."""
    return float(brentq(lambda move: float(expit(log_odds + move).mean()) - wanted, -20.0, 20.0, xtol=1e-12))


def _moved(fitted: Calibrator, shift: float) -> Calibrator:
    moved = tuple(c + shift for c in fitted.calibrated)
    return replace(fitted, calibrated=moved, shift=fitted.shift + shift)


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
