"""Check that what networks and patterns of a book name exists, and that each says what its kind needs."""

from __future__ import annotations

from collections.abc import Iterable

from credit_risk.book.load import RawBook
from credit_risk.book.networks import NetworkRule, Pattern
from credit_risk.errors import nearest

__all__ = ["check_networks"]

NEEDS = {
    "diffusion": ("seeds", "channels"),
    "ownership": ("seeds", "relation"),
    "cascade": ("seeds", "channels"),
    "pattern": ("pattern",),
    "circle": ("relations",),
    "carousel": ("records", "partner", "goods", "quantity", "amount"),
    "cluster": ("relations", "founded"),
    "nominee": ("relations", "founded"),
    "old_hand": ("relations", "founded", "failed"),
}


def check_networks(raw: RawBook) -> None:
    """Raise BookError at the first network or pattern that names something the book does not hold."""
    for name, network in raw.entries["networks"].items():
        _check_network(raw, name, network)
    for name, pattern in raw.entries["patterns"].items():
        _check_pattern(raw, name, pattern)


def _check_network(raw: RawBook, name: str, network: NetworkRule) -> None:
    _needs(raw, "networks", name, network.kind, network)
    for word in (network.seeds, network.capacity):
        _known(raw, "networks", name, "seeds", word, "indicators", "an own indicator")
    for channel in network.channels:
        _known(raw, "networks", name, "channels", channel.relation, "relations", "a relation type")
    _known(raw, "networks", name, "relation", network.relation, "relations", "a relation type")
    _known(raw, "networks", name, "pattern", network.pattern, "patterns", "a pattern")


def _check_pattern(raw: RawBook, name: str, pattern: Pattern) -> None:
    _needs(raw, "patterns", name, pattern.kind, pattern)
    for relation in pattern.relations:
        _known(raw, "patterns", name, "relations", relation, "relations", "a relation type")
    _known(raw, "patterns", name, "records", pattern.records, "records", "a record type")
    if pattern.records:
        for key in ("partner", "goods", "quantity", "amount"):
            _field(raw, name, key, pattern.records, getattr(pattern, key))
    for facts in (pattern.founded, *pattern.failed):
        if facts:
            _known(raw, "patterns", name, "failed", facts.from_, "records", "a record type")
            for field in ([facts.field] if facts.field else []) + list(facts.where):
                _field(raw, name, "failed", facts.from_, field)


def _needs(raw: RawBook, what: str, name: str, kind: str, entry: NetworkRule | Pattern) -> None:
    for key in NEEDS[kind]:
        if not getattr(entry, key):
            raise raw.places[(what, name)].error(key, f"a value, because kind is {kind}", "nothing")


def _field(raw: RawBook, name: str, key: str, kind: str, field: str | None) -> None:
    known: Iterable[str] = raw.entries["records"][kind].fields
    if field and field not in known:
        raise raw.places[("patterns", name)].error(key, f"a field of {kind}", field, nearest(field, known))


def _known(raw: RawBook, what: str, name: str, key: str, word: str | None, kind: str, told: str) -> None:
    known = raw.entries[kind]
    if word and word not in known:
        raise raw.places[(what, name)].error(key, told, word, nearest(word, known))
