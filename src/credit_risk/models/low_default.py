"""PDs of portfolios in which hardly anything ever goes bad: the most prudent estimate of Pluto and Tasche (2005).

The grades are only assumed to be in order. The PD of a grade is then at most what the grade *and all worse ones*
together allow: the rate at which as few events as were seen, or fewer, still had the chance 1 - ``confidence``.
Defaults are taken as independent, which is the mildest case; correlated years need a higher ``confidence``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from credit_risk.errors import InputError

__all__ = ["most_prudent", "upper_rate"]


def upper_rate(bad: int, rows: int, confidence: float) -> float:
    """Return the upper bound of a rate of which ``bad`` in ``rows`` tell (Clopper and Pearson 1934, one-sided)."""
    if not 0 <= bad <= rows or rows < 1 or not 0 < confidence < 1:
        raise InputError(
            f"expected 0 <= bad <= rows and 0 < confidence < 1, came {bad}, {rows}, {confidence}"
        )
    return 1.0 if bad == rows else float(beta.ppf(confidence, bad + 1, rows - bad))


def most_prudent(
    bad: npt.ArrayLike, rows: npt.ArrayLike, confidence: float = 0.75
) -> npt.NDArray[np.float64]:
    """Return the most prudent PD of each grade, never decreasing.

    Parameters
    ----------
    bad, rows
        Events and observations of each grade, shape (grades,), best grade first.
    confidence
        0.5 to 0.75 is usual for the level of a portfolio, 0.9 and more for a bound.

    """
    worse_bad = np.cumsum(np.asarray(bad)[::-1])[::-1]
    worse_rows = np.cumsum(np.asarray(rows)[::-1])[::-1]
    bounds = [upper_rate(int(b), int(n), confidence) for b, n in zip(worse_bad, worse_rows, strict=True)]
    return np.maximum.accumulate(np.array(bounds))
