"""Records over which another source prevails, as the archive tells them: whose word counts, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from credit_risk.archive.questions import Asking
from credit_risk.book import Rules
from credit_risk.book.schema import Text
from credit_risk.records.envelope import LIFE_TARGET

__all__ = ["Prevailing", "prevailing"]

DATES = {
    "event_date": Text(zh="发生日期", en="Day of the event"),
    "usable_from": Text(zh="可用自", en="Usable from"),
    "usable_until": Text(zh="公示截止", en="Usable until"),
}


@dataclass(frozen=True, slots=True)
class Prevailing:
    """The record that counts instead, since when that is known, and what the two say differently, a line a field."""

    preferred: str
    told_by: str
    known_on: date
    differs: str | None

    def facts(self, rules: Rules, kind: str) -> list[tuple[Text, Text]]:
        """Return for people whose word counts, and what differs: this record's value, then the one that counts."""
        source = rules.sources.get(self.told_by)
        whose = source.title if source else Text(zh=self.told_by, en=self.told_by)
        told = [(Text(zh="为准来源", en="Source that prevails"), whose)]
        if self.differs:
            lines = [_difference(rules, kind, line) for line in self.differs.splitlines()]
            differs = Text(zh="；".join(one.zh for one in lines), en="; ".join(one.en for one in lines))
            told.append((Text(zh="说法不一：", en="They differ: "), differs))
        return told


def _difference(rules: Rules, kind: str, line: str) -> Text:
    field, _, values = line.partition(": ")
    mine, _, theirs = values.partition(" | ")
    what, own, other = (
        _title(rules, kind, field),
        _word(rules, kind, field, mine),
        _word(rules, kind, field, theirs),
    )
    return Text(zh=f"{what.zh} {own.zh} ↔ {other.zh}", en=f"{what.en} {own.en} ↔ {other.en}")


def prevailing(rules: Rules, asking: Asking, ids: Sequence[str]) -> dict[str, Prevailing]:
    """Return for each of the records that is superseded at t what prevails over it."""
    found = {}
    for name in (n for n, kind in rules.records.items() if kind.life == "superseded"):
        for row in asking.lives(name, ids):
            found[row[LIFE_TARGET]] = Prevailing(
                row["preferred"], row["told_by"], row["received_at"].date(), row["differs"]
            )
    return found


def _title(rules: Rules, kind: str, field: str) -> Text:
    rule = rules.records[kind].fields.get(field)
    return DATES.get(field) or (rule and rule.title) or Text(zh=field, en=field)


def _word(rules: Rules, kind: str, field: str, value: str) -> Text:
    rule = rules.records[kind].fields.get(field)
    return ((rule and rule.codes) or {}).get(value) or Text(zh=value, en=value)
