"""Read the cases, and act on them: every act has a person and a line that stays, and every judgement a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select, update

from credit_risk.book import Rules
from credit_risk.errors import CheckFailed, InputError, nearest
from credit_risk.store import exclusive, reading
from credit_risk.store.tables import cases, moves
from credit_risk.warnings.ledger.case import Case, Move, Person, Queue
from credit_risk.warnings.ledger.feed import advance
from credit_risk.warnings.ledger.fold import Folded, Usable, fold
from credit_risk.warnings.ledger.grounds import named_grounds
from credit_risk.warnings.ledger.history import barred, before_last, last_step, proposer
from credit_risk.warnings.ledger.kept_back import KeptBack, kept_back, overview_of
from credit_risk.warnings.ledger.overview import Mark, mark_of, overview
from credit_risk.warnings.ledger.similar import alike, nearest_by_codes
from credit_risk.warnings.ledger.states import ACTS, OPEN

__all__ = ["Ledger"]

FRESH = "+fresh"
AMONG = 2000  # of the cases that ended last, similar ones are looked for


class Ledger:
    """The cases of a book."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self.engine, self.rules = engine, rules

    # ---- reading ----------------------------------------------------------------------------------

    def queue(
        self,
        *,
        states: Sequence[str] = OPEN,
        level: str | None = None,
        code: str | None = None,
        assignee: str | None = None,
        subjects: Sequence[str] | None = None,
        today: date | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> Queue:
        """Return cases red first, then by expected value; those snoozed beyond ``today`` are left out."""
        asked: list[ColumnElement[bool]] = [cases.c.state.in_(list(states))]
        if level:
            asked.append(cases.c.level == level)
        if code:
            asked.append(("," + cases.c.codes + ",").contains(f",{code},", autoescape=True))
        if assignee:
            asked.append(cases.c.assignee == assignee)
        if subjects is not None:
            asked.append(cases.c.subject.in_(list(subjects)))
        if today is not None:
            asked.append(func.coalesce(cases.c.snoozed_until, "") <= today.isoformat())
        rows = select(cases).where(*asked).order_by(cases.c.rank > 0, cases.c.value.desc(), cases.c.case_id)
        with reading(self.engine).connect() as connection:
            total = connection.execute(select(func.count()).select_from(cases).where(*asked)).scalar()
            found = connection.execute(rows.limit(limit).offset(offset)).mappings()
            return Queue([Case.of(dict(row)) for row in found], int(total or 0))

    def mark(self) -> Mark:
        """Return where the ledger stands: another mark than before means that some case changed."""
        return mark_of(self.engine)

    def overview(self, after: Mark = Mark()) -> pd.DataFrame:  # noqa: B008
        """Return the cases that changed after a mark, all by default, as light columns (``overview.py``)."""
        return overview(self.engine, after)

    def cases(self, case_ids: Sequence[str]) -> list[Case]:
        """Return cases by their ids, in the order asked; ids that do not exist are left out."""
        rows = select(cases).where(cases.c.case_id.in_(list(case_ids)))
        with reading(self.engine).connect() as connection:
            found = {row["case_id"]: Case.of(dict(row)) for row in connection.execute(rows).mappings()}
        return [found[case_id] for case_id in case_ids if case_id in found]

    def case(self, case_id: str) -> Case:
        """Return one case; raises InputError when there is none."""
        with reading(self.engine).connect() as connection:
            return self._case(connection, case_id)

    def of(self, subject: str) -> list[Case]:
        """Return every case of an enterprise, the newest first."""
        rows = select(cases).where(cases.c.subject == subject).order_by(cases.c.first_seen.desc())
        with reading(self.engine).connect() as connection:
            return [Case.of(dict(row)) for row in connection.execute(rows).mappings()]

    def changed(self, after: int, limit: int) -> list[Case]:
        """Return the cases whose last move stands after a place in the order of moves (``Case.changed``), oldest first.

        The order is that in which moves were written, not that of the days they speak of.
        """
        rows = select(cases).where(cases.c.changed > after).order_by(cases.c.changed).limit(limit)
        with reading(self.engine).connect() as connection:
            return [Case.of(dict(row)) for row in connection.execute(rows).mappings()]

    def moves(self, case_id: str) -> list[Move]:
        """Return a case's history, oldest first; undone moves stay and say so."""
        rows = select(moves).where(moves.c.case_id == case_id).order_by(moves.c.number)
        with reading(self.engine).connect() as connection:
            return [Move(**row) for row in connection.execute(rows).mappings()]

    def similar(self, case: Case, most: int = 5) -> list[Case]:
        """Return ended cases of other enterprises about the same matter (``similar.py``), the most alike first."""
        rows = (
            select(cases.c.case_id, cases.c.codes)
            .where(cases.c.conclusion.is_not(None), cases.c.subject != case.subject)
            .order_by(cases.c.last_seen.desc())
            .limit(AMONG)
        )
        with reading(self.engine).connect() as connection:
            ended = [(str(row.case_id), str(row.codes)) for row in connection.execute(rows)]
        return alike(case, self.cases(nearest_by_codes(case, ended)))[:most]

    def answers(self) -> None:
        """Ask the store one small question; raises what it raises when it does not answer."""
        with reading(self.engine).connect() as connection:
            connection.execute(select(cases.c.case_id).limit(1)).all()

    def suppressed(self, snapshot_id: str) -> pd.DataFrame:
        """Return whom a fold opened no case for, and why, in the order of work (``kept_back.py``)."""
        return overview_of(self.engine, snapshot_id)

    def kept_back(self, snapshot_id: str, subjects: Sequence[str]) -> list[KeptBack]:
        """Return the warnings of these enterprises that became no case, with their findings."""
        return kept_back(self.engine, snapshot_id, subjects)

    # ---- writing ----------------------------------------------------------------------------------

    def fold(
        self, snapshot_id: str, warnings: pd.DataFrame, at: datetime, population: int, usable: Usable
    ) -> Folded:
        """Fold the warnings of a snapshot into the cases (see ``fold.py``), all or nothing.

        Raises
        ------
        InputError
            A later snapshot has been folded already: cases do not go back in time.

        """
        with self.engine.begin() as connection:
            exclusive(connection, cases)
            told = select(func.max(cases.c.last_seen)).where(~cases.c.snapshot_id.endswith(FRESH))
            latest = connection.execute(told).scalar()
            if latest and latest > at.isoformat(timespec="seconds"):
                raise InputError(
                    f"warnings as of {at:%Y-%m-%d} are older than those already in the ledger ({latest[:10]})",
                    hint="the ledger only goes forward; look at past warnings beside their snapshot",
                )
            return fold(connection, self.rules.settings.alerts, snapshot_id, warnings, at, population, usable)

    def fold_some(
        self,
        snapshot_id: str,
        warnings: pd.DataFrame,
        at: datetime,
        population: int,
        usable: Usable,
        only: Collection[str],
    ) -> Folded:
        """Fold the warnings of a few enterprises that were scored again since a snapshot, all or nothing.

        The cases carry the snapshot's id with ``FRESH`` behind it; the next snapshot may be of a day before ``at``.
        """
        with self.engine.begin() as connection:
            exclusive(connection, cases)
            rules = self.rules.settings.alerts
            return fold(connection, rules, snapshot_id + FRESH, warnings, at, population, usable, only)

    def act(
        self,
        case_id: str,
        act: str,
        by: Person,
        reason: str,
        *,
        version: int | None = None,
        assignee: str | None = None,
        until: date | None = None,
        signals: Collection[str] | None = None,
        detail: str | None = None,
        now: datetime | None = None,
    ) -> Case:
        """Let a person act on a case and return it as it is then.

        Parameters
        ----------
        reason
            In words; it may be empty where the act need not be reasoned (``Act.reasoned``).
        version
            The version the person looked at; when somebody moved the case since, nothing is done.
        assignee, until
            For ``assign`` and ``snooze``.
        signals
            For ``propose``: what the verdict rests on (``grounds.py``); None: every signal that is no guess.
        detail
            For ``note``: what the note is about, where a machine has to know.

        Raises
        ------
        InputError
            No such case or act; no reason where one is needed; a value that the act needs is missing.
        CheckFailed
            The state, the role, or the rule of two people does not allow it; or the case has moved on.

        """
        at = now or datetime.now()
        with self.engine.begin() as connection:
            exclusive(connection, cases)
            case = self._case(connection, case_id)
            past = [
                Move(**row)
                for row in connection.execute(
                    select(moves).where(moves.c.case_id == case_id).order_by(moves.c.number)
                ).mappings()
            ]
            self._allowed(case, past, act, by, reason, version)
            change, told = self._change(case, past, act, by, assignee, until, at)
            if case.state == "closed" and change.get("state", "closed") != "closed":
                _alone(connection, case)
            if act == "propose":
                told = named_grounds(case, signals)
            elif act == "note":
                told = detail
            number = past[-1].number + 1
            move = Move(
                case_id, number, at.isoformat(timespec="seconds"), by.shown, by.role, act, case.state,
                change.get("state", case.state), reason.strip(), told, False,
            )  # fmt: skip
            connection.execute(insert(moves).values(asdict(move)))
            if act == "undo":
                undone = (moves.c.case_id == case_id) & (moves.c.number == last_step(past).number)
                connection.execute(update(moves).where(undone).values(undone=True))
            change["version"] = case.version + 1
            connection.execute(update(cases).where(cases.c.case_id == case_id).values(**change))
            advance(connection, [case_id])
            return self._case(connection, case_id)

    def _allowed(
        self, case: Case, past: list[Move], act: str, by: Person, reason: str, version: int | None
    ) -> None:
        rule = ACTS.get(act)
        if rule is None:
            raise InputError(f"act: expected one of {', '.join(ACTS)}, came {act!r}", hint=nearest(act, ACTS))
        if rule.reasoned and not reason.strip():
            raise InputError("reason: expected a sentence, came nothing", hint=f"whoever does {act} says why")
        role = self.rules.roles.get(by.role)
        if role is None or rule.may not in role.may:
            raise CheckFailed(f"role {by.role} may not {act} a warning", hint=f"it needs {rule.may}")
        if version is not None and version != case.version:
            raise CheckFailed(
                f"case {case.case_id} has changed since you opened it", hint="load it again, then decide"
            )
        if case.state not in rule.before:
            raise CheckFailed(
                f"a case that is {case.state} cannot be moved by {act}",
                hint=f"possible now: {', '.join(self.possible(case, by)) or 'nothing for this role'}",
            )
        if rule.other_person and proposer(past) == by.shown:
            raise CheckFailed(
                "the one who proposed may not decide it as well", hint="a second person is needed"
            )

    def possible(
        self, case: Case, by: Person, past: Sequence[Move] = (), now: datetime | None = None
    ) -> list[str]:
        """Return the acts that a role may do on a case in its state; with its history, those open to this person."""
        role = self.rules.roles.get(by.role)
        may = set(role.may) if role else set()
        shut = barred(past, by, now or datetime.now()) if past else set()
        found = [name for name, rule in ACTS.items() if rule.may in may and case.state in rule.before]
        return [name for name in found if name not in shut]

    def _change(
        self, case: Case, past: list[Move], act: str, by: Person, assignee: str | None, until: date | None,
        at: datetime,
    ) -> tuple[dict[str, Any], str | None]:  # fmt: skip
        rule = ACTS[act]
        change: dict[str, Any] = {"state": rule.after} if rule.after else {}
        if rule.needs == "assignee":
            if not assignee:
                raise InputError("assignee: expected a person, came nothing")
            return change | {"assignee": assignee}, assignee
        if rule.needs == "until":
            if until is None or not at.date() < until <= at.date() + timedelta(days=90):
                raise InputError(f"until: expected a day within 90 days from now, came {until}")
            return change | {"snoozed_until": until.isoformat()}, until.isoformat()
        if act == "check":
            return change | {"assignee": case.assignee or by.user_id, "snoozed_until": None}, None
        if act in ("approve", "reject", "data_error"):
            return change | {"conclusion": rule.after}, None
        if act == "close":
            return change | {"closed_at": at.isoformat(timespec="seconds")}, None
        if act == "reopen":
            return change | {"conclusion": None, "closed_at": None}, None
        if act == "undo":
            return before_last(past, by, at), str(last_step(past).number)
        return change, None

    def _case(self, connection: Connection, case_id: str) -> Case:
        row = connection.execute(select(cases).where(cases.c.case_id == case_id)).mappings().first()
        if row is None:
            raise InputError(f"no case {case_id}", hint="look for it in the queue, closed cases included")
        return Case.of(dict(row))


def _alone(connection: Connection, case: Case) -> None:
    """Refuse to open a closed case beside another one of its enterprise."""
    others = (
        (cases.c.subject == case.subject) & (cases.c.case_id != case.case_id) & (cases.c.state != "closed")
    )
    other = connection.execute(select(cases.c.case_id).where(others)).scalars().first()
    if other is not None:
        raise CheckFailed(
            f"{case.subject} has another case that is not closed", hint=f"go on with case {other}"
        )
