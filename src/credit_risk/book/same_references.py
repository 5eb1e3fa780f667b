"""Check that what a precedence among sources names exists."""

from __future__ import annotations

from credit_risk.book.load import RawBook
from credit_risk.errors import nearest

__all__ = ["check_same_facts"]

CONFLICT_FIELDS = ("preferred", "told_by", "differs")
ENVELOPE = ("source_record_id", "event_date", "usable_from", "usable_until")


def check_same_facts(raw: RawBook) -> None:
    """Raise BookError where a precedence names what the book does not hold."""
    records, sources = raw.entries["records"], raw.entries["sources"]
    for name, kind in records.items():
        if kind.life == "superseded" and not set(CONFLICT_FIELDS) <= set(kind.fields):
            expected = f"the text fields {', '.join(CONFLICT_FIELDS)}"
            raise raw.places[("records", name)].error("fields", expected, sorted(kind.fields))
        if kind.same is None:
            continue
        place = raw.places[("records", name)]
        if not any(other.life == "superseded" for other in records.values()):
            raise place.error("same", "a record type with life: superseded in the book", None)
        for column in kind.same.by:
            known = [*ENVELOPE, *kind.fields]
            if column not in known:
                raise place.error("same.by", "a column of the type", column, nearest(column, known))
        delivering = [s.source for s in sources.values() if s.to == name]
        for source in kind.same.prevails:
            if source not in delivering:
                raise place.error("same.prevails", f"a source of {name}", source, nearest(source, delivering))
