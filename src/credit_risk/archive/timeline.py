"""Everything known of an enterprise at t, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from credit_risk.archive.prevailing import prevailing
from credit_risk.archive.questions import VERSIONS, Asking
from credit_risk.book import Rules
from credit_risk.book.schema import FieldRule, RecordType, Text
from credit_risk.errors import InputError
from credit_risk.records import day_of
from credit_risk.records.clock import Moment
from credit_risk.records.envelope import LIFE_TARGET
from credit_risk.records.reader import Reader

__all__ = ["STATUSES", "Archive", "Line", "read_archive"]

QUERY_YEARS = (
    5  # negative information may be queried for five years from the end of the act (Shanghai, art. 35)
)
STATUSES = {
    "usable": Text(zh="有效", en="in use"),
    "repaired": Text(zh="已修复", en="repaired"),
    "withdrawn": Text(zh="已撤销", en="withdrawn"),
    "shielded": Text(zh="已屏蔽（重整）", en="shielded (reorganisation)"),
    "superseded": Text(zh="以其他来源为准", en="another source prevails"),
    "objected": Text(zh="异议处理中", en="under objection"),
    "expired": Text(zh="已到期", en="expired"),
    "early": Text(zh="未到使用期", en="not yet usable"),
    "ended": Text(zh="已终止", en="ended"),
}
LIVES = {"repair": "repaired", "withdrawal": "withdrawn", "shield": "shielded"}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: a record of the enterprise or a relation it has.

    ``status`` is one of ``STATUSES``: only ``usable`` facts count in scores; the others are archived. ``facts`` are the
    fields in words, ``versions`` how often the source reported it, ``other`` the other end of a relation, ``outward``
    whether the relation leads there from this enterprise.
    """

    happened: date
    received_at: datetime
    kind: str
    title: Text
    department: str
    severity: str
    status: str
    facts: list[tuple[Text, Text]]
    record_id: str
    source: str
    source_record_id: str
    versions: int
    other: str | None = None
    outward: bool = False
    changed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive of one enterprise as known at ``as_of``, oldest fact first.

    ``hidden`` counts what the reader may not see.
    """

    subject: str
    name: str
    as_of: date
    lines: list[Line]
    hidden: int


def read_archive(rules: Rules, reader: Reader, subject: str, t: Moment, *, everything: bool) -> Archive:
    """Read the archive of an enterprise as known at t.

    Parameters
    ----------
    everything
        For auditors. Otherwise what was repaired or withdrawn, and adverse facts older than five years, are left out
        and counted.

    Raises
    ------
    InputError
        Nothing at all is known of the enterprise at t.

    """
    with Asking(rules, reader.read([subject], [subject]), t) as asking:
        rows = asking.records(subject)
        ids = [row["record_id"] for found in rows.values() for row in found]
        over = prevailing(rules, asking, ids)
        lives = _ended(rules, asking, [*ids, *(one.preferred for one in over.values())])
        for target, one in over.items():
            lives.setdefault(target, lives.get(one.preferred, ("superseded", one.known_on)))
        lines = [
            _line(rules.records[kind], kind, row, *_status(row, lives, day_of(t)))
            for kind, found in rows.items()
            for row in found
        ]
        for line in (one for one in lines if one.record_id in over):
            line.facts.extend(over[line.record_id].facts(rules, line.kind))
        for kind, mine in asking.relations(subject).items():
            lines += _relations(rules, kind, mine, subject, day_of(t))
    if not lines:
        raise InputError(f"nothing is known of {subject} at {day_of(t)}", hint="check the code and the date")
    shown = lines if everything else [line for line in lines if _may_be_seen(line, day_of(t))]
    shown.sort(key=lambda line: (line.happened, line.received_at, line.record_id))
    return Archive(subject, _name(rules, rows, subject), day_of(t), shown, len(lines) - len(shown))


def _may_be_seen(line: Line, day: date) -> bool:
    adverse = line.severity in ("minor", "general", "serious")
    return line.status not in LIVES.values() and not (
        adverse and line.happened < day - relativedelta(years=QUERY_YEARS)
    )


def _ended(rules: Rules, asking: Asking, ids: Sequence[str]) -> dict[str, tuple[str, date]]:
    """Return for each id the repair, withdrawal or open objection known at t, and its day."""
    found: dict[str, tuple[str, date]] = {}
    open_now = asking.objected(ids)
    for name in (n for n, rule in rules.records.items() if rule.life == "objection"):
        for row in asking.lives(name, sorted(open_now)):
            found[row[LIFE_TARGET]] = ("objected", row["event_date"])
    for name, rule in rules.records.items():
        if rule.life in LIVES:
            state = LIVES[rule.life]
            found |= {row[LIFE_TARGET]: (state, row["event_date"]) for row in asking.lives(name, ids)}
    return found


def _status(row: dict[str, Any], lives: dict[str, tuple[str, date]], day: date) -> tuple[str, date | None]:
    if row["record_id"] in lives:
        return lives[row["record_id"]]
    if row["usable_until"] is not None and row["usable_until"] <= day:
        return "expired", row["usable_until"]
    if row["usable_from"] is not None and row["usable_from"] > day:
        return "early", row["usable_from"]
    return "usable", None


def _line(rule: RecordType, kind: str, row: dict[str, Any], status: str, changed: date | None) -> Line:
    facts = [
        (field.title or Text(zh=name, en=name), told)
        for name, field in rule.fields.items()
        if (told := _told(field, row.get(name))) is not None
    ]
    return Line(
        happened=row["event_date"], received_at=row["received_at"], kind=kind, title=rule.title,
        department=rule.department, severity=rule.severity, status=status, facts=facts, record_id=row["record_id"],
        source=row["source"], source_record_id=row["source_record_id"], versions=int(row[VERSIONS]), changed_on=changed,
    )  # fmt: skip


def _told(field: FieldRule, value: Any) -> Text | None:
    if value is None:
        return None
    if field.codes and value in field.codes:
        return field.codes[value]
    if field.type == "flag":
        return Text(zh="是", en="yes") if value else Text(zh="否", en="no")
    if field.type == "money":
        return Text(zh=f"{value:,.2f} 元", en=f"{value:,.2f} yuan")
    plain = f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
    return Text(zh=plain, en=plain) if plain else None


def _relations(rules: Rules, kind: str, mine: list[dict[str, Any]], subject: str, day: date) -> list[Line]:
    rule = rules.relations[kind]
    lines = []
    for row in mine:
        over = row["valid_to"] is not None and row["valid_to"] <= day
        other = row["dst"] if row["src"] == subject else row["src"]
        lines.append(
            Line(
                happened=row["valid_from"], received_at=row["received_at"], kind=kind, title=rule.title, department="",
                severity="none", status="ended" if over else "usable", facts=[], record_id=row["record_id"],
                source=row["source"], source_record_id=row["source_record_id"], versions=1, other=other,
                outward=row["src"] == subject,
                changed_on=row["valid_to"] if over else None,
            )
        )  # fmt: skip
    return lines


def _name(rules: Rules, rows: dict[str, list[dict[str, Any]]], subject: str) -> str:
    group = rules.settings.peer_group
    if group is None or "name" not in rules.records[group.record].fields:
        return subject
    told = sorted(rows.get(group.record, []), key=lambda row: (row["event_date"], row["received_at"]))
    return str(told[-1]["name"] or subject) if told else subject
