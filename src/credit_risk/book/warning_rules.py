"""What a book may say of early warning beside its signals: event-risk models, anomalies, good news, scenarios."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from credit_risk.book.recipe import LearnerRule
from credit_risk.book.schema import Entry, Name, OutcomeRule, Text

__all__ = ["Anomaly", "EventModel", "GoodNews", "Scenario"]


class EventModel(Entry):
    """A discrete-time hazard model of events on monthly panels: the warning models, apart from the grade models.

    Attributes
    ----------
    outcome, heads
        The event whose risk is told, and the outcomes that it divides into.
    exits
        What ends an observation without an event: a competing exit.
    population
        A recipe: whoever it would score stands in the panel while it would.
    cuts
        Ends of the periods after t, in months; the risk is told within each of them.
    indicators, also, without
        Inputs of the catalogue as in a recipe, and indicators that are no inputs of grade models.
    keep_one_in
        Of person-periods without an event one in so many is kept and weighs as much.

    """

    event_model: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    outcome: Name
    heads: list[Name] = Field(min_length=1)
    exits: list[OutcomeRule] = Field(default=[])
    population: str
    first: date
    cuts: list[int] = Field(default=[1, 3, 6], min_length=1)
    indicators: list[str] = Field(default=["*"])
    also: list[Name] = Field(default=[])
    without: list[str] = Field(default=[])
    keep_one_in: int = Field(default=4, ge=1)
    learner: LearnerRule = LearnerRule()


class Anomaly(Entry):
    """How unusual an enterprise is by a detector; the fact ``anomaly_NAME`` is its percentile in [0, 1].

    ``against: peers`` measures each indicator from the middle of the peer group in its own spread; ``own`` takes
    indicators that already compare with the enterprise's own past as they are. Detectors of PyOD look for whatever is
    rare, and nulls count as ordinary. ``stouffer`` looks for many weak signs of one kind: it adds up distances by
    ``weights``, negative where less of the indicator is the sign, and leaves out what is null.
    """

    anomaly: Name
    title: Text
    detector: Literal["ecod", "copod", "hbos", "iforest", "stouffer"] = "ecod"
    against: Literal["peers", "own"]
    over: list[Name] = Field(min_length=2)
    weights: dict[Name, float] = Field(default={})
    where: str | None = None

    @model_validator(mode="after")
    def _weighted_as_the_detector_asks(self) -> Anomaly:
        asked = self.over if self.detector == "stouffer" else []
        if sorted(self.weights) != sorted(asked) or not all(self.weights.values()):
            raise ValueError(
                "weights: expected one, not 0, for each indicator of a stouffer, and none elsewhere"
            )
        return self


class GoodNews(Entry):
    """A fact that lowers a warning: its level by one step (never a red one), its value by the share ``lowers``."""

    good_news: Annotated[str, Field(pattern=r"^P[0-9]{2}$")]
    title: Text
    when: str
    evidence: list[Name] = Field(min_length=1)
    lowers: float = Field(gt=0, lt=1)
    says: Text


class Scenario(Entry):
    """A shock to play through: who is hit first, how hard, and how it fades along relations.

    Exactly one of ``industry``, ``region`` and ``node`` says who is hit: a value of the indicators ``industry`` or
    ``zone``, or an enterprise. ``pd_factor`` multiplies the odds of those hit.
    """

    scenario: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    industry: str | None = None
    region: str | None = None
    node: str | None = None
    pd_factor: float = Field(default=3.0, gt=1, le=100)
    fade: float = Field(default=0.5, gt=0, lt=1)
    hops: int = Field(default=3, ge=1, le=4)
