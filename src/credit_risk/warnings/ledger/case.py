"""What the ledger hands out: people, cases, moves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = ["Case", "Move", "Person", "Queue"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: a named person in a role; never the model."""

    user_id: str
    name: str
    role: str

    @property
    def shown(self) -> str:
        """Name and id, as written into a move."""
        return f"{self.name} ({self.user_id})"


@dataclass(frozen=True, slots=True)
class Case:
    """A warning in the hands of people. ``signals`` is what the engine found, with its evidence."""

    case_id: str
    subject: str
    state: str
    level: str
    rank: int
    value: float
    pd: float | None
    grade: str | None
    signals: list[dict[str, Any]]
    codes: str
    snapshot_id: str
    first_seen: str
    last_seen: str
    due_on: str
    snoozed_until: str | None
    assignee: str | None
    conclusion: str | None
    closed_at: str | None
    version: int
    changed: int

    @classmethod
    def of(cls, row: dict[str, Any]) -> Case:
        """Return the case of a row of the store."""
        return cls(**{**row, "signals": json.loads(row["signals"])})


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a case's history."""

    case_id: str
    number: int
    at: str
    actor: str
    role: str
    act: str
    before: str | None
    after: str
    reason: str
    detail: str | None
    undone: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of cases in the order of work, and how many there are in all."""

    cases: list[Case]
    total: int
