"""What a book may say of access: lawful uses and roles."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from credit_risk.book.schema import Entry, Name, Text

__all__ = ["Role", "Scene", "ServiceName"]

ServiceName = Literal["score", "report", "warning", "archive", "eligibility", "crosswalk"]


class Scene(Entry):
    """A lawful use: the services it has, the record types that it may not see, and the days on which it is in force.

    ``barred`` adds to what record types and indicators say of their own scenes: neither a barred record nor an
    indicator computed from one is ever shown. In force on ``[valid_from, valid_until)``; a missing bound does not bind.
    """

    scene: Name
    title: Text
    services: list[ServiceName] = Field(default=["score", "report", "warning"])
    barred: list[Name] = Field(default=[])
    valid_from: date | None = None
    valid_until: date | None = None
    basis: str | None = None

    def valid(self, day: date) -> bool:
        """Tell whether the scene is in force on a day."""
        late = self.valid_until is not None and day >= self.valid_until
        return not late and (self.valid_from is None or day >= self.valid_from)


class Role(Entry):
    """Who may do what."""

    role: Name
    title: Text
    may: list[str]
