"""What a book may say: one pydantic model per kind of entry, extra keys forbidden.

The rules are data; nothing here computes. References between entries (an indicator that names a record
type, a recipe that names an outcome) are checked in ``references.py`` once all files are read.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from credit_risk.book.same import SameFact
from credit_risk.book.window import Span, Window, parse_span, parse_window

__all__ = [
    "Baseline",
    "Calibration",
    "Column",
    "Families",
    "FieldRule",
    "Gate",
    "Indicator",
    "InspectionWeights",
    "LearnerRule",
    "Observations",
    "Outcome",
    "OutcomeRule",
    "Over",
    "Recipe",
    "RecordType",
    "RelationType",
    "Signal",
    "SourceRule",
    "Split",
    "Text",
    "TreeNode",
    "Variant",
]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Scheme = Literal["organisation_code", "registration_number", "tax_number", "customs_code", "name"]
SpanField = Annotated[Span, BeforeValidator(parse_span)]
WindowField = Annotated[Window, BeforeValidator(parse_window)]


class Entry(BaseModel):
    """Base of all entries: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Text(Entry):
    """A text in both languages; Chinese first."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


# ---- sources ---------------------------------------------------------------------------------------


class FieldRule(Entry):
    """One field of a record type.

    ``money`` is yuan as DECIMAL(18,2); ``number`` is DECIMAL(18,6), so that sums are exact in any order.
    ``code`` takes one of ``codes`` (a mapping code -> text), anything else is quarantined.
    """

    type: Literal["money", "number", "integer", "text", "code", "date", "flag"]
    title: Text | None = None
    codes: dict[str, Text] | None = None
    required: bool = False
    minimum: Decimal | None = None


class RecordType(Entry):
    """A kind of fact about one enterprise; ``life`` marks records that act on another record.

    ``same`` says which records of several sources tell one fact, and whose word prevails.
    """

    type: Name
    title: Text
    department: str
    fields: dict[Name, FieldRule] = {}
    lag: SpanField = Span(days=0)
    severity: Literal["minor", "general", "serious", "none", "positive"] = "none"
    trust: int = Field(default=1, ge=1, le=4)
    visibility: Literal["public", "authorised", "internal"] = "authorised"
    scenes: list[str] | None = None
    life: Literal["repair", "withdrawal", "shield", "objection", "objection_end", "superseded"] | None = None
    same: SameFact | None = None
    basis: str | None = None


class RelationType(Entry):
    """A typed edge. An end that is no enterprise (person, address...) mediates between enterprises."""

    type: Name
    title: Text
    src: Literal["enterprise", "person", "group"] = "enterprise"
    dst: Literal["enterprise", "person", "group"] = "enterprise"
    weight: Text | None = None
    hub_limit: int = Field(default=50, ge=2)
    trust: int = Field(default=1, ge=1, le=4)


class Column(Entry):
    """How one target is read from a file: a column (or a constant), cleaned, cast and scaled.

    ``unit`` multiplies numbers (10000 for files in 10,000 yuan). ``codes`` translates a department's words.
    ``person`` replaces the value by a keyed hash; ``record_of`` turns another file's id into a record id.
    ``scheme`` says that the column holds no USCC but another code, or only a name, which ingest resolves or lets wait.
    """

    column: str | None = None
    constant: Any = None
    unit: Decimal = Decimal(1)
    codes: dict[str, str] | None = None
    person: bool = False
    record_of: str | None = None
    prefix: str = ""
    scheme: Scheme | None = None


def _named_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class SourceRule(Entry):
    """A department's file or query and its mapping to one record type or relation type.

    ``files`` is a glob below the inbox folder. ``query`` is SQL instead: of ``database`` (an SQLAlchemy address, or a
    SQLite file in the inbox), else of DuckDB, where ``{data}`` stands for the folder in ``CREDIT_RISK_DATA``. ``map``
    gives target -> column; a bare string is a column name.
    """

    source: Name
    title: Text
    to: Name
    files: str | None = None
    query: str | None = None
    database: str | None = None
    optional: bool = False
    nulls: list[str] = ["", "— —", "——", "无", "/", "NULL", "null", "None"]
    map: dict[str, Annotated[Column, BeforeValidator(_named_column)]]


# ---- features --------------------------------------------------------------------------------------


class TreeNode(Entry):
    """A node of the indicator tree; ``path`` is ``dimension/topic``."""

    path: str = Field(pattern=r"^[a-z_]+(/[a-z0-9_]+)*$")
    title: Text


class Over(Entry):
    """The relations an indicator looks across.

    ``through`` a mediating node (person, group) counts as one hop. ``to`` says which end is counted.
    """

    relation: list[Name] | Literal["any"]
    direction: Literal["in", "out", "both"] = "both"
    hops: Literal[1, 2] = 1
    to: Literal["enterprise", "person", "group"] = "enterprise"


class Indicator(Entry):
    """One entry of the catalogue; everything about an indicator is derived from it.

    ``says`` is a format of ``value`` and of ``peer``, the share of the peer group below; ``says_zero`` is said instead
    of a value of 0, where "0 of them" would not be said.
    """

    name: Name
    title: Text
    from_: Name | None = Field(default=None, alias="from")
    over: Over | None = None
    network: Name | None = None
    value: str
    where: str | None = None
    window: WindowField = Window()
    kind: Literal["number", "category"] = "number"
    unseen: Literal["missing", "refuse"] = "missing"
    risk: Literal["increases", "decreases", "none"]
    why: str | None = None
    says: Text
    says_zero: Text | None = None
    tree: str
    repairable: str | None = None
    scenes: list[str] | None = None
    basis: str
    input: bool = True


# ---- models ----------------------------------------------------------------------------------------


class OutcomeRule(Entry):
    """Records of one type that count as the outcome."""

    from_: Name = Field(alias="from")
    where: str | None = None


class Outcome(Entry):
    """An adverse event: any of its rules, by the clock on which it became known (or happened)."""

    outcome: Name
    title: Text
    any: list[OutcomeRule] = Field(min_length=1)
    clock: Literal["received", "event"] = "received"
    lag: SpanField = Span(days=0)


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
    train: list[str] = ["train"]
    judge: list[str] = []
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
    relations: list[Name] = []
    rounds: int = Field(default=200, ge=1, le=20000)
    params: dict[str, Any] = {}
    seeds: list[int] = [1]
    monotone: bool = True


class Calibration(Entry):
    """Log-odds to PD, and at most one anchor of its level.

    ``population_rate`` re-bases a sample whose bad rate is not the world's; ``long_run_rate`` makes the mean PD of the
    training sample a stated rate over the cycle; ``low_default`` makes it the upper bound, at that confidence, of a
    rate of which few events tell (Pluto and Tasche 2005). ``newest_months`` fits on the as-of dates of that many months
    before the end of the training part, by default on all of them: what is known of an enterprise grows from year to
    year, and a level that is right on average is then too high for today.
    """

    kind: Literal["logistic", "isotonic"] = "logistic"
    newest_months: int | None = Field(default=None, ge=1)
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
    indicators: list[str] = ["*"]
    without: list[str] = []
    learner: LearnerRule = LearnerRule()
    blend_with: str | None = None
    calibration: Calibration = Calibration()
    weights: InspectionWeights | None = None
    challengers: list[Literal["scorecard", "logistic"]] = []
    gates: list[Gate] = []
    variants: list[Variant] = []
    baselines: list[Baseline] = []
    beside: list[Name] = []
    capacity: list[Annotated[float, Field(gt=0, lt=1)]] = []
    part_prefix: str = ""
    heads: list[str] = []
    terms: list[str] = []


class Signal(Entry):
    """A finding about one enterprise at t: ``when`` is a condition over indicators, score, event risk, anomalies.

    Attributes
    ----------
    heads
        Outcomes it foresees; none named means any of them.
    silence_of
        Record types whose absence it rests on: while the line of one is dead, the signal is suppressed.
    matter, confidence
        A signal with a suspected matter is a lead of violation (线索): never a finding.

    """

    signal: Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}$")]
    title: Text
    when: str
    level: Literal["red", "orange", "yellow", "blue"]
    kind: Literal["rule", "model", "trend", "anomaly", "graph"]
    horizon_months: int = Field(ge=0)
    evidence: list[Name] = Field(min_length=1)
    department: str
    action: Text
    says: Text
    heads: list[Name] = []
    silence_of: list[Name] = []
    matter: Text | None = None
    confidence: Literal["low", "medium", "high"] = "medium"
