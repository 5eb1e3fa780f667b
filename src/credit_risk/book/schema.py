"""What a book may say: one pydantic model per kind of entry, extra keys forbidden.

The rules are data; nothing here computes. References between entries (an indicator that names a record
type, a recipe that names an outcome) are checked in ``references.py`` once all files are read.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from credit_risk.book.same import SameFact
from credit_risk.book.window import Span, Window, parse_span, parse_window

__all__ = [
    "Column",
    "FieldRule",
    "Indicator",
    "Outcome",
    "OutcomeRule",
    "Over",
    "RecordType",
    "RelationType",
    "Signal",
    "SourceRule",
    "Text",
    "TreeNode",
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
