"""The random audit sample: some are checked whatever the engine thinks, so that verdicts are not only about its choice.

Whoever is drawn is drawn by a hash of snapshot and code alone: neither score nor warning moves the chance. A case is no
warning and lists nobody; it is a check that a person makes and decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from credit_risk.errors import CheckFailed, InputError, nearest
from credit_risk.store import exclusive, reading
from credit_risk.store.tables import audit_sample
from credit_risk.warnings.ledger.case import Person

__all__ = ["VERDICTS", "AuditSample", "Drawn"]

VERDICTS = ("confirmed", "rejected", "data_error")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One enterprise drawn to be checked; ``warned`` says whether the engine had warned of it then."""

    sample_id: str
    subject: str
    snapshot_id: str
    drawn_at: str
    warned: bool
    verdict: str | None
    decided_at: str | None
    actor: str | None
    reason: str | None


class AuditSample:
    """The random audit sample of a store."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def draw(
        self, snapshot_id: str, subjects: Sequence[str], warned: Collection[str], count: int, at: datetime
    ) -> list[Drawn]:
        """Draw ``count`` of ``subjects`` by the hash of snapshot and code; the same snapshot draws the same again."""
        order = sorted(set(subjects), key=lambda s: _hash(snapshot_id, s))[: max(count, 0)]
        told = set(warned)
        moment = at.isoformat(timespec="seconds")
        drawn = [
            Drawn(_hash(snapshot_id, s)[:20], s, snapshot_id, moment, s in told, None, None, None, None)
            for s in order
        ]
        with self.engine.begin() as connection:
            exclusive(connection, audit_sample)
            there = set(connection.execute(select(audit_sample.c.sample_id)).scalars())
            fresh = [d for d in drawn if d.sample_id not in there]
            if fresh:
                rows = [
                    {"sample_id": d.sample_id, "subject": d.subject, "snapshot_id": d.snapshot_id,
                     "drawn_at": d.drawn_at, "warned": d.warned} for d in fresh
                ]  # fmt: skip
                connection.execute(insert(audit_sample), rows)
        return drawn

    def all(self) -> list[Drawn]:
        """Return everybody drawn so far, oldest first."""
        rows = select(audit_sample).order_by(audit_sample.c.drawn_at, audit_sample.c.sample_id)
        with reading(self.engine).connect() as connection:
            return [Drawn(**row) for row in connection.execute(rows).mappings()]

    def decide(self, sample_id: str, verdict: str, by: Person, reason: str, at: datetime) -> Drawn:
        """Let a person say what a check found; raises InputError for no such sample, verdict or reason.

        Raises
        ------
        CheckFailed
            It is decided already: a verdict stays.

        """
        if verdict not in VERDICTS:
            raise InputError(
                f"verdict: expected one of {', '.join(VERDICTS)}, came {verdict!r}",
                hint=nearest(verdict, VERDICTS),
            )
        if not reason.strip():
            raise InputError("reason: expected a sentence, came nothing", hint="every verdict says why")
        with self.engine.begin() as connection:
            exclusive(connection, audit_sample)
            one = select(audit_sample).where(audit_sample.c.sample_id == sample_id)
            row = connection.execute(one).mappings().first()
            if row is None:
                raise InputError(f"no audit sample {sample_id}")
            if row["verdict"]:
                raise CheckFailed(f"audit sample {sample_id} is decided: {row['verdict']}")
            change = {"verdict": verdict, "decided_at": at.isoformat(timespec="seconds"), "actor": by.shown,
                      "reason": reason.strip()}  # fmt: skip
            connection.execute(
                update(audit_sample).where(audit_sample.c.sample_id == sample_id).values(**change)
            )
            return Drawn(**connection.execute(one).mappings().one())


def _hash(snapshot_id: str, subject: str) -> str:
    return hashlib.sha256(f"{snapshot_id}\n{subject}".encode()).hexdigest()
