"""What an enterprise could do at t, by the remedies of the book: duties on its own usable records, with their dates.

What is supposed has the form in which the source would report it, so that scoring it is scoring the real thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from dateutil.relativedelta import relativedelta

from credit_risk.book import Rules
from credit_risk.book.remedy import Remedy, Wait
from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.features import Matrix
from credit_risk.features.language import parse
from credit_risk.features.plan import Writer
from credit_risk.features.session import Session
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records import Pool, View, day_of, moment
from credit_risk.records.clock import Moment
from credit_risk.records.envelope import LIFE_TARGET

__all__ = [
    "Action",
    "Supposed",
    "concerned",
    "days_left",
    "ended_relation",
    "fulfilled",
    "open_actions",
    "owner_of",
    "repaired",
    "seen_with",
    "together",
]

Row = dict[str, Any]
Supposed = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Action:
    """One remedy applied to one record; ``lawful_on`` is the first day on which it may take effect, never before t."""

    remedy: str
    title: Text
    kind: str
    record_id: str
    happened: date
    lawful_on: date
    months: int
    basis: str
    supposed: Supposed


def open_actions(matrix: Matrix, subject: str, t: Moment) -> list[Action]:
    """Return what the enterprise may do about its own records that are usable at t, oldest record first.

    A remedy whose waiting time is not over yet is listed with the day on which it will be.
    """
    rules, found = matrix.catalogue.rules, list[Action]()
    with Session(matrix.records.pool, t) as session:
        for remedy in rules.remedies.values():
            if (wait := remedy.wait(day_of(t))) is not None:
                rows = concerned(matrix, session, remedy.record, remedy.where, subject)
                found += [_action(rules, remedy, wait, row, t) for row in rows]
    return sorted(found, key=lambda a: (a.happened, a.remedy, a.record_id))


def repaired(rules: Rules, subject: str, t: Moment, record_ids: Iterable[str]) -> Supposed:
    """Return the repair records of records of an enterprise; raises InputError where the book has none."""
    repair = next((n for n, rule in rules.records.items() if rule.life == "repair"), None)
    if repair is None:
        raise InputError("this book knows no repair record")
    return {repair: [_new(subject, t, record_id) | {LIFE_TARGET: record_id} for record_id in record_ids]}


def fulfilled(matrix: Matrix, subject: str, t: Moment, record_ids: Sequence[str]) -> Supposed:
    """Return what the sources report once the duties behind these records are performed.

    Raises
    ------
    InputError
        No record is named, or one is not usable at t or no remedy of the book concerns it.

    """
    actions = {a.record_id: a for a in open_actions(matrix, subject, t)}
    chosen = []
    for record_id in record_ids:
        if record_id not in actions:
            raise InputError(
                f"record {record_id}: no remedy of the book concerns it at {day_of(t)}",
                hint=f"credit-risk recourse {subject} --as-of {day_of(t)} lists what can be done",
            )
        chosen.append(actions[record_id])
    return together([a.supposed for a in chosen])


def owner_of(matrix: Matrix, t: Moment, record_id: str) -> str | None:
    """Return the enterprise whose usable record this is at t, None where there is none."""
    for kind, rule in matrix.catalogue.rules.records.items():
        if rule.life is None and matrix.records.pool.holds(kind):
            table = matrix.records.as_of(kind, t)
            rows = table.filter(table.record_id == record_id).select("subject").to_pyarrow().to_pylist()
            if rows:
                return str(rows[0]["subject"])
    return None


def ended_relation(matrix: Matrix, t: Moment, record_id: str) -> Supposed:
    """Return a relation as it is reported once it has ended; raises InputError where none in force has this id."""
    for kind in matrix.catalogue.rules.relations:
        if not matrix.graph.pool.holds(kind):
            continue
        table = matrix.graph.as_of(kind, t)
        rows = table.filter(table.record_id == record_id).to_pyarrow().to_pylist()
        if rows:
            names = matrix.graph.pool.schema(kind).names
            row = {n: rows[0].get(n) for n in names}
            return {kind: [row | _again(t) | {"valid_to": day_of(t)}]}
    raise InputError(f"relation {record_id}: expected one in force at {day_of(t)}")


def together(supposed: Iterable[Supposed]) -> Supposed:
    """Return what is supposed in several places as one."""
    found: dict[str, list[Row]] = {}
    for one in supposed:
        for kind, rows in one.items():
            found.setdefault(kind, []).extend(rows)
    return found


def seen_with(pool: Pool, supposed: Supposed) -> View:
    """Return the pool as it would be with these rows received."""
    tables = {}
    for kind, rows in supposed.items():
        schema = pool.schema(kind)
        complete = [dict.fromkeys(schema.names) | row for row in rows]
        tables[kind] = pa.Table.from_pylist(complete, schema)
    return View(pool, tables)


def concerned(matrix: Matrix, session: Session, kind: str, where: str | None, subject: str) -> list[Row]:
    """Return an enterprise's records of a type, usable at the session's t, that meet a condition of the book.

    A null condition is not met. The question is written once a catalogue.
    """
    if not session.pool.holds(kind, session.waiting):
        return []

    def write(writer: Writer) -> ir.Table:
        rows = writer.records.as_of(kind, writer.asked, writer.subjects)
        names: dict[str, ir.Value] = {c: rows[c] for c in rows.columns}
        met = compile_expression(parse(where), names, writer.asked) if where else None
        return rows if met is None else rows.filter(met.fill_null(False))

    plan = matrix.catalogue.plans.get(["concerned", kind, where, str(session.pool.schema(kind))], write)
    found: list[Row] = session.run(plan, [subject]).to_pylist()
    return found


def _action(rules: Rules, remedy: Remedy, wait: Wait, row: Row, t: Moment) -> Action:
    happened: date = row["event_date"]
    lawful = max(day_of(t), happened + relativedelta(months=wait.months))
    return Action(
        remedy.remedy, remedy.title, remedy.record, str(row["record_id"]), happened, lawful, wait.months, wait.basis,
        _effect(rules, remedy, row, t),
    )  # fmt: skip


def _effect(rules: Rules, remedy: Remedy, row: Row, t: Moment) -> Supposed:
    if remedy.effect == "repair":
        return repaired(rules, row["subject"], t, [row["record_id"]])
    values = {n: day_of(t) if value == "today" else value for n, value in remedy.gives.items()}
    if remedy.add is not None:
        return {remedy.add: [_new(row["subject"], t, row["record_id"]) | values]}
    return {remedy.record: [row | _again(t) | values]}


def _new(subject: str, t: Moment, about: str) -> Row:
    return {
        "record_id": f"supposed-{about}", "source": "supposed", "source_record_id": about, "version": "supposed",
        "subject": subject, "event_date": day_of(t), "received_at": moment(t),
    }  # fmt: skip


def _again(t: Moment) -> Row:
    """Return what makes a row the version known last at t: received at t, and by its text after any other of then."""
    return {"received_at": moment(t), "version": "~supposed"}


def days_left(action: Action, t: Moment) -> int:
    """Return the days from t until the action may take effect."""
    return (action.lawful_on - day_of(t)) // timedelta(days=1)
