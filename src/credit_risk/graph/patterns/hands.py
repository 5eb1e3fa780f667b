"""People behind enterprises: nominees who front for many, and old hands who start again after a failure.

Persons stay pseudonymous. Serving many boards is no wrong: a nominee is one whose enterprises were founded close to
each other and do not belong to each other by shares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from dateutil.relativedelta import relativedelta

from credit_risk.book.networks import Pattern
from credit_risk.graph.patterns.clusters import founded_of, members_of, shared_pairs, shared_rows
from credit_risk.graph.patterns.finding import Finding, Reading, edges_told
from credit_risk.records.clock import day_of

__all__ = ["nominees", "old_hands"]

APART = 10**7  # days, more than lie between any two foundings


def nominees(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return persons with ``at_least`` enterprises or more founded within ``months``, unrelated by shares."""
    assert pattern.founded is not None
    personal = [k for k in pattern.relations if read.graph.pool.rules.relations[k].src == "person"]
    shares = [k for k in pattern.relations if k not in personal]
    ties = members_of(read, personal)
    founded = read.first_facts([pattern.founded])
    if ties.empty or founded.empty:
        return []
    ties = ties.assign(born=ties["member"].map(founded["day"])).dropna(subset="born")
    chosen = _together(ties[["club", "member", "born"]], pattern)
    chosen = _unrelated(chosen, read.edges(shares))
    chosen = chosen[chosen.groupby("club")["member"].transform("size") >= pattern.at_least]
    rows = members_of(read, personal, chosen["member"]).merge(
        chosen[["club", "member"]], on=["club", "member"]
    )
    rows = rows.sort_values(["club", "member", "kind", "record_id"])
    edges, of, own = edges_told(rows), founded_of(founded, rows["member"]), rows["member"].tolist()
    people, starts = np.unique(rows["club"].to_numpy(object), return_index=True)
    found = []
    for person, start, end in zip(people, starts, np.append(starts, len(rows))[1:], strict=True):
        members = sorted(set(own[start:end]))
        days, records = zip(*(of[member] for member in members), strict=True)
        found.append(Finding(
            pattern.pattern, members, edges[start:end], min(days), max(days), float(len(members)), [str(person)],
            sorted(records),
        ))  # fmt: skip
    return found


def _together(ties: pd.DataFrame, pattern: Pattern) -> pd.DataFrame:
    """Return of every person the largest (else earliest) set of members founded within ``months`` of each other."""
    rows = ties.drop_duplicates(["club", "member"]).sort_values(["club", "born", "member"], ignore_index=True)
    code, _ = pd.factorize(rows["club"], sort=True)
    day = (rows["born"] - pd.Timestamp(0)).dt.days.to_numpy(np.int64)
    key = code.astype(np.int64) * APART + day
    place = np.arange(len(rows))
    last = np.searchsorted(key, key + int(30.5 * pattern.months), side="right")
    size = pd.Series(last - place)
    start = size.groupby(code).idxmax().to_numpy()[code]
    return rows[(place >= start) & (place < last[start])]


def _unrelated(chosen: pd.DataFrame, owned: pd.DataFrame) -> pd.DataFrame:
    """Drop members that own, or are owned by, another one chosen beside the same person."""
    ends = owned[["src", "dst"]].drop_duplicates()
    at_src = ends.merge(chosen[["club", "member"]], left_on="src", right_on="member").drop(columns="member")
    both = at_src.merge(chosen[["club", "member"]], left_on=["club", "dst"], right_on=["club", "member"])
    related = pd.MultiIndex.from_frame(
        pd.concat([both[["club", "src"]].set_axis(["club", "member"], axis=1), both[["club", "member"]]])
    )
    return chosen[~pd.MultiIndex.from_frame(chosen[["club", "member"]]).isin(related)]


def old_hands(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return enterprises founded in the ``months`` before t that share ``at_least`` kinds with one that failed.

    The new one must be younger than the failed one and not have been founded more than ``within_days`` before the
    failure.
    """
    assert pattern.founded is not None
    ties = members_of(read, pattern.relations)
    founded = read.first_facts([pattern.founded])
    failed = read.first_facts(pattern.failed)
    with_failed = ties.loc[ties["member"].isin(failed.index), "club"]
    ties = ties[ties["club"].isin(with_failed.unique())]  # what two share, both are in: no other club matters
    pairs = shared_pairs(ties, pattern.at_least)
    if pairs.empty or founded.empty or failed.empty:
        return []
    turned = pairs.rename(columns={"left": "right", "right": "left"})
    both = pd.concat([pairs, turned], ignore_index=True).rename(columns={"left": "new", "right": "old"})
    both = both[both["old"].isin(failed.index) & both["new"].isin(founded.index)]
    both["born"], both["ended"] = both["new"].map(founded["day"]), both["old"].map(failed["day"])
    both["older"] = both["old"].map(founded["day"])
    since = pd.Timestamp(day_of(read.t) - relativedelta(months=pattern.months))
    near = both["born"] >= both["ended"] - pd.Timedelta(days=pattern.within_days)
    both = both[(both["born"] > since) & near & ~(both["older"] >= both["born"])]
    both = both.sort_values(["new", "old"], ignore_index=True)
    chosen = both.reset_index(names="finding").melt("finding", ["new", "old"], value_name="member")
    theirs = members_of(read, pattern.relations, chosen["member"])
    shared = shared_rows(theirs, chosen[["finding", "member"]])
    found = []
    for row in both.itertuples():
        both_share = shared[row.Index]
        records = [str(founded.at[row.new, "record_id"]), str(failed.at[row.old, "record_id"])]
        found.append(Finding(
            pattern.pattern, sorted([row.new, row.old]), both_share.edges, row.ended.date(), row.born.date(),
            float(row.kinds), both_share.clubs, sorted(records), [str(row.new)],
        ))  # fmt: skip
    return found
