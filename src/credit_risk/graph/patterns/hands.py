"""People behind enterprises: nominees who front for many, and old hands who start again after a failure.

Persons stay pseudonymous. Serving many boards is no wrong: a nominee is one whose enterprises were founded close to
each other and do not belong to each other by shares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from dateutil.relativedelta import relativedelta

from credit_risk.book.networks import Pattern
from credit_risk.graph.patterns.clusters import members_of, shared_pairs
from credit_risk.graph.patterns.finding import Finding, Reading, told
from credit_risk.records.clock import day_of

__all__ = ["nominees", "old_hands"]


def nominees(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return persons with ``at_least`` enterprises or more founded within ``months``, unrelated by shares."""
    assert pattern.founded is not None
    personal = [k for k in pattern.relations if read.graph.pool.rules.relations[k].src == "person"]
    shares = [k for k in pattern.relations if k not in personal]
    ties = members_of(read, personal)
    founded = read.first_facts([pattern.founded])
    if ties.empty or founded.empty:
        return []
    owned = read.edges(shares)
    related = set(zip(owned["src"], owned["dst"], strict=True))
    ties = ties.assign(born=ties["member"].map(founded["day"])).dropna(subset="born")
    counts = ties.groupby("club")["member"].nunique()
    crowded = counts[counts >= pattern.at_least].index
    found = []
    for person, rows in ties[ties["club"].isin(crowded)].groupby("club", sort=True):
        chosen = _together(rows.drop_duplicates("member").sort_values(["born", "member"]), pattern, related)
        if len(chosen) >= pattern.at_least:
            kept = rows[rows["member"].isin(chosen)].sort_values(["member", "kind", "record_id"])
            born = founded.loc[sorted(chosen)]
            found.append(Finding(
                pattern.pattern, sorted(chosen), [told(r) for r in kept.itertuples()], born["day"].min().date(),
                born["day"].max().date(), float(len(chosen)), [str(person)], sorted(born["record_id"]),
            ))  # fmt: skip
    return found


def _together(rows: pd.DataFrame, pattern: Pattern, related: set[tuple[str, str]]) -> list[str]:
    """Return the largest set of members founded within ``months``, without those that others of it own."""
    born, members = rows["born"].to_numpy(), rows["member"].to_numpy(object)
    span = np.timedelta64(int(30.5 * pattern.months), "D")
    last = np.searchsorted(born, born + span, side="right")
    start = int(np.argmax(last - np.arange(len(born))))
    chosen = [str(m) for m in members[start : last[start]]]
    return [m for m in chosen if not any((o, m) in related or (m, o) in related for o in chosen)]


def old_hands(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return enterprises founded in the ``months`` before t that share ``at_least`` kinds with one that failed.

    The new one must be younger than the failed one and not have been founded more than ``within_days`` before the
    failure.
    """
    assert pattern.founded is not None
    ties = members_of(read, pattern.relations)
    founded = read.first_facts([pattern.founded])
    failed = read.first_facts(pattern.failed)
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
    by_member = ties.groupby("member")
    found = []
    for row in both.sort_values(["new", "old"]).itertuples():
        rows = pd.concat([by_member.get_group(row.new), by_member.get_group(row.old)])
        shared = rows.groupby(["kind", "club"])["member"].transform("nunique") > 1
        rows = rows[shared].sort_values(["kind", "club", "member", "record_id"])
        records = [str(founded.at[row.new, "record_id"]), str(failed.at[row.old, "record_id"])]
        found.append(Finding(
            pattern.pattern, sorted([row.new, row.old]), [told(r) for r in rows.itertuples()], row.ended.date(),
            row.born.date(), float(row.kinds), sorted(set(rows["club"])), sorted(records), [str(row.new)],
        ))  # fmt: skip
    return found
