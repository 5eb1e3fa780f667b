"""Dependence on few: how much of what an enterprise buys or sells hangs on one partner, and on whom many hang."""

from __future__ import annotations

import pandas as pd

__all__ = ["dependence", "herfindahl", "key_nodes"]

SINGLE_SOURCE = 0.5


def dependence(edges: pd.DataFrame, of: str = "dst") -> pd.DataFrame:
    """Return how each enterprise depends on its partners.

    Parameters
    ----------
    edges
        Relations with ``src``, ``dst`` and ``weight`` (an amount or share; null counts as 1).
    of
        Whose dependence: ``dst`` on its sources (a buyer on suppliers), ``src`` on its destinations.

    Returns
    -------
    DataFrame
        ``subject``, ``partners``, ``herfindahl`` (sum of squared shares, 1: one partner), ``largest`` (share), ``on``
        (who that is; ties by code) and ``single_source`` (largest at least half), the most dependent first.

    """
    own, other = (of, "src" if of == "dst" else "dst")
    flows = edges.assign(weight=edges["weight"].astype(float).fillna(1.0))
    flows = flows.groupby([own, other], as_index=False)["weight"].sum()
    flows = flows[flows["weight"] > 0].sort_values([own, "weight", other], ascending=[True, False, True])
    flows["share"] = flows["weight"] / flows.groupby(own)["weight"].transform("sum")
    flows["square"] = flows["share"] ** 2
    grouped = flows.groupby(own)
    found = grouped.agg(partners=(other, "size"), herfindahl=("square", "sum")).reset_index()
    top = grouped.head(1).set_index(own)
    found["largest"] = found[own].map(top["share"])
    found["on"] = found[own].map(top[other])
    found["single_source"] = found["largest"] >= SINGLE_SOURCE
    found = found.rename(columns={own: "subject"})
    return found.sort_values(["herfindahl", "subject"], ascending=[False, True], ignore_index=True)


def key_nodes(edges: pd.DataFrame, of: str = "dst") -> pd.DataFrame:
    """Return on whom others depend as a single source: ``node``, ``dependents``, ``share_sum``, the heaviest first."""
    single = dependence(edges, of)
    single = single[single["single_source"]]
    found = (
        single.groupby("on").agg(dependents=("subject", "size"), share_sum=("largest", "sum")).reset_index()
    )
    found = found.rename(columns={"on": "node"})
    return found.sort_values(["share_sum", "node"], ascending=[False, True], ignore_index=True)


def herfindahl(amounts: pd.Series, groups: pd.Series) -> float:
    """Return how concentrated amounts are: 1 where one group has all, 1/k where k share alike; NaN of nothing."""
    sums = amounts.astype(float).groupby(groups.to_numpy()).sum()
    total = sums.sum()
    return float(((sums / total) ** 2).sum()) if total > 0 else float("nan")
