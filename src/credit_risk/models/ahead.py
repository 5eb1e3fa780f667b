"""What log-odds are worth one horizon ahead, as a part of what they are worth out of fold.

Out of fold, a row is scored by learners of other enterprises but of its own months. A model in force scores months that
came later, and what told good from bad may have changed by then: its ranks are worth less than the folds say, and a
calibrator fitted on the folds calls the best too good and the worst too bad. How much less can be seen inside the
training part:

    fit on rows whose horizon was over by then ─▶ score a newer as-of date          out of time: slope a
    the same rows in folds                     ─▶ score the fold that was held      out of fold: slope b
                                                                                    kept = a / b, at most 1

Both slopes are of learners of the same rows, so that a learner of fewer rows is compared with itself. Enterprises stand
on both sides of a lag, as they do when a model in force scores those that it was fitted on a year ago. Only the slope
is taken from here; the level comes from the newest rows out of fold, as close to today as labels are.

Under the clock ``received`` (``Outcome.clock``) a label tells what was received within the horizon, so a learner out of
time knows nothing that came after the date that it scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Span
from credit_risk.models.calibration import platt_slope
from credit_risk.models.tune import time_folds

__all__ = ["Ahead"]

Rows = npt.NDArray[np.int64]
Folds = list[tuple[Rows, Rows]]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ahead:
    """The (fit, score) positions to be fitted: ``ahead`` out of time, ``within`` out of fold on the same rows."""

    ahead: Folds
    within: Folds

    @classmethod
    def of(
        cls, as_of: pd.Series, labels: npt.NDArray[np.int64], horizon: Span, folds: Callable[[Rows], Folds]
    ) -> Ahead:
        """Return what to fit for each as-of date that lies one horizon after an earlier one, the last three at most.

        ``folds`` deals some rows to folds. Raises InputError where no date lies one horizon after another.
        """
        ahead = time_folds(as_of, labels, horizon, "calibration out of time")
        within = [(fit[a], fit[b]) for fit, _ in ahead for a, b in folds(fit)]
        return cls(ahead, within)

    @property
    def parts(self) -> Folds:
        """All that is to be fitted and scored, in one order."""
        return [*self.ahead, *self.within]

    def kept(self, labels: npt.NDArray[np.int64], scored: Iterable[Vector]) -> float:
        """Return the part of the slope that is left, above 0 and at most 1, from the log-odds of every part.

        Raises CheckFailed where the learner ranks no better than chance, out of time or out of fold.
        """
        later, folds = self.slopes(labels, scored)
        return min(1.0, later / folds)

    def slopes(self, labels: npt.NDArray[np.int64], scored: Iterable[Vector]) -> tuple[float, float]:
        """Return the slopes out of time and out of fold, from the log-odds of every part; raises as ``kept`` does."""
        raw = list(scored)
        early = len(self.ahead)
        later = _slope(self.ahead, labels, raw[:early], "out of time")
        return later, _slope(self.within, labels, raw[early:], "out of fold")


def _slope(folds: Folds, labels: npt.NDArray[np.int64], raw: list[Vector], where: str) -> float:
    held = np.concatenate([hold for _, hold in folds])
    return platt_slope(np.concatenate(raw), labels[held], where)
