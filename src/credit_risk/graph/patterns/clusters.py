"""Shell clusters: enterprises founded together that share several of address, telephone, agent and person.

Sharing one thing is ordinary (an incubator's address, a family's telephone); two or more of them, by enterprises that
came into being together, is not. A group of a common owner grows over years and so falls away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from credit_risk.book.networks import Pattern
from credit_risk.graph.patterns.finding import Edge, Finding, Reading, edges_told
from credit_risk.graph.ties import club_pairs

__all__ = ["Founded", "clusters", "founded_of", "members_of", "shared_pairs", "shared_rows"]

Founded = dict[str, tuple[date, str]]


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
    theirs = members_of(read, pattern.relations, chosen["member"])
    shared, born = shared_rows(theirs, chosen), founded_of(founded, chosen["member"])
    groups = chosen.groupby("finding", sort=True)["member"].agg(list)
    return [_finding(pattern, members, shared[finding], born) for finding, members in groups.items()]


def founded_of(founded: pd.DataFrame, members: pd.Series) -> Founded:
    """Return the day and the record of the founding of each of ``members``."""
    rows = founded.loc[members.unique()]
    return dict(zip(rows.index, zip(rows["day"].dt.date, rows["record_id"], strict=True), strict=True))


def members_of(read: Reading, kinds: Sequence[str], whose: pd.Series | None = None) -> pd.DataFrame:
    """Return ``kind``, ``club``, ``member`` and ``limit`` of mediated relations; stopped clubs left out.

    With ``whose`` only theirs, and the columns of the relations too: few need them, and they are long.
    """
    rules, parts = read.graph.pool.rules.relations, []
    theirs = None if whose is None else pa.array(whose.unique(), pa.string())
    for kind in kinds:
        member, club = ("dst", "src") if rules[kind].dst == "enterprise" else ("src", "dst")
        table = read.table(kind)
        if theirs is None:
            edges = table.select([member, club]).to_pandas()
        else:
            edges = table.filter(pc.is_in(table[member], theirs)).to_pandas()
        if read.stopped:
            edges = edges[~edges[club].isin(read.stopped)]
        named = edges.assign(kind=kind, member=edges[member], club=edges[club], limit=rules[kind].hub_limit)
        parts.append(named[["kind", "member", "club", "limit"]] if theirs is None else named)
    return pd.concat(parts, ignore_index=True)


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


class Shared(NamedTuple):
    """What members share: the relations to their clubs in order of kind, club, member and record, and the clubs."""

    edges: list[Edge]
    clubs: list[str]
    kinds: int


def shared_rows(ties: pd.DataFrame, chosen: pd.DataFrame) -> dict[int, Shared]:
    """Return for each ``finding`` of ``chosen`` (finding, member) what two of its members share."""
    rows = ties.merge(chosen, on="member")
    key = ["finding", "kind", "club"]
    rows = rows[rows.groupby(key)["member"].transform("nunique") > 1]
    rows = rows.sort_values([*key, "member", "record_id"])
    edges, clubs, kinds = edges_told(rows), rows["club"].tolist(), rows["kind"].tolist()
    findings, starts = np.unique(rows["finding"].to_numpy(np.int64), return_index=True)
    return {
        int(finding): Shared(edges[start:end], sorted(set(clubs[start:end])), len(set(kinds[start:end])))
        for finding, start, end in zip(findings, starts, np.append(starts, len(rows))[1:], strict=True)
    }


def _finding(pattern: Pattern, members: list[str], shared: Shared, founded: Founded) -> Finding:
    born = [founded[member] for member in members]
    days = [day for day, _ in born]
    return Finding(
        pattern.pattern, members, shared.edges, min(days), max(days), float(len(members) * shared.kinds),
        shared.clubs, sorted(record_id for _, record_id in born),
    )  # fmt: skip
