"""What an enterprise may lawfully do about its own facts, and how long it must wait: remedies of the book."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, model_validator

from credit_risk.book.policy import Dated
from credit_risk.book.schema import Entry, Name, Text

__all__ = ["Harmless", "Remedy", "Wait"]


class Harmless(Entry):
    """When a record of a type that is adverse by its kind says nothing against the enterprise: a check without finding.

    ``when`` is a condition on the fields of the record. It is for what people are shown as adverse; no score asks it.
    """

    record: Name
    when: str


class Wait(Dated):
    """Months from the fact until the remedy may take effect, while this rule is in force."""

    months: int = Field(ge=0)


class Remedy(Entry):
    """A lawful way to mend facts of one record type: performing a duty, never hiding or inventing a fact.

    ``repair`` ends the record by a repair record; ``correct`` has the source report it again with the fields that the
    remedy ``gives``; ``add`` has a record of type ``add`` reported with them (the text ``today`` stands for the day).
    What no remedy names cannot be acted on: age, industry, owners, history.
    """

    remedy: Name
    title: Text
    record: Name
    where: str | None = None
    effect: Literal["repair", "correct", "add"]
    add: Name | None = None
    gives: dict[Name, Any] = Field(default_factory=dict)
    waits: list[Wait] = Field(min_length=1)

    @model_validator(mode="after")
    def _says_what_it_does(self) -> Remedy:
        if (self.effect == "repair") == bool(self.gives):
            raise ValueError(
                "expected fields in `gives` where the effect is correct or add, none where it is repair"
            )
        if (self.effect == "add") != (self.add is not None):
            raise ValueError("expected the record type `add` where the effect is add, nowhere else")
        return self

    def wait(self, day: date) -> Wait | None:
        """Return the rule in force on a day, None where the remedy is not open then."""
        return next((wait for wait in self.waits if wait.holds(day)), None)
