"""How the indicators of one model are said: titles, sentences and groups, frozen with the model.

A model keeps the words of its day, so an old score is explained as it was explained then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from credit_risk.book import Rules
from credit_risk.book.schema import Indicator, Text
from credit_risk.features import Catalogue

__all__ = ["IndicatorWords", "Wording"]

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class IndicatorWords:
    """One indicator: ``says`` holds a format of ``value`` and ``peer``, ``says_zero`` what is said of 0, ``codes`` the
    text of category values. ``transmitted`` tells that it speaks of neighbours, not of the enterprise itself.
    """

    title: Words
    says: Words
    tree: str
    kind: str
    risk: str
    codes: dict[str, Words]
    repairable: str | None
    basis: str
    says_zero: Words | None = None
    transmitted: bool = False


@dataclass(frozen=True)
class Wording:
    """The words of indicators by name, and the titles of the tree nodes they stand under."""

    indicators: Mapping[str, IndicatorWords]
    tree: Mapping[str, Words]

    @classmethod
    def of(cls, catalogue: Catalogue, names: Iterable[str]) -> Wording:
        """Take the words of ``names`` from the book."""
        rules = catalogue.rules
        words = {n: _words(rules, catalogue.entries[n].rule, catalogue.rests_on_relations(n)) for n in names}
        paths = sorted({w.tree for w in words.values()})
        return cls(words, {path: _both(rules.tree[path].title) for path in paths})

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "indicators": {name: asdict(words) for name, words in self.indicators.items()},
            "tree": dict(self.tree),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Wording:
        """Read what ``to_json`` wrote."""
        words = {name: IndicatorWords(**entry) for name, entry in stored["indicators"].items()}
        return cls(words, stored["tree"])


def _words(rules: Rules, rule: Indicator, transmitted: bool) -> IndicatorWords:
    return IndicatorWords(
        title=_both(rule.title),
        says=_both(rule.says),
        tree=rule.tree,
        kind=rule.kind,
        risk=rule.risk,
        codes=_codes(rules, rule) if rule.kind == "category" else {},
        repairable=rule.repairable,
        basis=rule.basis,
        says_zero=_both(rule.says_zero) if rule.says_zero else None,
        transmitted=transmitted,
    )


def _codes(rules: Rules, rule: Indicator) -> dict[str, Words]:
    """Return the codes of the fields of the record type that the indicator's value names."""
    found: dict[str, Words] = {}
    kind = rules.records.get(rule.from_ or "")
    for name, field in (kind.fields if kind else {}).items():
        if name in rule.value and field.codes:
            found |= {code: _both(text) for code, text in field.codes.items()}
    return found


def _both(text: Text) -> Words:
    return {"zh": text.zh, "en": text.en}
