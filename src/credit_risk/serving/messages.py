"""What the API takes and gives; unknown fields are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

__all__ = [
    "Freshness",
    "GradeHistory",
    "GradeMeaning",
    "GradePoint",
    "Health",
    "IndicatorShown",
    "ManyScores",
    "ManySubjects",
    "ModelCard",
    "Notice",
    "Reason",
    "RecordShown",
    "Refusal",
    "ScoreAnswer",
    "ScoreItem",
    "ScoreQuestion",
    "SignalShown",
    "WarningFeed",
    "WarningShown",
    "Words",
]


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("plain text without control characters or halves of characters")
    return text


Plain = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_plain)]


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

    subject: Plain = Field(
        description="Unified social credit code (GB 32100).", examples=["91350100M000100Y43"]
    )
    scene: Plain = Field(description="A scene of the book.", examples=["financing"])


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
    transmitted: bool = Field(False, description="It speaks of neighbours, not of the enterprise itself.")
    evidence: list[RecordShown] = []
    withheld: bool = False


class Reason(_Message):
    """A group of the indicator tree with its signed points; negative points raise the risk."""

    group: str
    title: Words
    points: float
    effect: Literal["raises_risk", "lowers_risk"]
    transmitted: bool = Field(False, description="All it shows speaks of neighbours.")
    indicators: list[IndicatorShown]


class Freshness(_Message):
    """What the score knows: everything received by ``as_of``, which is ``age_days`` days ago."""

    as_of: datetime
    age_days: int


class ScoreAnswer(_Message):
    """The published score, or why there is none. ``base + points of reasons + other = score``."""

    subject: str
    scorable: bool
    why_not: str | None = None
    score: float | None = None
    pd: float | None = Field(None, description="Probability of the outcome within the horizon.")
    pd_low: float | None = Field(None, description="Lower bound of the PD.")
    pd_high: float | None = Field(None, description="Upper bound of the PD.")
    pd_terms: dict[str, float] | None = Field(None, description="PD of shorter horizons, never decreasing.")
    pd_heads: dict[str, float] | None = Field(None, description="PD of each kind of trouble, 12 months.")
    grade: str | None = None
    public_class: str | None = None
    base_points: float | None = None
    other_points: float | None = None
    reasons: list[Reason] = []
    peer_group: str | None = None
    data_depth: str | None = Field(None, description="How much is known of the enterprise, A (most) to G.")
    flags: list[str] = Field([], description="What to mind: `stale`, `fresh`, `unseen_category:NAME`, ...")
    freshness: Freshness
    as_of: datetime
    model_id: str
    snapshot_id: str
    audit_id: str
    notice: Words = Notice


class Refusal(_Message):
    """Why one item of a batch has no score."""

    status: int
    detail: str
    field: str | None = None


class ManySubjects(_Message):
    """Ask for the published scores of many enterprises, for one lawful use."""

    subjects: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=100)]],
        Field(min_length=1, max_length=1000),
    ]
    scene: Plain = Field(description="A scene of the book.", examples=["financing"])
    reasons: StrictBool = Field(True, description="Leave the reasons out where only scores are needed.")


class ScoreItem(_Message):
    """One item of a batch: a score, why it is not scorable, or a problem."""

    subject: str
    scorable: bool
    why_not: str | None = None
    score: float | None = None
    pd: float | None = None
    pd_low: float | None = Field(None, description="Lower bound of the PD.")
    pd_high: float | None = Field(None, description="Upper bound of the PD.")
    pd_terms: dict[str, float] | None = Field(None, description="PD of shorter horizons, never decreasing.")
    pd_heads: dict[str, float] | None = Field(None, description="PD of each kind of trouble, 12 months.")
    grade: str | None = None
    public_class: str | None = None
    base_points: float | None = None
    other_points: float | None = None
    reasons: list[Reason] = []
    peer_group: str | None = None
    data_depth: str | None = Field(None, description="How much is known of the enterprise, A (most) to G.")
    flags: list[str] = Field([], description="What to mind: `stale`, `fresh`, `unseen_category:NAME`, ...")
    freshness: Freshness | None = None
    as_of: datetime | None = None
    model_id: str | None = None
    snapshot_id: str | None = None
    problem: Refusal | None = None


class ManyScores(_Message):
    """The items in the order asked, all of one snapshot."""

    snapshot_id: str
    audit_id: str
    items: list[ScoreItem]
    notice: Words = Notice


class GradePoint(_Message):
    """PD and grade as known at one t."""

    as_of: datetime
    pd: float
    grade: str


class GradeHistory(_Message):
    """How the grade went under the model in force."""

    subject: str
    model_id: str
    grades: list[GradePoint]
    audit_id: str


class SignalShown(_Message):
    """A finding behind a warning, with the records that the scene may see."""

    signal: str
    level: Literal["red", "orange", "yellow", "blue"]
    kind: str
    title: Words
    says: Words
    horizon_months: int
    department: str
    action: Words
    matter: Words | None = Field(
        default=None, description="The suspected matter, where the signal is a lead of violation."
    )
    confidence: Literal["low", "medium", "high"] | None = None
    evidence: list[RecordShown]


class WarningShown(_Message):
    """A warning as it stands: a lead for a person, not a finding. ``withheld`` signals are not for this scene."""

    case_id: str
    subject: str
    state: str
    level: Literal["red", "orange", "yellow", "blue"]
    pd: float | None = None
    grade: str | None = None
    first_seen: str
    last_seen: str
    due_on: str
    conclusion: str | None = None
    snapshot_id: str
    version: int
    signals: list[SignalShown]
    withheld: int
    notice: Words = Notice


class WarningFeed(_Message):
    """One page of warnings by last change; ``more`` tells whether to ask again at once."""

    items: list[WarningShown]
    next_cursor: int
    more: bool
    audit_id: str


class ModelCard(_Message):
    """What the published scores were made with."""

    model_id: str
    title: Words | None
    snapshot_id: str
    as_of: datetime
    scored: int
    not_scorable: int
    manifest: dict[str, Any]


class GradeMeaning(_Message):
    """One grade of the master scale: PD in ``(pd_over, pd_to]``."""

    grade: str
    title: Words
    pd_over: float
    pd_to: float
    public_class: Literal["A", "B", "C", "D"]


class Health(_Message):
    """The service answers."""

    status: Literal["ok"]


class WhatIfQuestion(_Message):
    """Ask for the score as it would be if records of the enterprise were repaired."""

    subject: Plain = Field(description="Unified social credit code.", examples=["91310115MA0537410A"])
    scene: Plain = Field(description="A scene of the book.", examples=["financing"])
    repair: list[Plain] = Field(
        min_length=1, max_length=20, description="Record ids, as evidence names them."
    )


class Standing(_Message):
    """Where an enterprise stands."""

    score: float
    pd: float
    grade: str


class MovedIndicator(_Message):
    """An indicator whose value or points moved; what the scene may not see is withheld, its points stay."""

    name: str | None = None
    title: Words | None = None
    before: float | str | None = None
    after: float | str | None = None
    points: float
    withheld: bool = False


class WhatIfAnswer(_Message):
    """The score now and as the engine would give it once the repairs are received."""

    subject: str
    as_of: datetime
    before: Standing
    after: Standing
    moved: list[MovedIndicator]
    audit_id: str
    notice: Words = Notice


class ChangeStep(_Message):
    """One cause of a change and its points; the steps add up to the change."""

    cause: str
    title: Words
    points: float


class ChangeAnswer(_Message):
    """Why the score moved between two days, by the model in force."""

    subject: str
    since: datetime
    as_of: datetime
    before: Standing
    after: Standing
    steps: list[ChangeStep]
    moved: list[MovedIndicator]
    audit_id: str
    notice: Words = Notice
