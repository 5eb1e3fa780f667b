"""What the facts behind the signals of a case weigh in the score, and why that may be little.

A signal asks whether a condition holds; the score weighs all indicators, each as far as it told enterprises apart in
the past. So a fact that raised an alarm may weigh next to nothing, and whoever works on the case is told how much.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from credit_risk.book import Rules
from credit_risk.book.schema import Text
from credit_risk.explain.borders import Borders
from credit_risk.serving.desk import Desk, Published
from credit_risk.warnings.ledger import Case

__all__ = ["NOTHING_WEIGHED", "Kin", "Part", "Weighed", "Weights", "borders_of", "reached", "weights_of"]

SILENCE = "days_since_latest()"


@dataclass(frozen=True, slots=True)
class Weighed:
    """An indicator that a signal rests on, as published.

    ``points`` is what it adds to the score (None: the score does not ask it); ``unused`` tells that the model was given
    it and makes nothing of it. ``until`` is the value it would have to fall to before the score can move, told where
    one record less would not do; None otherwise. ``latest`` is the day of the last record, of an indicator that counts
    the days since then. Of ``total`` records behind it the case lists ``listed``; both are 0 in a case of before they
    were counted.
    """

    name: str
    title: Text
    value: Any
    points: float | None
    unused: bool
    until: float | None
    latest: date | None
    listed: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Kin:
    """So many inputs of the score over the same types of records, and the points they add up to."""

    titles: list[Text]
    count: int
    points: float


@dataclass(frozen=True, slots=True)
class Part:
    """An indicator that a signal rests on, with the records listed of it; None of those that name no indicator."""

    weighed: Weighed | None
    evidence: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Weights:
    """By signal what it rests on, and its kin; ``together`` is the kin of all signals, each input counted once."""

    rests_on: Mapping[str, list[Weighed]]
    kin: Mapping[str, Kin]
    together: Kin | None

    def parts(self, signal: Mapping[str, Any]) -> list[Part]:
        """Return the records of a signal under what each stands behind, those that name nothing at the end."""
        known = self.rests_on.get(signal["signal"], [])
        of = {one.name: [e for e in signal["evidence"] if e.get("indicator") == one.name] for one in known}
        rest = [e for e in signal["evidence"] if e.get("indicator") not in of]
        return [Part(one, of[one.name]) for one in known] + ([Part(None, rest)] if rest else [])


NOTHING_WEIGHED = Weights({}, {}, None)


def weights_of(desk: Desk, published: Published | None, case: Case) -> Weights:
    """Return what the signals of a case weigh in the published score; nothing where none is published."""
    if published is None or case.subject not in published.scores.index:
        return NOTHING_WEIGHED
    rules = desk.rules
    behind = {s["signal"]: _evidence(rules, s["signal"]) for s in case.signals}
    asked = dict.fromkeys(name for names in behind.values() for name in names)
    values, points = desk.snapshots.figures(published.snapshot_id, case.subject, asked)
    borders = borders_of(desk, published, case.subject) if points else Borders({})
    told = {n: _weighed(rules, n, values.get(n), points.get(n), borders, published.as_of) for n in asked}
    known = {
        s["signal"]: [
            one for n in behind[s["signal"]] if (one := _counted(told[n], s)).value is not None or one.total
        ]
        for s in case.signals
    }
    kin = {code: _kin(rules, names, points) for code, names in behind.items()}
    return Weights(known, {code: one for code, one in kin.items() if one}, _kin(rules, asked, points))


def borders_of(desk: Desk, published: Published, subject: str) -> Borders:
    """Return where the model in force tells values apart, read once for a snapshot."""
    return desk.once("borders", published, lambda: Borders.of(desk.in_force(subject)[1]))


def reached(border: float | None, value: Any) -> float | None:
    """Return a border as people say it: of what is counted in whole numbers, the number at or below it."""
    whole = isinstance(value, int | float) and float(value).is_integer()
    return math.floor(border) if border is not None and whole else border


def _evidence(rules: Rules, signal: str) -> list[str]:
    rule = rules.signals.get(signal)
    return [n for n in rule.evidence if n in rules.indicators] if rule else []


def _counted(one: Weighed, signal: Mapping[str, Any]) -> Weighed:
    totals = [int(e["total"]) for e in signal["evidence"] if e.get("indicator") == one.name]
    return replace(one, listed=len(totals), total=max(totals, default=0))


def _weighed(
    rules: Rules, name: str, value: Any, points: float | None, borders: Borders, as_of: datetime
) -> Weighed:
    rule = rules.indicators[name]
    number = isinstance(value, int | float)
    until = reached(borders.below(name, value), value) if number and rule.risk == "increases" else None
    until = until if until is not None and until < value - 1 else None
    unused = points is not None and bool(borders.at) and name not in borders.at
    silent = number and rule.value == SILENCE
    latest = as_of.date() - timedelta(days=int(value)) if silent else None
    return Weighed(name, rule.title, value, points, unused, until, latest)


def _kin(rules: Rules, names: Iterable[str], points: Mapping[str, float]) -> Kin | None:
    """Return the inputs over the record types of these indicators; None where they read none themselves."""
    own = dict.fromkeys(rule.from_ for n in names if (rule := rules.indicators[n]).from_)
    titles = [rules.records[kind].title for kind in own if kind]
    alike = [n for n in points if n in rules.indicators and rules.indicators[n].from_ in own]
    return Kin(titles, len(alike), round(sum(points[n] for n in alike), 1)) if titles else None
