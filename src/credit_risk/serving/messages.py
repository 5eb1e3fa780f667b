"""What the API takes and gives; unknown fields are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

__all__ = [
    "IndicatorShown",
    "Notice",
    "Problem",
    "Reason",
    "RecordShown",
    "ScoreAnswer",
    "ScoreQuestion",
    "Words",
]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Words(_Message):
    """One text in both languages."""

    zh: str
    en: str


Notice = Words(
    zh="评分是附有理由的意见，由人判断；不得单独作为惩戒依据。",
    en="A score is an opinion with reasons; people decide. It is no sole basis for an adverse measure.",
)


class ScoreQuestion(_Message):
    """Ask for the published score of one enterprise, for one lawful use."""

    subject: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        description="Unified social credit code (GB 32100).", examples=["91350100M000100Y43"]
    )
    scene: str = Field(description="A scene of the book.", examples=["financing"])


class RecordShown(_Message):
    """A record behind an indicator; ``about`` is the enterprise or person it is about."""

    about: str
    kind: str
    record_id: str
    source: str
    event_date: str
    received_at: str


class IndicatorShown(_Message):
    """An indicator that speaks for a reason.

    Where the scene may not see it, ``withheld`` is true and only the points remain.
    """

    name: str | None = None
    title: Words | None = None
    value: float | str | None = None
    peer: float | None = Field(None, description="Share of the peer group with a lower value.")
    points: float
    says: Words | None = None
    repairable: str | None = None
    evidence: list[RecordShown] = []
    withheld: bool = False


class Reason(_Message):
    """A group of the indicator tree with its signed points; negative points raise the risk."""

    group: str
    title: Words
    points: float
    effect: Literal["raises_risk", "lowers_risk"]
    indicators: list[IndicatorShown]


class ScoreAnswer(_Message):
    """The published score, or why there is none. ``base + points of reasons + other = score``."""

    subject: str
    scorable: bool
    why_not: str | None = None
    score: float | None = None
    pd: float | None = Field(None, description="Probability of the outcome within the horizon.")
    grade: str | None = None
    public_class: str | None = None
    base_points: float | None = None
    other_points: float | None = None
    reasons: list[Reason] = []
    peer_group: str | None = None
    as_of: datetime
    model_id: str
    snapshot_id: str
    audit_id: str
    notice: Words = Notice


class Problem(_Message):
    """What was wrong: where, what was expected, what came, what to do."""

    error: str
    field: str | None = None
    expected: str | None = None
    came: str | None = None
    hint: str | None = None
