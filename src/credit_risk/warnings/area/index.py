"""Risk indices of areas and sectors, with shrinkage for small ones and control limits for what is no noise.

index     100 x shrunken mean PD of the group / mean PD of all
shrunken  (n x mean + k x mean of all) / (n + k), with k = variance within / variance between groups (Bühlmann 1967)
limits    100 +- 3 standard errors of a group of that size, were it like all the others
"""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["risk_index"]

SIGMAS = 3.0
MOST_SHRINKAGE = 1e6


def risk_index(scores: pd.DataFrame, groups: pd.Series, before: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row a group, the highest index first.

    Parameters
    ----------
    scores
        ``subject`` and ``pd``; rows with a null PD are left out.
    groups
        Group of each row of ``scores`` (an industry, a zone), nulls are a group of their own.
    before
        What this function returned for an earlier snapshot, for ``change``.

    Returns
    -------
    DataFrame
        ``group``, ``enterprises``, ``mean_pd``, ``index``, ``low``, ``high`` (control limits of the index), ``state``
        (``above``, ``within``, ``below``), ``expected_events`` (sum of PDs) and ``change`` of the index (NaN without an
        earlier one).

    """
    known = pd.DataFrame(
        {"group": groups.astype("string").fillna("-").to_numpy(), "pd": scores["pd"].to_numpy(float)}
    )
    known = known.dropna(subset=["pd"])
    columns = [
        "group",
        "enterprises",
        "mean_pd",
        "index",
        "low",
        "high",
        "state",
        "expected_events",
        "change",
    ]
    if known.empty:
        return pd.DataFrame(columns=columns)
    overall = float(known["pd"].mean())
    found = (
        known.groupby("group")["pd"]
        .agg(enterprises="size", mean_pd="mean", expected_events="sum")
        .reset_index()
    )
    n, mean = found["enterprises"].to_numpy(float), found["mean_pd"].to_numpy(float)
    within = float(known["pd"].var(ddof=0))
    k = _shrinkage(n, mean, overall, within)
    found["index"] = 100 * (n * mean + k * overall) / (n + k) / overall
    # an index is shrunken, so are its limits: a group like all the others leaves them once in 370 times
    error = 100 * np.sqrt(within / n) / overall * n / (n + k)
    found["low"], found["high"] = 100 - SIGMAS * error, 100 + SIGMAS * error
    above, below = found["index"] > found["high"], found["index"] < found["low"]
    found["state"] = np.select([above, below], ["above", "below"], "within")
    earlier = {} if before is None else dict(zip(before["group"], before["index"], strict=True))
    found["change"] = found["index"] - found["group"].map(earlier).astype(float)
    return found.sort_values(["index", "group"], ascending=[False, True], ignore_index=True)[columns]


def _shrinkage(n: np.ndarray, mean: np.ndarray, overall: float, within: float) -> float:
    """Return k by the method of moments; very large where groups differ no more than chance would make them."""
    total = n.sum()
    spread = total - (n**2).sum() / total
    if spread <= 0:
        return MOST_SHRINKAGE
    between = ((n * (mean - overall) ** 2).sum() - (len(n) - 1) * within) / spread
    return min(within / between, MOST_SHRINKAGE) if between > 0 else MOST_SHRINKAGE
