"""What a book may say of early warning beside its signals: event-risk models, anomalies, good news, scenarios."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

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
    """How unusual an enterprise is by a detector of PyOD; the fact ``anomaly_NAME`` is its percentile in [0, 1].

    ``against: peers`` measures each indicator from the middle of the peer group in its own spread; ``own`` takes
    indicators that already compare with the enterprise's own past as they are. Nulls count as ordinary.
    """

    anomaly: Name
    title: Text
    detector: Literal["ecod", "copod", "hbos", "iforest"] = "ecod"
    against: Literal["peers", "own"]
    over: list[Name] = Field(min_length=2)
    where: str | None = None


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
