"""Enterprises of one name told apart: by code, what they do, where, how big, and their grade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from credit_risk.book.schema import Text
from credit_risk.serving.desk import Desk
from credit_risk.serving.directory import Entry

__all__ = ["Choice", "choices_of", "titles_of"]


@dataclass(frozen=True, slots=True)
class Choice:
    """An enterprise as it is offered for choice; ``labels`` are in the order of ``titles_of``."""

    entry: Entry
    labels: list[Text | str]
    grade: str | None
    pd: float | None


def titles_of(desk: Desk) -> list[Text | str]:
    """Return what the labels are called."""
    group = desk.rules.settings.peer_group
    fields = desk.rules.records[group.record].fields if group else {}
    return [fields[name].title or name for name in (group.by if group else [])]


def choices_of(desk: Desk, entries: Sequence[Entry]) -> list[Choice]:
    """Return enterprises with what tells them apart."""
    group, published = desk.rules.settings.peer_group, desk.published()
    fields = desk.rules.records[group.record].fields if group else {}
    names = list(group.by) if group else []
    found = []
    for entry in entries:
        codes = [(fields[name].codes or {}, entry.labels.get(name)) for name in names]
        labels = [known.get(code, code) if code else "–" for known, code in codes]
        scored = published is not None and entry.subject in published.scores.index
        grade = published.scores.at[entry.subject, "grade"] if published and scored else None
        pd = published.scores.at[entry.subject, "pd"] if published and scored else None
        found.append(
            Choice(entry, labels, grade if isinstance(grade, str) else None, pd if pd == pd else None)
        )
    return found
