"""What a book may say of how a model is made: its recipe."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from credit_risk.book.schema import Entry, Name, SpanField, Text

__all__ = [
    "Baseline",
    "Calibration",
    "Families",
    "Gate",
    "InspectionWeights",
    "LearnerRule",
    "Observations",
    "Recipe",
    "Split",
    "Variant",
]


class Observations(Entry):
    """Which (enterprise, t): a grid of month ends, or a record type that lists them (``from``)."""

    from_: Name | None = Field(default=None, alias="from")
    where: str | None = None
    part_field: str = "part"
    subjects: Name | None = None
    first: date | None = None
    last: date | None = None
    every_months: int = Field(default=3, ge=1)
    eligible: str | None = None
    population: Text | None = None


class Families(Entry):
    """Whole families kept out of training: ``share`` of those that ``relations`` tie together, drawn by their name.

    Their rows in the time of training are never fitted; their rows in the test part are judged apart as well, since a
    model may know a family rather than what makes it fail.
    """

    share: float = Field(gt=0, le=0.5)
    relations: list[Name] = Field(min_length=1)


class Split(Entry):
    """Who trains and who judges.

    ``time``: train on t <= ``train_until``, judge on t >= ``test_from``; the gap must hold one horizon.
    ``parts``: the observation list names the part of each row; only ``train`` is ever fitted.
    ``walk_months`` walks through the test part of a split by time in windows of so many months: before each, the model
    is fitted anew on all observations whose outcome had matured by then, those of the gap and of earlier windows too.
    """

    kind: Literal["time", "parts"]
    train_until: date | None = None
    test_from: date | None = None
    train: list[str] = Field(default_factory=lambda: ["train"])
    judge: list[str] = Field(default_factory=list)
    folds: int = Field(default=5, ge=2, le=20)
    fold_by: Literal["subject", "component"] = "subject"
    families: Families | None = None
    walk_months: int | None = Field(default=None, ge=1)


class LearnerRule(Entry):
    """A learner and its parameters; several seeds are averaged on the log-odds.

    ``relational-lightgbm`` fits the same trees and says what they rest on: a recipe of that kind without any indicator
    that rests on relations is refused. ``graph-network`` (the extra ``graph``) fits a network over ``relations`` (all
    of the book where none is named) in ``rounds`` passes; its ``params`` are those of ``GraphSage``. It tells no
    reasons, so it is judged beside a champion and never becomes one.
    """

    kind: Literal["lightgbm", "relational-lightgbm", "graph-network"] = "lightgbm"
    relations: list[Name] = Field(default_factory=list)
    rounds: int = Field(default=200, ge=1, le=20000)
    params: dict[str, Any] = Field(default_factory=dict)
    seeds: list[int] = Field(default_factory=lambda: [1])
    monotone: bool = True


class Calibration(Entry):
    """Log-odds to PD, and at most one anchor of its level.

    ``population_rate`` re-bases a sample whose bad rate is not the world's; ``long_run_rate`` makes the mean PD of the
    training sample a stated rate over the cycle; ``low_default`` makes it the upper bound, at that confidence, of a
    rate of which few events tell (Pluto and Tasche 2005). ``newest_months`` fits on the as-of dates of that many months
    before the end of the training part, by default on all of them: what is known of an enterprise grows from year to
    year, and a level that is right on average is then too high for today.

    ``out_of_time`` draws the log-odds together by what they lose one horizon ahead, as seen inside the training part
    (``models/ahead.py``); for trees, and a training part that holds as-of dates one horizon apart.
    """

    kind: Literal["logistic", "isotonic"] = "logistic"
    newest_months: int | None = Field(default=None, ge=1)
    out_of_time: bool = False
    population_rate: float | None = Field(default=None, gt=0, lt=1)
    long_run_rate: float | None = Field(default=None, gt=0, lt=1)
    low_default: float | None = Field(default=None, ge=0.5, lt=1)

    @model_validator(mode="after")
    def _one_anchor(self) -> Calibration:
        anchors = (self.population_rate, self.long_run_rate, self.low_default)
        if sum(anchor is not None for anchor in anchors) > 1:
            raise ValueError("at most one of population_rate, long_run_rate and low_default")
        return self


class InspectionWeights(Entry):
    """Weights against the bias that findings follow attention.

    Rows are weighted by the inverse of the chance that a record ``from`` with ``where`` (an inspection aimed at risk)
    fell within the horizon, given what was known at t; no weight is beyond ``cap`` or below its inverse. Only the
    learner is weighted: the PD is calibrated to what is really observed.
    """

    from_: Name = Field(alias="from")
    where: str | None = None
    cap: float = Field(default=5.0, gt=1)


class Gate(Entry):
    """A bar that a model must pass before it may be promoted; ``unless_first`` waives it while there is no champion."""

    metric: str
    part: str
    at_least: float | None = None
    at_most: float | None = None
    unless_first: bool = False


class Variant(Entry):
    """The same recipe with indicators left out, judged as ``PART_NAME``; to show what rests on them."""

    name: Name
    title: Text | None = None
    without: list[str] = Field(min_length=1)


class Baseline(Entry):
    """An indicator that ranks by itself, the higher the worse; judged as ``PART_NAME`` beside the model."""

    name: Name
    title: Text
    score: Name


class Recipe(Entry):
    """How one model is made, from outcome to gates.

    ``heads`` and ``terms`` name recipes whose champions are scored beside it: the PD of each kind of trouble, and of
    shorter horizons. A recipe may say ``like: OTHER`` and only what differs.

    ``beside`` names indicators that are computed for every row and never enter the model. ``capacity`` names shares of
    the observed that can be looked at, at each as-of date: precision, what is caught and how early are told for each.

    ``blend_with`` names a recipe of the same rows whose learner joins on the log-odds if the interval of its gain in
    ROC-AUC out of fold lies above zero (``evaluation/blend.py``); otherwise the recipe's own learner stands alone.
    """

    recipe: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    outcome: Name
    horizon: SpanField
    observations: Observations
    split: Split
    indicators: list[str] = Field(default_factory=lambda: ["*"])
    without: list[str] = Field(default_factory=list)
    learner: LearnerRule = LearnerRule()
    blend_with: str | None = None
    calibration: Calibration = Calibration()
    weights: InspectionWeights | None = None
    challengers: list[Literal["scorecard", "logistic"]] = Field(default_factory=list)
    gates: list[Gate] = Field(default_factory=list)
    variants: list[Variant] = Field(default_factory=list)
    baselines: list[Baseline] = Field(default_factory=list)
    beside: list[Name] = Field(default_factory=list)
    capacity: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=list)
    part_prefix: str = ""
    heads: list[str] = Field(default_factory=list)
    terms: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _out_of_time_by_trees(self) -> Recipe:
        if self.calibration.out_of_time and self.learner.kind == "graph-network":
            raise ValueError("calibration.out_of_time: expected a learner of trees, came graph-network")
        return self
