"""Ratings into one class by the book's stated rule; how far raters agree; which enterprises need a look.

The weighted median of the valid ratings, the worse one on a tie, but never more than ``notches`` classes better than
the worst rating by an authority. A median of votes does not depend on their order, and a better vote never gives a
worse class; neither does a bound that follows the worst authority.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import cohen_kappa_score, confusion_matrix

from credit_risk.book import Rules
from credit_risk.book.policy import CLASSES, Fusion

__all__ = ["Agreement", "Vote", "agreement", "conflicts", "fuse", "votes_of"]

LEAST_IN_COMMON = 30


@dataclass(frozen=True, slots=True)
class Vote:
    """One rating on the public scale: ``rank`` 0 is A, 3 is D."""

    rater: str
    rank: int
    weight: int = 1
    authority: bool = False


def votes_of(rules: Rules, ratings: Iterable[tuple[str, str, str]]) -> list[Vote]:
    """Return votes from (rater, crosswalk, public class)."""
    walks = rules.crosswalks
    return [
        Vote(rater, CLASSES.index(public), walks[walk].weight, walks[walk].authority)
        for rater, walk, public in ratings
    ]


def fuse(votes: Sequence[Vote], rule: Fusion) -> str | None:
    """Return the fused class, None where there is no vote."""
    if not votes:
        return None
    half = sum(v.weight for v in votes) / 2
    median = next(
        rank for rank in range(len(CLASSES)) if sum(v.weight for v in votes if v.rank <= rank) > half
    )
    worst = max((v.rank for v in votes if v.authority), default=0)
    return CLASSES[max(median, worst - rule.notches)]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree on enterprises that both rated; kappas None where both say one class only."""

    one: str
    other: str
    n: int
    same: float
    within_one: float
    kappa_linear: float | None
    kappa_quadratic: float | None
    confusion: list[list[int]]


def agreement(classes: pd.DataFrame, least: int = LEAST_IN_COMMON) -> list[Agreement]:
    """Return the agreement of every two columns of ``classes`` (enterprise x rater, A to D or null).

    Weighted kappa (Cohen 1968) by scikit-learn: chance-corrected, a gap of two classes counting more than one of one.
    Pairs with fewer than ``least`` enterprises in common are left out.
    """
    found = []
    for one, other in combinations(classes.columns, 2):
        both = classes[[one, other]].dropna()
        if len(both) < least:
            continue
        a, b = (both[c].map(CLASSES.index).to_numpy(int) for c in (one, other))
        found.append(
            Agreement(
                str(one), str(other), len(both), float(np.mean(a == b)), float(np.mean(np.abs(a - b) <= 1)),
                _kappa(a, b, "linear"), _kappa(a, b, "quadratic"),
                confusion_matrix(a, b, labels=range(len(CLASSES))).tolist(),
            )
        )  # fmt: skip
    return found


def _kappa(a: np.ndarray, b: np.ndarray, weights: str) -> float | None:
    if len(np.union1d(a, b)) == 1:
        return None
    return float(cohen_kappa_score(a, b, labels=list(range(len(CLASSES))), weights=weights))


def conflicts(ratings: pd.DataFrame, gap: int) -> pd.DataFrame:
    """Return enterprises whose valid ratings lie ``gap`` classes or more apart, the widest first.

    Columns: ``subject``, ``gap``, ``best`` and ``worst`` (the raters' words). Ratings that no crosswalk could read come
    after them with gap null: they need a person, too.
    """
    valid = ratings[ratings["state"] == "valid"].copy()
    valid["rank"] = valid["public"].map(CLASSES.index).astype(int) if len(valid) else pd.Series(dtype=int)
    valid["said"] = valid["rater"] + " " + valid["word"].astype(str) + "→" + valid["public"].astype(str)
    rows = []
    for subject, group in valid.groupby("subject", sort=True):
        width = int(group["rank"].max() - group["rank"].min())
        if width >= gap:
            best, worst = (
                group[group["rank"] == edge]["said"] for edge in (group["rank"].min(), group["rank"].max())
            )
            rows.append(
                {"subject": subject, "gap": width, "best": ", ".join(best), "worst": ", ".join(worst)}
            )
    rows.sort(key=lambda row: (-row["gap"], row["subject"]))
    for row in ratings[ratings["state"] == "not_in_crosswalk"].itertuples():
        said = f"{row.rater} {row.word} ({row.rated_on}) not in the crosswalk of that day"
        rows.append({"subject": row.subject, "gap": None, "best": "", "worst": said})
    return pd.DataFrame(rows, columns=["subject", "gap", "best", "worst"])
