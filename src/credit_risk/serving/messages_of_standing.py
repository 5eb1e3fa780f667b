"""What the API tells of an enterprise beside its score; nulls are what is not known or not for the scene."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from credit_risk.serving.messages import Words

__all__ = [
    "ArchiveAnswer",
    "ArchiveLine",
    "Bar",
    "ColdStart",
    "Eligibility",
    "EligibilityOfKind",
    "FactShown",
    "RatingShown",
    "RatingsAnswer",
]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FactShown(_Message):
    """One field of a record in words."""

    title: Words
    value: Words


class ArchiveLine(_Message):
    """One record; only ``usable`` ones count in scores."""

    happened: date
    received_at: datetime
    kind: str
    title: Words
    department: str
    severity: str
    status: str
    status_title: Words
    facts: list[FactShown]
    record_id: str


class ArchiveAnswer(_Message):
    """The archive of an enterprise; ``withheld`` counts what this scene or role may not see."""

    subject: str
    name: str
    as_of: date
    lines: list[ArchiveLine]
    withheld: int = Field(ge=0)
    audit_id: str


class Bar(_Message):
    """A rule that bars a commitment, and the records that make its fact so."""

    rule: str
    title: Words
    basis: str
    records: list[str]


class EligibilityOfKind(_Message):
    """One kind of commitment; ``withheld`` counts rules that rest on records barred in the scene."""

    kind: str
    eligible: bool
    barred_by: list[Bar]
    withheld: int = Field(ge=0)


class ColdStart(_Message):
    """The score beside it, or why there is none yet."""

    scorable: bool
    why_not: str | None
    pd: float | None
    grade: str | None
    data_depth: str | None


class Eligibility(_Message):
    """Which commitments may be accepted on a day."""

    subject: str
    day: date
    kinds: list[EligibilityOfKind]
    score: ColdStart
    notice: Words
    audit_id: str


class RatingShown(_Message):
    """A rating by another department; ``public`` is null unless it is ``valid``."""

    rater: str
    title: Words
    word: str | None
    word_title: Words | None
    public: str | None
    state: Literal["valid", "expired", "no_degree", "not_in_crosswalk"]
    valid_until: date | None
    basis: str
    record_id: str


class RatingsAnswer(_Message):
    """Ratings of other departments and the class they give together."""

    subject: str
    day: date
    ratings: list[RatingShown]
    fused: str | None
    conflict: bool | None
    withheld: int = Field(ge=0)
    notice: Words
    audit_id: str
