"""The records of an enterprise as what-if offers them: those that can be mended, and the adverse ones that cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from credit_risk.archive import Line
from credit_risk.book import Rules
from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.explain.borders import Borders
from credit_risk.explain.mendable import Mendable, mendable
from credit_risk.explain.remedies import Action, fulfilled
from credit_risk.explain.suppose import Moved, WhatIf, what_if
from credit_risk.features import Matrix
from credit_risk.graph import Graph
from credit_risk.records import Records
from credit_risk.serving.console.weights import reached
from credit_risk.serving.desk import Desk

__all__ = [
    "Offer",
    "Offers",
    "Reckoned",
    "Stage",
    "Told",
    "mendable_of",
    "offers_of",
    "possible_on",
    "reckoned",
    "stages_of",
    "what_if_mended",
]

WORST = ("serious", "general", "minor")
TOLD = 12  # indicators that a what-if tells one by one


@dataclass(frozen=True, slots=True)
class Offer:
    """A record with what may be done about it; ``action`` is None where nothing may."""

    line: Line
    gravity: str
    action: Action | None


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be mended, and what counts against the enterprise and cannot; the worst and newest first."""

    open: list[Offer]
    shut: list[Offer]


@dataclass(frozen=True, slots=True)
class Stage:
    """What can be mended at the same time: ``now``, or on a later day each; by the kind of record."""

    now: bool
    kinds: list[tuple[Text, list[Offer]]]


@dataclass(frozen=True, slots=True)
class Told:
    """An indicator whose value changes, and why its points may not: ``alike`` tells that no tree parts the two values.

    ``until`` is the value at which the model parts them next, None where it knows none below.
    """

    moved: Moved
    alike: bool = False
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a what-if moved, in tenths that add up to what the two shown scores differ by.

    ``told`` are indicators whose value changes, ``further`` how many more do and ``further_points`` what they add;
    ``elsewhere`` are the points shared out anew among all others.
    """

    told: list[Told]
    further: int
    further_points: float
    elsewhere: float
    total: float


def mendable_of(desk: Desk, subject: str) -> Mendable:
    """Return which records of an enterprise can be mended at the published t, by the book."""
    published = desk.published()
    if published is None:
        raise InputError("nothing is published yet", hint="credit-risk warn --as-of DATE")
    with desk.look_lock:
        own = desk.reader.read([subject], [subject])
        seen = Matrix(desk.matrix.catalogue, Records(own), Graph(own))
        return mendable(seen, subject, published.as_of.to_pydatetime())


def what_if_mended(desk: Desk, subject: str, record_ids: Sequence[str]) -> WhatIf:
    """Return the published score as it would be once the duties behind records are performed; nothing is stored.

    Raises InputError where nothing is published, the enterprise is not scored, or no remedy concerns a record.
    """
    t, model = desk.in_force(subject)
    with desk.supposing.few(subject, t) as few:
        return what_if(few, model, subject, t, fulfilled(few, subject, t, record_ids))


def offers_of(rules: Rules, lines: Sequence[Line], found: Mendable) -> Offers:
    """Return the usable records of an archive divided by whether the book has a remedy for them."""
    usable = [line for line in lines if line.status == "usable"]
    told = [Offer(one, _gravity(rules, one), found.actions.get(one.record_id)) for one in usable]
    told.sort(key=lambda one: (_place(one.gravity), -one.line.happened.toordinal(), one.line.record_id))
    adverse = [one for one in told if one.gravity in WORST and one.line.record_id not in found.harmless]
    return Offers([one for one in told if one.action], [one for one in adverse if one.action is None])


def stages_of(offers: Sequence[Offer], day: date) -> list[Stage]:
    """Return what can be mended by ``day`` and what only later, each by kind; the worst kind and record first.

    What is possible later only is in the order in which it becomes possible.
    """
    mended = [(one, one.action) for one in offers if one.action is not None]
    soon = [one for one, action in mended if action.lawful_on <= day]
    later = [one for one, _ in sorted(mended, key=lambda pair: pair[1].lawful_on) if one not in soon]
    return [Stage(now, _by_kind(some)) for now, some in ((True, soon), (False, later)) if some]


def possible_on(offers: Sequence[Offer], record_ids: Sequence[str], day: date) -> date | None:
    """Return the first day on which all of these records can be mended, None where that is ``day``."""
    days = [one.action.lawful_on for one in offers if one.action and one.line.record_id in record_ids]
    return max(days) if days and max(days) > day else None


def _by_kind(offers: Sequence[Offer]) -> list[tuple[Text, list[Offer]]]:
    kinds = dict.fromkeys(one.line.kind for one in offers)
    parts = [[one for one in offers if one.line.kind == kind] for kind in kinds]
    return [(part[0].line.title, part) for part in parts]


def reckoned(found: WhatIf, borders: Borders) -> Reckoned:
    """Return what moved, split by whether the indicator itself changes or only its share in the points."""
    moved = [one for one in found.moved if one.before != one.after]
    shown, further = moved[:TOLD], moved[TOLD:]
    total = round(found.after.score, 1) - round(found.before.score, 1)
    own = sum(round(one.points, 1) for one in shown)
    more = round(sum(one.points for one in further), 1)
    told = [_told(one, borders) for one in shown]
    return Reckoned(told, len(further), more, round(total - own - more, 1), round(total, 1))


def _told(one: Moved, borders: Borders) -> Told:
    numbers = isinstance(one.before, int | float) and isinstance(one.after, int | float)
    if (
        not numbers
        or round(one.points, 1)
        or not borders.at
        or borders.apart(one.name, one.before, one.after)
    ):
        return Told(one)
    fewer = borders.below(one.name, min(one.before, one.after))
    return Told(one, True, reached(fewer, one.before) if one.after < one.before else None)


def _gravity(rules: Rules, line: Line) -> str:
    """Return how grave a record is: by its own field ``severity`` where the type has one, else by its type."""
    rule = rules.records.get(line.kind)
    field = rule.fields.get("severity") if rule else None
    told = [value for title, value in line.facts if field is not None and title == field.title]
    codes = (field.codes or {}) if field else {}
    return next((code for code, title in codes.items() if title in told), line.severity)


def _place(gravity: str) -> int:
    return WORST.index(gravity) if gravity in WORST else len(WORST)
