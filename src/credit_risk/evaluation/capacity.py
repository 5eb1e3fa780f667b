"""What a ranking is worth when only so many can be looked at, at each as-of date.

``precision_at_5``  share of those in the top 5 % of their as-of date that turned bad
``caught_at_5``     share of onsets (first bad observation of an enterprise after a good one, or its first) that were in
                    the top 5 % then or at one of the six months before
``lead_at_5``       median months from the first such listing to the onset, of the onsets caught
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.evaluation.bootstrap import Interval

__all__ = ["listed", "onsets", "within_capacity"]

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
LOOK_BACK = 6


def within_capacity(
    rows: pd.DataFrame, pds: Vector, shares: Sequence[float], draws: int, seed: int = 0
) -> dict[str, Interval]:
    """Return the figures for every share, with 95 % intervals by a bootstrap over enterprises.

    Parameters
    ----------
    rows
        ``subject``, ``as_of`` and ``label``.
    pds
        What they are ranked by. Of a tie at the edge of the list those first by name are taken.

    """
    found: dict[str, Interval] = {}
    codes, subjects = pd.factorize(rows["subject"], sort=True)
    times = np.random.default_rng(seed).multinomial(
        len(subjects), np.full(len(subjects), 1 / len(subjects)), size=draws
    )
    label = rows["label"].to_numpy(np.float64)
    for share in shares:
        chosen, name = listed(rows, pds, share), f"{share * 100:g}"
        found[f"precision_at_{name}"] = _share(label[chosen], codes[chosen], times)
        starts = onsets(rows, chosen)
        owner = pd.Index(subjects).get_indexer(starts["subject"])
        caught = starts["lead"].notna().to_numpy()
        found[f"caught_at_{name}"] = _share(caught.astype(float), owner, times)
        found[f"lead_at_{name}"] = _median(starts["lead"].to_numpy(np.float64)[caught], owner[caught], times)
    return found


def listed(rows: pd.DataFrame, pds: Vector, share: float) -> Flags:
    """Tell which rows are among the highest ``share`` of their as-of date (rounded up)."""
    ranked = pd.DataFrame({"t": rows["as_of"].to_numpy(), "pd": -pds, "who": rows["subject"].to_numpy()})
    place = ranked.sort_values(["t", "pd", "who"]).groupby("t").cumcount().sort_index()
    most = ranked.groupby("t")["pd"].transform("size").map(lambda n: ceil(n * share))
    return np.asarray(place < most, dtype=bool)


def onsets(rows: pd.DataFrame, chosen: Flags) -> pd.DataFrame:
    """Return ``subject``, ``month`` and ``lead`` (months; NaN when it was not listed in time) of every onset."""
    month = np.array([t.year * 12 + t.month for t in rows["as_of"]])
    table = rows[["subject", "label"]].assign(month=month, chosen=chosen).sort_values(["subject", "month"])
    before = table.groupby("subject")["label"].shift(fill_value=0)
    starts = table.loc[(table["label"] == 1) & (before == 0), ["subject", "month"]]
    hits = table.loc[table["chosen"], ["subject", "month"]].rename(columns={"month": "at"})
    both = starts.merge(hits, on="subject")
    both = both[(both["at"] <= both["month"]) & (both["at"] >= both["month"] - LOOK_BACK)]
    first = both.groupby(["subject", "month"])["at"].min().reset_index()
    first["lead"] = first["month"] - first["at"]
    return starts.merge(first[["subject", "month", "lead"]], on=["subject", "month"], how="left")


def _share(hit: Vector, owner: npt.NDArray[np.int64], times: npt.NDArray[np.int64]) -> Interval:
    if not len(hit):
        return Interval(float("nan"), float("nan"), float("nan"))
    size = times.shape[1]
    hits = times @ np.bincount(owner, weights=hit, minlength=size)
    all_ = times @ np.bincount(owner, minlength=size)
    drawn = hits[all_ > 0] / all_[all_ > 0]
    return Interval(float(hit.mean()), *map(float, np.quantile(drawn, [0.025, 0.975])))


def _median(lead: Vector, owner: npt.NDArray[np.int64], times: npt.NDArray[np.int64]) -> Interval:
    if not len(lead):
        return Interval(float("nan"), float("nan"), float("nan"))
    drawn = [np.median(np.repeat(lead, n)) for n in times[:, owner] if n.any()]
    return Interval(float(np.median(lead)), *map(float, np.quantile(drawn, [0.025, 0.975])))
