"""What can be expected of a month without labels, if the PDs are right; and what that cannot see.

If every PD is right, the expected bad rate is their mean and the expected ROC AUC follows from them (confidence-based
estimation). It moves when *who* is scored changes, never when *what a given enterprise does* changes: with concept
drift it goes on saying what the model believes. So it is always told with its error on the last matured month, and its
caveat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["CAVEAT", "LabelFree", "expected_auc", "label_free"]

CAVEAT = {
    "zh": "无标签估计假定违约概率仍然正确，看不见概念漂移（同样的企业行为变了）；以到期标签为准。",
    "en": "Label-free estimates take the PDs as right: they cannot see concept drift (the same enterprises behaving "
    "otherwise). Matured labels decide.",
}


@dataclass(frozen=True)
class LabelFree:
    """Expected AUC and bad rate of a month; the errors are estimate minus truth when last known."""

    auc: float
    bad_rate: float
    auc_error: float | None
    rate_error: float | None


def label_free(
    pds: npt.NDArray[np.float64],
    last_pds: npt.NDArray[np.float64] | None = None,
    last_auc: float | None = None,
    last_rate: float | None = None,
) -> LabelFree:
    """Return the estimate for ``pds``, with its error on the last matured month where that is known."""
    error_auc = expected_auc(last_pds) - last_auc if last_pds is not None and last_auc is not None else None
    error_rate = (
        float(last_pds.mean()) - last_rate if last_pds is not None and last_rate is not None else None
    )
    return LabelFree(expected_auc(pds), float(pds.mean()), error_auc, error_rate)


def expected_auc(pds: npt.NDArray[np.float64]) -> float:
    """Return the ROC AUC that PDs give themselves: each row bad with weight p and good with weight 1 - p.

    It is the ratio of expectations, ties counted half; NaN where all rows are certain of one class.
    """
    order = np.argsort(pds, kind="stable")
    p = pds[order]
    _, first, counts = np.unique(p, return_index=True, return_counts=True)
    bad = np.add.reduceat(p, first)
    good = counts - bad
    below = np.concatenate([[0.0], np.cumsum(good)[:-1]])
    pairs = p.sum() * (1 - p).sum()
    return float((bad * (below + good / 2)).sum() / pairs) if pairs > 0 else float("nan")
