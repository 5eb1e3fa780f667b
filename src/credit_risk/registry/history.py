"""Which model was champion when, and who decided it: one line an event, appended, never changed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from credit_risk.records.clock import Moment, moment

__all__ = ["History", "Promotion"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """From ``at`` (local time) on, ``model_id`` is the champion of ``recipe``; decided by a named person.

    With the action ``shadow`` it is scored beside the champion from then on and decides nothing.
    """

    at: str
    action: str
    recipe: str
    version: int
    model_id: str
    by: str
    reason: str


class History:
    """The promotions of a book."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: Promotion) -> None:
        """Write one event and flush it to disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(event), ensure_ascii=False, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def events(self, recipe: str) -> list[Promotion]:
        """Return the events of a recipe, oldest first."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        found = [Promotion(**json.loads(line)) for line in lines if line.strip()]
        return [event for event in found if event.recipe == recipe]

    def champion(self, recipe: str, t: Moment | None = None) -> Promotion | None:
        """Return the promotion in force at t (now by default), None before the first."""
        at = moment(t) if t is not None else datetime.max
        return self._last(recipe, at, ("promote", "rollback"))

    def challenger(self, recipe: str, t: Moment | None = None) -> Promotion | None:
        """Return the challenger at t (now by default); None when none was named since the last champion."""
        at = moment(t) if t is not None else datetime.max
        last = self._last(recipe, at, ("shadow", "promote", "rollback"))
        return last if last is not None and last.action == "shadow" else None

    def reigns(self, recipe: str) -> list[tuple[Promotion, str | None]]:
        """Return every reign, oldest first: its promotion and when it ended, None for the one in force."""
        found = [e for e in self.events(recipe) if e.action != "shadow"]
        ends: list[str | None] = [e.at for e in found[1:]]
        return list(zip(found, [*ends, None], strict=True)) if found else []

    def _last(self, recipe: str, at: datetime, actions: tuple[str, ...]) -> Promotion | None:
        past = [e for e in self.events(recipe) if e.action in actions and datetime.fromisoformat(e.at) <= at]
        return past[-1] if past else None
