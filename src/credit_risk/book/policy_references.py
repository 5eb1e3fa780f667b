"""Check that what the policy entries of a book name exists."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from credit_risk.book.load import RawBook
from credit_risk.book.share import SHAREABLE
from credit_risk.errors import nearest

__all__ = ["check_policy"]


def check_policy(raw: RawBook) -> None:
    """Raise BookError at the first policy entry that names something the book does not hold."""
    records, facts = raw.entries["records"], raw.entries["facts"]
    for name, fact in facts.items():
        for rule in fact.any:
            _must(raw, "facts", name, "any.from", rule.from_, records, "a record type")
    _check_crosswalks(raw)
    for name, cap in raw.entries["caps"].items():
        if cap.fact:
            _must(raw, "caps", name, "fact", cap.fact, facts, "a fact")
    for name, measure in raw.entries["measures"].items():
        for fact in [*measure.needs, *measure.unless]:
            _must(raw, "measures", name, "needs", fact, facts, "a fact")
        if measure.scene:
            _must(raw, "measures", name, "scene", measure.scene, raw.entries["scenes"], "a scene")
    for name, table in raw.entries["supervision"].items():
        for fact in table.prompted_by:
            _must(raw, "supervision", name, "prompted_by", fact, facts, "a fact")
    for name, rule in raw.entries["lists"].items():
        for fact in [*rule.facts, *rule.unless]:
            _must(raw, "lists", name, "facts", fact, facts, "a fact")
    for name, rule in raw.entries["commitments"].items():
        _must(raw, "commitments", name, "fact", rule.fact, facts, "a fact")
    _check_shares(raw)


def _check_shares(raw: RawBook) -> None:
    records = raw.entries["records"]
    mirrored = [name for name, rule in raw.entries["lists"].items() if rule.kind == "mirror"]
    for name, share in raw.entries["shares"].items():
        known = list(SHAREABLE[share.what])
        if share.what == "list":
            _must(raw, "shares", name, "from", share.from_, mirrored, "a mirrored list")
        if share.what == "records":
            _must(raw, "shares", name, "from", share.from_, records, "a record type")
            known += records[share.from_].fields
        for field in share.fields:
            _must(raw, "shares", name, "fields", field, known, f"a field of what is shared as {share.what}")


def _check_crosswalks(raw: RawBook) -> None:
    records, walks = raw.entries["records"], raw.entries["crosswalks"]
    for name, walk in walks.items():
        _must(raw, "crosswalks", name, "from", walk.from_, records, "a record type")
        fields = records[walk.from_].fields
        _must(raw, "crosswalks", name, "field", walk.field, fields, f"a field of {walk.from_}")
        for word in walk.to:
            codes = fields[walk.field].codes or {}
            _must(raw, "crosswalks", name, "to", word, codes, f"a code of {walk.from_}.{walk.field}")
    for one, other in combinations(walks.values(), 2):
        apart = any(a.until and a.until <= b.since for a, b in ((one, other), (other, one)))
        if one.rater == other.rater and not apart:
            place = raw.places[("crosswalks", other.crosswalk)]
            raise place.error("since", f"days apart from those of {one.crosswalk}", str(other.since))


def _must(raw: RawBook, kind: str, name: str, key: str, word: str, known: Iterable[str], what: str) -> None:
    known = list(known)
    if word not in known:
        raise raw.places[(kind, name)].error(key, what, word, nearest(word, known))
