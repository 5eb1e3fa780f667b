"""The two lists: one mirrors what departments decided, for the other candidates are proposed. Neither has an entry act.

Both are a function of facts at t, so an entry leaves the mirror in the same cycle in which its end, repair or
withdrawal is received, as it would have come.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.policy import ListRule
from credit_risk.errors import InputError, nearest
from credit_risk.policy.standing import Standing

__all__ = ["candidates", "changes", "list_rule", "mirrored"]


def list_rule(rules: Rules, name: str, day: date) -> ListRule:
    """Return a list of the book in force on a day; raises InputError when there is none."""
    if name not in rules.lists:
        raise InputError(f"no list {name!r} in this book", hint=nearest(name, rules.lists))
    rule = rules.lists[name]
    if not rule.holds(day):
        raise InputError(f"list {name} is not in force on {day}: {rule.since} to {rule.until or 'open'}")
    return rule


def mirrored(rule: ListRule, facts: pd.DataFrame) -> pd.DataFrame:
    """Return the entries of a mirrored list: one row a record, as its department decided it (``facts_at``)."""
    rows = facts[facts["fact"].isin(rule.facts)]
    return rows.drop_duplicates(["subject", "record_id"]).reset_index(drop=True)


def candidates(
    rule: ListRule, standings: Sequence[Standing], pds: dict[str, float], months: dict[str, int]
) -> list[str]:
    """Return the subjects that may be proposed, best PD first.

    Of the class and PD asked, founded long enough ago, with none of the facts that exclude and no open objection. An
    enterprise without a PD, or whose founding is unknown, is no candidate.
    """
    found = [s.subject for s in standings if _may_be(rule, s, pds, months)]
    return sorted(found, key=lambda subject: (pds[subject], subject))


def _may_be(rule: ListRule, s: Standing, pds: dict[str, float], months: dict[str, int]) -> bool:
    pd_ = pds.get(s.subject)
    return (
        s.public is not None
        and rule.public_at_least is not None
        and s.public <= rule.public_at_least
        and pd_ is not None
        and (rule.pd_at_most is None or pd_ <= rule.pd_at_most)
        and months.get(s.subject, 0) >= rule.months_of_history
        and not s.objections
        and not any(fact in s.facts for fact in rule.unless)
    )


def changes(before: Collection[str], now: Collection[str]) -> dict[str, list[str]]:
    """Return what a subscriber must add and remove to come from one day's list to another's."""
    return {"added": sorted(set(now) - set(before)), "removed": sorted(set(before) - set(now))}
