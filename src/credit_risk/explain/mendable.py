"""Which records of an enterprise can be mended at t, and which of an adverse type say nothing against it."""

from __future__ import annotations

from dataclasses import dataclass

from credit_risk.explain.remedies import Action, concerned, open_actions
from credit_risk.features import Matrix
from credit_risk.features.session import Session
from credit_risk.records.clock import Moment

__all__ = ["Mendable", "mendable"]


@dataclass(frozen=True, slots=True)
class Mendable:
    """``actions`` by the record they mend; ``harmless``: ids of records that are adverse by their type only."""

    actions: dict[str, Action]
    harmless: frozenset[str]


def mendable(matrix: Matrix, subject: str, t: Moment) -> Mendable:
    """Return what the book says of the enterprise's own records that are usable at t."""
    with Session(matrix.records.pool, t) as session:
        harmless = {
            str(row["record_id"])
            for rule in matrix.catalogue.rules.harmless.values()
            for row in concerned(matrix, session, rule.record, rule.when, subject)
        }
    return Mendable({a.record_id: a for a in open_actions(matrix, subject, t)}, frozenset(harmless))
