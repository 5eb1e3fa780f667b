"""Where an enterprise stands: what the model says, what law bounds, what people decided, what others say, side by side.

    model class ─▶ human decision in force (if any) ─▶ never better than any cap ─▶ public class ─▶ tier
    public class ─▶ best sector grade that other departments may give

Pure functions of one row: no clock, no store, no model.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.book.policy import CLASSES, Cap, CommitmentRule, Measure, Treatment
from credit_risk.policy.fusion import fuse, votes_of
from credit_risk.policy.overrides import Override

__all__ = [
    "STANDING_SCHEMA",
    "Standing",
    "bounded",
    "entitled",
    "sector_best",
    "stand",
    "tier_of",
    "treatment",
]

STANDING_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("model_public", pa.string()),
        ("industry", pa.string()),
        ("facts", pa.string()),  # JSON: fact -> [record id]
        ("ratings", pa.string()),  # JSON: rows of ratings_at
        ("objections", pa.string()),  # JSON: [record id under objection]
    ]
)


@dataclass(frozen=True)
class Standing:
    """One enterprise on one day. ``public`` is None where neither the model nor a cap says anything."""

    subject: str
    day: date
    model_public: str | None
    decision: Override | None
    caps: list[Cap]
    public: str | None
    sector_best: str
    facts: Mapping[str, list[str]]
    ratings: list[dict[str, Any]]
    fused: str | None
    conflict: bool
    objections: list[str]
    tier: str
    treatments: dict[str, Treatment]
    measures: list[Measure]
    barred: list[CommitmentRule]

    def eligible(self, kind: str) -> list[CommitmentRule]:
        """Return the rules that bar a commitment of one kind; none means that it may be accepted."""
        return [rule for rule in self.barred if kind in rule.bars]


def stand(rules: Rules, row: Mapping[str, Any], day: date, decision: Override | None = None) -> Standing:
    """Return where the enterprise of a row of ``STANDING_SCHEMA`` stands on a day."""
    facts: dict[str, list[str]] = json.loads(row["facts"])
    ratings: list[dict[str, Any]] = json.loads(row["ratings"])
    said = decision.public if decision else row["model_public"]
    caps = [c for c in rules.caps.values() if c.holds(day) and c.scope == "public" and c.fact in facts]
    public = bounded(said, caps)
    tier = tier_of(public, facts)
    valid = [(r["rater"], r["crosswalk"], r["public"]) for r in ratings if r["state"] == "valid"]
    fusion = next((f for f in rules.fusions.values() if f.holds(day)), None)
    ranks = [CLASSES.index(public) for _, _, public in valid]
    apart = max(ranks, default=0) - min(ranks, default=0)
    return Standing(
        subject=row["subject"],
        day=day,
        model_public=row["model_public"],
        decision=decision,
        caps=caps,
        public=public,
        sector_best=sector_best(rules, public, day),
        facts=facts,
        ratings=ratings,
        fused=fuse(votes_of(rules, valid), fusion) if fusion else None,
        conflict=bool(fusion and apart >= fusion.conflict_gap),
        objections=json.loads(row["objections"]),
        tier=tier,
        treatments={
            name: treatment(rules, name, tier, row["industry"])
            for name, matter in rules.supervision.items()
            if matter.holds(day)
        },
        measures=entitled(rules.measures.values(), public, facts, day),
        barred=[r for r in rules.commitments.values() if r.holds(day) and r.fact in facts],
    )


def bounded(public: str | None, caps: Sequence[Cap]) -> str | None:
    """Return the worse of a class and every cap; a cap never makes a class better."""
    said = [c.at_best for c in caps] + ([public] if public else [])
    return max(said, default=None)  # A < B < C < D: worse is later in the alphabet


def sector_best(rules: Rules, public: str | None, day: date) -> str:
    """Return the best grade that a sector may give an enterprise of a public class."""
    bounds = [
        c.at_best
        for c in rules.caps.values()
        if c.scope == "sector" and c.holds(day) and public and c.when_public and public >= c.when_public
    ]
    return max(bounds, default="A")


def tier_of(public: str | None, facts: Collection[str]) -> str:
    """Return the tier of supervision; one of whom nothing is said is treated as everybody (B)."""
    if public == "A" and "aeo_advanced" in facts:
        return "A_aeo"
    return public or "B"


def treatment(rules: Rules, matter: str, tier: str, industry: str | None) -> Treatment:
    """Return the row of a matter for a tier; in a red-line industry never milder than the regular one."""
    table = rules.supervision[matter]
    row = table.rows[tier]  # type: ignore[index]
    return table.rows["B"] if industry in table.red_line and row.rate < table.rows["B"].rate else row


def entitled(
    measures: Collection[Measure], public: str | None, facts: Collection[str], day: date
) -> list[Measure]:
    """Return the measures in force on a day whose conditions are met.

    A class only ever opens an incentive (``public <= public_at_least``), so a better one never takes one away.
    """
    return [
        m
        for m in measures
        if m.holds(day)
        and all(fact in facts for fact in m.needs)
        and not any(fact in facts for fact in m.unless)
        and (m.public_at_least is None or (public is not None and public <= m.public_at_least))
    ]
