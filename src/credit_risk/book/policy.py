"""What a book may say of policy: facts, caps, crosswalks, measures, supervision, lists and commitments.

Everything here has a legal basis and a day from which it holds; ``since <= day``, and ``day < until`` where there is an
end. A condition on the public class is always "at least as good as", so a better class never loses an entitlement.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from credit_risk.book.schema import Entry, Name, SpanField, Text

__all__ = [
    "CLASSES",
    "TIERS",
    "Cap",
    "CommitmentRule",
    "Crosswalk",
    "Dated",
    "Fact",
    "FactRule",
    "Fusion",
    "ListRule",
    "Measure",
    "Supervision",
    "Treatment",
]

Public = Literal["A", "B", "C", "D"]
Tier = Literal["A_aeo", "A", "B", "C", "D"]
CLASSES: tuple[Public, ...] = ("A", "B", "C", "D")
TIERS: tuple[Tier, ...] = ("A_aeo", "A", "B", "C", "D")
Basis = Annotated[str, Field(min_length=2)]
Names = list[Name]


class Dated(Entry):
    """An entry that holds from ``since`` until before ``until``."""

    basis: Basis
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether the entry is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)


class FactRule(Entry):
    """Records of one type that make the fact; with ``latest`` only an enterprise's newest one is looked at."""

    from_: Name = Field(alias="from")
    where: str | None = None
    within: SpanField | None = None
    latest: bool = False


class Fact(Entry):
    """Something that is so of an enterprise at t by usable records: on a list, certified, in arrears."""

    fact: Name
    title: Text
    any: list[FactRule] = Field(min_length=1)


class Cap(Dated):
    """A statutory bound outside the model.

    While ``fact`` holds, or the public class is ``when_public`` or worse, that of ``scope`` is at best ``at_best``.
    """

    cap: Name
    title: Text
    fact: Name | None = None
    when_public: Public | None = None
    scope: Literal["public", "sector"]
    at_best: Public

    @model_validator(mode="after")
    def _one_cause(self) -> Cap:
        if (self.fact is None) == (self.when_public is None):
            raise ValueError("either fact or when_public")
        if self.scope == "public" and self.when_public:
            raise ValueError("a fact, because a public class cannot bound itself")
        return self


class Crosswalk(Dated):
    """How one department's words read on the public scale, for ratings made while the crosswalk holds.

    ``to`` gives A to D, or null for a word that is no degree (tax M: new, not judged). ``lasts`` ends a rating that has
    no end of its own. An ``authority`` bounds the fused class; a ``weight`` is a vote in its median.
    """

    crosswalk: Name
    rater: Name
    title: Text
    from_: Name = Field(alias="from")
    field: Name
    where: str | None = None
    lasts: SpanField | None = None
    to: dict[str, Public | None] = Field(min_length=1)
    weight: int = Field(default=1, ge=1, le=10)
    authority: bool = False


class Fusion(Dated):
    """The rule by which ratings become one class.

    The weighted median of the valid ratings (the worse one on a tie), but never more than ``notches`` better than the
    worst rating by an authority. Ratings ``conflict_gap`` classes apart are listed for review.
    """

    fusion: Name
    title: Text
    notches: int = Field(default=1, ge=0, le=3)
    conflict_gap: int = Field(default=2, ge=1, le=3)


class Measure(Dated):
    """A published incentive or restriction. A restriction rests on a fact, never on a grade alone."""

    measure: Name
    title: Text
    kind: Literal["incentive", "restriction"]
    department: str
    scene: Name | None = None
    public_at_least: Public | None = None
    needs: Names = Field(default=[])
    unless: Names = Field(default=[])
    published: Basis

    @model_validator(mode="after")
    def _lawful(self) -> Measure:
        if self.kind == "restriction" and (not self.needs or self.public_at_least):
            raise ValueError("a fact in needs and no class, because a grade alone restricts nobody")
        return self


class Treatment(Entry):
    """One row of differential supervision: resources, method, content, frequency; ``rate`` times the regular one."""

    rate: float = Field(gt=0)
    resources: Text
    method: Text
    content: Text
    frequency: Text
    channel: Literal["green", "normal", "strict"]


class Supervision(Dated):
    """Differential supervision in one matter: a row for every tier, never milder for a worse one.

    Industries of ``red_line`` are never treated more mildly than the regular row; a fact of ``prompted_by`` calls for a
    visit at any tier.
    """

    supervision: Name
    title: Text
    department: str
    review_on: date
    rows: dict[Tier, Treatment]
    red_line: Names = Field(default=[])
    prompted_by: Names = Field(default=[])

    @model_validator(mode="after")
    def _complete(self) -> Supervision:
        missing = [tier for tier in TIERS if tier not in self.rows]
        if missing:
            raise ValueError(f"a row for every tier, {', '.join(missing)} is missing")
        rates = [self.rows[tier].rate for tier in TIERS]
        if rates != sorted(rates):
            raise ValueError(f"rates that never fall from {TIERS[0]} to {TIERS[-1]}")
        return self


class ListRule(Dated):
    """One of the two lists.

    ``mirror`` repeats what the competent departments decided (``facts``); nothing else can enter it. ``candidates`` are
    proposed to the committee: public class, months since founding, none of ``unless``.
    """

    list: Name
    title: Text
    kind: Literal["mirror", "candidates"]
    facts: Names = Field(default=[])
    public_at_least: Public | None = None
    pd_at_most: float | None = Field(default=None, gt=0, le=1)
    months_of_history: int = Field(default=0, ge=0)
    unless: Names = Field(default=[])
    term: SpanField | None = None
    remedy: Text

    @model_validator(mode="after")
    def _of_its_kind(self) -> ListRule:
        if self.kind == "mirror" and (not self.facts or self.public_at_least or self.pd_at_most):
            raise ValueError("facts only, because a mirrored list is made of decisions, not of grades")
        if self.kind == "candidates" and not (self.public_at_least and self.unless):
            raise ValueError("public_at_least and unless")
        return self


class CommitmentRule(Dated):
    """While ``fact`` holds, commitments of the kinds ``bars`` are not accepted in place of papers or approval."""

    rule: Name
    title: Text
    fact: Name
    bars: Annotated[Names, Field(min_length=1)]
