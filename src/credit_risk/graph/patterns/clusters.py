"""Shell clusters: enterprises founded together that share several of address, telephone, agent and person.

Sharing one thing is ordinary (an incubator's address, a family's telephone); two or more of them, by enterprises that
came into being together, is not. A group of a common owner grows over years and so falls away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from credit_risk.book.networks import Pattern
from credit_risk.graph.patterns.finding import Edge, Finding, Reading, told
from credit_risk.graph.ties import club_pairs

__all__ = ["clusters", "members_of", "shared_pairs", "shared_rows"]


def clusters(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return groups of at least ``least_members`` that hang together by pairs sharing ``at_least`` kinds."""
    assert pattern.founded is not None
    ties = members_of(read, pattern.relations)
    founded = read.first_facts([pattern.founded])
    pairs = shared_pairs(ties, pattern.at_least)
    if pairs.empty or founded.empty:
        return []
    one, other = (pairs[c].map(founded["day"]) for c in ("left", "right"))
    together = (one - other).abs() <= pd.Timedelta(days=30.5 * pattern.months)
    pairs = pairs[together.fillna(False)]
    codes, names = pd.factorize(pd.concat([pairs["left"], pairs["right"]]), sort=True)
    n, half = len(names), len(pairs)
    if not n:
        return []
    matrix = coo_matrix((np.ones(half, np.int8), (codes[:half], codes[half:])), shape=(n, n))
    _, label = connected_components(matrix, directed=False)
    large = np.bincount(label)[label] >= pattern.least_members
    chosen = pd.DataFrame({"finding": label[large], "member": np.asarray(names, object)[large]})
    shared = shared_rows(ties, chosen)
    return [
        _finding(pattern, list(group["member"]), shared[finding], founded)
        for finding, group in chosen.groupby("finding", sort=True)
    ]


def members_of(read: Reading, kinds: Sequence[str]) -> pd.DataFrame:
    """Return the mediated relations of some kinds with ``club``, ``member`` and ``limit``; stopped clubs left out."""
    edges = read.edges(kinds)
    rules = read.graph.pool.rules.relations
    own_is_dst = edges["kind"].map({k: rules[k].dst == "enterprise" for k in kinds}).astype(bool)
    edges["member"] = edges["dst"].where(own_is_dst, edges["src"])
    edges["club"] = edges["src"].where(own_is_dst, edges["dst"])
    edges["limit"] = edges["kind"].map({k: rules[k].hub_limit for k in kinds})
    return edges[~edges["club"].isin(read.stopped)].reset_index(drop=True)


def shared_pairs(ties: pd.DataFrame, at_least: int) -> pd.DataFrame:
    """Return ``left`` < ``right`` and ``kinds``: pairs of members that share clubs of at least so many kinds.

    One person in two offices of the same pair counts once: kinds are those of the club, not of the relation.
    """
    parts = []
    members, names = pd.factorize(ties["member"], sort=True)
    for _, rows in ties.assign(code=members).groupby("kind", sort=True):
        clubs, _ = pd.factorize(rows["club"], sort=True)
        left, right, _ = club_pairs(
            clubs.astype(np.int64), rows["code"].to_numpy(np.int64), int(rows["limit"].iloc[0])
        )
        up = left < right
        parts.append(np.unique(left[up] * len(names) + right[up]))
    every = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    both, kinds = np.unique(every, return_counts=True)
    both, kinds = both[kinds >= at_least], kinds[kinds >= at_least]
    ids = np.asarray(names, object)
    return pd.DataFrame({
        "left": ids[both // max(len(names), 1)], "right": ids[both % max(len(names), 1)], "kinds": kinds,
    })  # fmt: skip


def shared_rows(ties: pd.DataFrame, chosen: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """Return for each ``finding`` of ``chosen`` (finding, member) the relations to clubs that two of its members share.

    In the order of kind, club, member and record.
    """
    rows = ties.merge(chosen, on="member")
    key = ["finding", "kind", "club"]
    rows = rows[rows.groupby(key)["member"].transform("nunique") > 1]
    rows = rows.sort_values([*key, "member", "record_id"])
    return {int(finding): group for finding, group in rows.groupby("finding", sort=True)}


def _finding(pattern: Pattern, members: list[str], rows: pd.DataFrame, founded: pd.DataFrame) -> Finding:
    edges: list[Edge] = [told(row) for row in rows.itertuples()]
    born = founded.loc[members]
    return Finding(
        pattern.pattern, members, edges, born["day"].min().date(), born["day"].max().date(),
        float(len(members) * rows["kind"].nunique()), sorted(set(rows["club"])), sorted(born["record_id"]),
    )  # fmt: skip
