"""Which ended cases may be held beside another: those about the same matter.

The matter of a case is what made it as serious as it is: its signals of the worst level among them. Two cases are alike
when they share one of these; a lesser signal that both happen to have says nothing of how the other one ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from credit_risk.warnings.ledger.case import Case
from credit_risk.warnings.warn import LEVELS

__all__ = ["alike", "matter_of", "nearest_by_codes"]

LOOKED_AT = 50


def matter_of(case: Case) -> set[str]:
    """Return the codes of the worst signals of a case."""
    worst = min((LEVELS.index(signal["level"]) for signal in case.signals), default=None)
    return {str(s["signal"]) for s in case.signals if LEVELS.index(s["level"]) == worst}


def nearest_by_codes(case: Case, ended: Sequence[tuple[str, str]]) -> list[str]:
    """Return those of ``ended`` (id, codes) with a code of this case's matter, the most alike in all codes first."""
    own, matter = set(case.codes.split(",")), matter_of(case)
    told = [(case_id, set(codes.split(","))) for case_id, codes in ended]
    shared = [(len(own & codes) / len(own | codes), case_id) for case_id, codes in told if matter & codes]
    return [case_id for _, case_id in sorted(shared, key=lambda pair: -pair[0])[:LOOKED_AT]]


def alike(case: Case, others: Sequence[Case]) -> list[Case]:
    """Return the cases whose matter is this one's as well, in the order given."""
    matter = matter_of(case)
    return [other for other in others if matter & matter_of(other)]
