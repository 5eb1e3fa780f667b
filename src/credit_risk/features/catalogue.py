"""The catalogue: every indicator parsed, checked and put in order of computation.

Stages: ``record`` indicators read one record type; ``relation`` indicators read neighbours' own indicators;
``network`` indicators read what was computed over the whole graph; ``derived`` ones combine others. A neighbour's
indicator is never relational itself, so one hop stays one hop, and what starts a network is an own indicator.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

from credit_risk.book import Rules
from credit_risk.book.networks import NETWORK_FIELDS
from credit_risk.book.schema import Indicator
from credit_risk.errors import BookError, InputError, nearest
from credit_risk.features.language import Expression, parse
from credit_risk.features.plan import Plans
from credit_risk.records.envelope import record_columns

__all__ = ["Catalogue", "Entry"]

Stage = Literal["record", "relation", "network", "derived"]
EDGE_FIELDS = ("weight",)


@dataclass(frozen=True, slots=True)
class Entry:
    """One indicator with its parsed expressions."""

    rule: Indicator
    value: Expression
    where: Expression | None
    stage: Stage

    @property
    def name(self) -> str:
        """Name of the indicator."""
        return self.rule.name

    @property
    def names(self) -> frozenset[str]:
        """Names that the expressions use."""
        return self.value.names | (self.where.names if self.where else frozenset())


@dataclass(frozen=True)
class Catalogue:
    """All indicators of a book, in the order of its files."""

    rules: Rules
    entries: dict[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Rules) -> Catalogue:
        """Parse and check every indicator; raises BookError with file and line."""
        catalogue = cls(rules, {n: _entry(rules, r) for n, r in rules.indicators.items()})
        for entry in catalogue.entries.values():
            catalogue._check_names(entry)
        catalogue._check_stages()
        catalogue._check_networks()
        return catalogue

    @cached_property
    def hash(self) -> str:
        """Hash of all that determines values: entries, record types, relation types."""
        digest = hashlib.sha256()
        rules = self.rules
        parts = (
            rules.indicators, rules.records, rules.relations, rules.networks, rules.patterns, rules.stops
        )  # fmt: skip
        for part in parts:
            for name, rule in part.items():
                digest.update(f"{name}:{rule.model_dump_json(by_alias=True)}\n".encode())
        return digest.hexdigest()

    @cached_property
    def plans(self) -> Plans:
        """The SQL of what this catalogue computes."""
        return Plans(self.rules, self.hash)

    def inputs(self, include: Iterable[str] = ("*",), without: Iterable[str] = ()) -> list[str]:
        """Return names of model inputs that match a pattern of ``include`` and none of ``without``.

        A pattern is a name with ``*``, or ``tree:PATH`` for a node of the tree and all below it.
        """
        include, without = list(include), list(without)
        known = [n for n, e in self.entries.items() if e.rule.input]
        for pattern in [*include, *without]:
            if not any(self._matches(n, pattern) for n in self.entries):
                raise InputError(f"no indicator matches {pattern!r}", hint=nearest(pattern, self.entries))
        return [
            n
            for n in known
            if any(self._matches(n, p) for p in include) and not any(self._matches(n, p) for p in without)
        ]

    def closure(self, names: Iterable[str]) -> list[str]:
        """Return the names and all indicators they rest on, each after those it needs."""
        ordered: list[str] = []
        for name in names:
            self._visit(name, ordered, ())
        return ordered

    def record_types(self, names: Iterable[str]) -> set[str]:
        """Return the record types that indicators read, and all that they rest on."""
        found = (self.entries[name].rule.from_ for name in self.closure(names))
        return {str(kind) for kind in found if kind is not None}

    def rests_on_relations(self, name: str) -> bool:
        """Tell whether an indicator needs neighbours."""
        entry = self.entries[name]
        if entry.stage != "derived":
            return entry.stage in ("relation", "network")
        return any(self.rests_on_relations(n) for n in entry.names)

    def kin(self, names: Iterable[str]) -> list[str]:
        """Return all indicators; only those without, or only those with relations if ``names`` are all such."""
        asked = {self.rests_on_relations(name) for name in names}
        return [name for name in self.entries if self.rests_on_relations(name) in asked]

    def _matches(self, name: str, pattern: str) -> bool:
        if pattern.startswith("tree:"):
            path = pattern.removeprefix("tree:")
            tree = self.entries[name].rule.tree
            return tree == path or tree.startswith(path + "/")
        return fnmatchcase(name, pattern)

    def _visit(self, name: str, ordered: list[str], above: tuple[str, ...]) -> None:
        if name in above:
            raise self._error(name, "value", "no circle of indicators", " -> ".join([*above, name]))
        if name in ordered:
            return
        entry = self.entries[name]
        if entry.stage not in ("record", "network"):
            for needed in sorted(entry.names - set(EDGE_FIELDS)):
                self._visit(needed, ordered, (*above, name))
        ordered.append(name)

    def _check_names(self, entry: Entry) -> None:
        if entry.stage == "record":
            known = list(record_columns(self.rules.records[str(entry.rule.from_)]))
        elif entry.stage == "network":
            known = list(NETWORK_FIELDS[self.rules.networks[str(entry.rule.network)].kind])
        else:
            known = [*self.entries, *(EDGE_FIELDS if entry.stage == "relation" else ())]
        for name in sorted(entry.names):
            if name not in known:
                what = {"record": "a field of the record type", "network": "a field of the network"}
                kind = what.get(entry.stage, "an indicator")
                raise self._error(entry.name, "value", kind, name, nearest(name, known))
        if entry.stage in ("record", "relation") and not entry.value.aggregates:
            raise self._error(entry.name, "value", "an aggregate such as count()", entry.value.text)

    def _check_stages(self) -> None:
        for name, entry in self.entries.items():
            self._visit(name, [], ())
            if entry.stage == "relation":
                for needed in entry.names - set(EDGE_FIELDS):
                    if self.rests_on_relations(needed):
                        raise self._error(
                            name, "value", "neighbours' own indicators, not relational ones", needed
                        )

    def _check_networks(self) -> None:
        for name, rule in self.rules.networks.items():
            for key, word in (("seeds", rule.seeds), ("capacity", rule.capacity)):
                if word and self.rests_on_relations(word):
                    place = self.rules.places[("networks", name)]
                    raise place.error(key, "an own indicator, not a relational one", word)

    def _error(self, name: str, key: str, expected: str, came: object, hint: str | None = None) -> BookError:
        return self.rules.places[("indicators", name)].error(key, expected, came, hint)


def _entry(rules: Rules, rule: Indicator) -> Entry:
    stage: Stage = "derived"
    if rule.from_ or rule.over or rule.network:
        stage = "record" if rule.from_ else "relation" if rule.over else "network"
    parsed = {}
    for key in ("value", "where"):
        text = getattr(rule, key)
        try:
            parsed[key] = parse(text) if text else None
        except InputError as problem:
            place = rules.places[("indicators", rule.name)]
            raise place.error(key, "an expression of the catalogue", problem.message) from None
    value, where = parsed["value"], parsed["where"]
    assert value is not None
    return Entry(rule, value, where, stage)
