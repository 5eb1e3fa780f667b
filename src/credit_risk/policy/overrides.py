"""Human decisions about a public class, outside the model: who, why, on what basis, until when, and who agreed.

    proposed ─▶ approved (by another person) ─▶ in force in [starts, expires) ─▶ ended (early) or expired
             └▶ refused

Every act is a line that stays. ``in_force`` answers for any day *as it was decided by then*, so a report of before can
be told again. A decision never lifts a statutory cap.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select

from credit_risk.book import Rules
from credit_risk.book.policy import CLASSES
from credit_risk.errors import CheckFailed, InputError
from credit_risk.records.clock import Moment, moment
from credit_risk.store import exclusive, reading
from credit_risk.store.tables import override_acts, overrides
from credit_risk.warnings.ledger import Person

__all__ = ["Deed", "Override", "Overrides"]

NEXT = {"propose": "proposed", "approve": "approved", "refuse": "refused", "end": "ended"}
BEFORE = {"approve": ("proposed",), "refuse": ("proposed",), "end": ("proposed", "approved")}
MAY = {
    "propose": "override.propose",
    "approve": "override.decide",
    "refuse": "override.decide",
    "end": "override.decide",
}


@dataclass(frozen=True, slots=True)
class Override:
    """One decision: ``public`` holds in ``[starts, expires)`` once approved; ``state`` as of the moment asked."""

    override_id: str
    subject: str
    public: str
    reason: str
    basis: str
    author: str
    proposed_at: str
    starts: str
    expires: str
    state: str = "proposed"
    approver: str | None = None
    decided_at: str | None = None
    end_reason: str | None = None

    def holds(self, day: date) -> bool:
        """Tell whether the decision binds on a day."""
        return self.state == "approved" and self.starts <= day.isoformat() < self.expires


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the history of a decision."""

    override_id: str
    number: int
    at: str
    actor: str
    role: str
    act: str
    reason: str


class Overrides:
    """The human decisions of one book."""

    def __init__(self, engine: Engine, rules: Rules, clock: Callable[[], datetime] = datetime.now) -> None:
        self.engine, self.rules, self.clock = engine, rules, clock

    def propose(
        self,
        subject: str,
        public: str,
        *,
        person: Person,
        reason: str,
        basis: str,
        starts: date,
        expires: date,
    ) -> Override:
        """Propose that an enterprise be treated as of a public class; it binds nobody before it is approved.

        Raises
        ------
        InputError
            The class is none, reason or basis is missing, or the days are not in order or too far apart.
        CheckFailed
            The person's role may not propose.

        """
        self._may(person, "propose")
        longest = self.rules.settings.override_days
        if public not in CLASSES:
            raise InputError(f"public class: expected one of {', '.join(CLASSES)}, came {public!r}")
        for name, value in (("reason", reason), ("basis", basis), ("subject", subject)):
            if not value.strip():
                raise InputError(f"{name}: expected a text, came nothing")
        if not starts < expires <= starts + timedelta(days=longest):
            raise InputError(
                f"expires: expected a day after {starts} and within {longest} days of it, came {expires}"
            )
        made = Override(
            f"OV-{secrets.token_hex(5)}", subject, public, reason.strip(), basis.strip(), person.shown,
            self._now(), starts.isoformat(), expires.isoformat(),
        )  # fmt: skip
        row = {c.name: getattr(made, c.name) for c in overrides.columns}
        with self.engine.begin() as connection:
            exclusive(connection, override_acts)
            connection.execute(insert(overrides).values(row))
            self._write(connection, made.override_id, "propose", person, reason)
        return made

    def decide(self, override_id: str, act: str, *, person: Person, reason: str) -> Override:
        """Approve, refuse or end a decision; who approves or refuses is another person than who proposed.

        Raises
        ------
        InputError
            There is no such decision, the act is none, or no reason is given.
        CheckFailed
            The role may not, the person proposed it, or the state does not allow the act.

        """
        if act not in BEFORE:
            raise InputError(f"act: expected one of {', '.join(BEFORE)}, came {act!r}")
        self._may(person, act)
        if not reason.strip():
            raise InputError("reason: expected a text, came nothing")
        with self.engine.begin() as connection:
            exclusive(connection, override_acts)
            one = self._one(connection, override_id)
            if one.state not in BEFORE[act]:
                raise CheckFailed(f"{override_id} is {one.state}: {act} needs {' or '.join(BEFORE[act])}")
            if act != "end" and _id(one.author) == person.user_id:
                raise CheckFailed(
                    f"{override_id}: {person.shown} proposed it, another person has to {act} it"
                )
            self._write(connection, override_id, act, person, reason)
            return self._one(connection, override_id)

    def of(self, subject: str, at: Moment | None = None) -> list[Override]:
        """Return the decisions about an enterprise as they stood at a moment (now), the oldest first."""
        with reading(self.engine).connect() as connection:
            return self._read(connection, overrides.c.subject == subject, at)

    def all(self, at: Moment | None = None) -> list[Override]:
        """Return every decision as it stood at a moment (now), the oldest first."""
        with reading(self.engine).connect() as connection:
            return self._read(connection, None, at)

    def in_force(
        self, day: date, at: Moment | None = None, subjects: Sequence[str] | None = None
    ) -> dict[str, Override]:
        """Return by subject the decision that binds on a day as decided by a moment (now); the last approved wins."""
        asked = None if subjects is None else overrides.c.subject.in_(list(subjects))
        with reading(self.engine).connect() as connection:
            found = [o for o in self._read(connection, asked, at) if o.holds(day)]
        return {o.subject: o for o in sorted(found, key=lambda o: (o.decided_at or "", o.override_id))}

    def history(self, override_id: str) -> list[Deed]:
        """Return every act on a decision, oldest first."""
        rows = select(override_acts).where(override_acts.c.override_id == override_id)
        with reading(self.engine).connect() as connection:
            return [
                Deed(**row) for row in connection.execute(rows.order_by(override_acts.c.number)).mappings()
            ]

    def _one(self, connection: Connection, override_id: str) -> Override:
        found = self._read(connection, overrides.c.override_id == override_id, None)
        if not found:
            raise InputError(f"no decision {override_id!r}", hint="credit-risk override list")
        return found[0]

    def _read(self, connection: Connection, where: object, at: Moment | None) -> list[Override]:
        until = moment(at).isoformat(timespec="microseconds") if at is not None else "9999"
        joined = select(overrides, override_acts).join(override_acts).where(override_acts.c.at <= until)
        if where is not None:
            joined = joined.where(where)  # type: ignore[arg-type]
        ordered = joined.order_by(overrides.c.proposed_at, overrides.c.override_id, override_acts.c.number)
        told: dict[str, dict[str, str | None]] = {}
        names = [c.name for c in overrides.columns]
        for row in connection.execute(ordered):
            values = dict(zip(names, row, strict=False))
            act = dict(zip([c.name for c in override_acts.columns], row[len(names) :], strict=True))
            one = told.setdefault(values["override_id"], {**values})
            one["state"] = NEXT[act["act"]]
            if act["act"] in ("approve", "refuse"):
                one["approver"], one["decided_at"] = act["actor"], act["at"]
            if act["act"] == "end":
                one["end_reason"] = act["reason"]
        return [Override(**one) for one in told.values()]  # type: ignore[arg-type]

    def _write(self, connection: Connection, override_id: str, act: str, person: Person, reason: str) -> None:
        known = select(override_acts.c.number).where(override_acts.c.override_id == override_id)
        number = len(connection.execute(known).all()) + 1
        line = Deed(override_id, number, self._now(), person.shown, person.role, act, reason.strip())
        connection.execute(
            insert(override_acts).values({c.name: getattr(line, c.name) for c in override_acts.columns})
        )

    def _may(self, person: Person, act: str) -> None:
        role = self.rules.roles.get(person.role)
        if role is None or MAY[act] not in role.may:
            raise CheckFailed(f"role {person.role!r} may not {act} a decision: {MAY[act]} is needed")

    def _now(self) -> str:
        return self.clock().isoformat(timespec="microseconds")


def _id(shown: str) -> str:
    return shown.rpartition("(")[2].rstrip(")")
