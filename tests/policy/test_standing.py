"""Bounds, decisions, measures and commitments: what stands outside the model."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import ROOT

from credit_risk.book import Rules, open_rules
from credit_risk.book.policy import CLASSES, TIERS, Measure, Supervision
from credit_risk.errors import CheckFailed, InputError
from credit_risk.policy.lists import candidates, changes
from credit_risk.policy.overrides import Override
from credit_risk.policy.proposals import propose
from credit_risk.policy.standing import Standing, bounded, stand, tier_of, treatment
from credit_risk.warnings.ledger import Person

RULES: Rules = open_rules(ROOT)
DAY = date(2026, 6, 30)
FACTS = sorted(RULES.facts)
REVIEWER = Person("li", "李复核", "reviewer")


def row(public: str | None = "A", facts: dict[str, list[str]] | None = None, **more: Any) -> dict[str, Any]:
    base = {"subject": "S", "model_public": public, "industry": "trade", "facts": json.dumps(facts or {})}
    return {**base, "ratings": "[]", "objections": "[]", **more}


def decision(public: str) -> Override:
    return Override(
        "OV-1", "S", public, "r", "b", "a (a)", "2026-01-01", "2026-01-01", "2026-12-31", "approved"
    )


def test_a_statutory_list_gives_public_class_d_whatever_the_model_says() -> None:
    for said in [*CLASSES, None]:
        assert stand(RULES, row(said, {"severe_list": ["r1"]}), DAY).public == "D"


def test_public_class_d_leaves_a_sector_b_at_best_and_only_while_the_rule_holds() -> None:
    assert stand(RULES, row("D"), DAY).sector_best == "B"
    assert stand(RULES, row("C"), DAY).sector_best == "A"
    assert stand(RULES, row("D"), date(2025, 12, 31)).sector_best == "A"


def test_a_human_decision_never_lifts_a_statutory_bound() -> None:
    standing = stand(RULES, row("C", {"severe_list": ["r1"]}), DAY, decision("A"))
    assert standing.public == "D"
    assert stand(RULES, row("C"), DAY, decision("A")).public == "A"


@given(st.sampled_from([*CLASSES, None]), st.sets(st.sampled_from(FACTS)))
def test_a_bound_never_makes_a_class_better(said: str | None, facts: set[str]) -> None:
    caps = [c for c in RULES.caps.values() if c.scope == "public" and c.fact in facts]
    result = bounded(said, caps)
    assert result is None or said is None or result >= said


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    """Any measure that a book may hold."""
    kind = draw(st.sampled_from(["incentive", "restriction"]))
    needs = draw(st.lists(st.sampled_from(FACTS), min_size=int(kind == "restriction"), max_size=2))
    return Measure(
        measure=draw(st.from_regex(r"[a-z]{6}", fullmatch=True)), title={"zh": "z", "en": "e"}, kind=kind,
        department="d", needs=needs, unless=draw(st.lists(st.sampled_from(FACTS), max_size=2)),
        public_at_least=draw(st.sampled_from([*CLASSES, None])) if kind == "incentive" else None,
        basis="basis", published="list", since=date(2020, 1, 1),
    )  # fmt: skip


@given(
    st.lists(measures(), max_size=6, unique_by=lambda m: m.measure),
    st.sets(st.sampled_from(FACTS)),
    st.sampled_from([*CLASSES, None]),
    st.sampled_from(CLASSES),
    st.booleans(),
    st.sampled_from(["trade", "maintenance"]),
)
def test_raising_a_grade_never_takes_an_entitlement_away(
    listed: list[Measure], facts: set[str], before: str | None, after: str, by_hand: bool, industry: str
) -> None:
    if before is not None and after > before:
        before, after = after, before
    rules = replace(RULES, measures={m.measure: m for m in listed} | RULES.measures)
    held = {f: ["r"] for f in facts}
    lower = stand(rules, row(before, held, industry=industry), DAY)
    raised = (
        stand(rules, row(before, held, industry=industry), DAY, decision(after))
        if by_hand
        else stand(rules, row(after, held, industry=industry), DAY)
    )
    entitled = lambda s: {m.measure for m in s.measures if m.kind == "incentive"}  # noqa: E731
    assert entitled(lower) <= entitled(raised)
    assert {r.rule for r in raised.barred} <= {r.rule for r in lower.barred}
    if before is None:  # nothing was said before, so a class of C or D is no raise
        return
    assert raised.sector_best <= lower.sector_best
    for matter in rules.supervision:
        assert raised.treatments[matter].rate <= lower.treatments[matter].rate


def test_every_matter_has_a_whole_row_for_every_tier_and_a_red_line_industry_is_never_spared() -> None:
    assert set(RULES.supervision) >= {"general", "trade", "rebate", "odi", "exit_entry", "quality"}
    for name in RULES.supervision:
        rates = [treatment(RULES, name, tier, "trade").rate for tier in TIERS]
        assert rates == sorted(rates)
    assert treatment(RULES, "general", "A_aeo", "maintenance").rate == 1.0
    assert tier_of("A", {"aeo_advanced"}) == "A_aeo"
    assert tier_of("B", {"aeo_advanced"}) == "B"


def test_a_supervision_table_that_is_milder_for_a_worse_tier_is_refused() -> None:
    table = RULES.supervision["general"].model_dump()
    table["rows"]["D"]["rate"] = 0.1
    with pytest.raises(ValueError, match="rates that never fall"):
        Supervision.model_validate(table)


def test_a_restriction_that_rests_on_a_grade_alone_is_no_measure() -> None:
    fields = RULES.measures["bid_restriction"].model_dump()
    with pytest.raises(ValueError, match="a grade alone restricts nobody"):
        Measure.model_validate({**fields, "needs": []})


# ---- proposals -----------------------------------------------------------------------------------


def standing(public: str = "A", *facts: str, day: date = DAY) -> Standing:
    return stand(RULES, row(public, {f: [f"record-{f}"] for f in facts}), day)


def test_an_unlisted_measure_cannot_be_emitted() -> None:
    with pytest.raises(InputError, match="not listed"):
        propose(RULES, standing(), "freeze_everything", REVIEWER)


def test_an_expired_measure_cannot_be_emitted() -> None:
    bad = standing("C", "tax_d", day=date(2026, 1, 1))
    with pytest.raises(CheckFailed, match="not in force on 2026-01-01"):
        propose(RULES, bad, "tax_invoice_limit_2014", REVIEWER)
    early = standing("C", "tax_d", day=date(2025, 6, 30))
    assert propose(RULES, early, "tax_invoice_limit_2014", REVIEWER).by == "李复核 (li)"


def test_an_adverse_measure_needs_a_named_person_whose_role_may() -> None:
    bad = standing("D", "severe_list")
    for nobody in (None, Person("x", " ", "reviewer"), Person("wang", "王", "supervisor")):
        with pytest.raises(CheckFailed, match="adverse"):
            propose(RULES, bad, "bid_restriction", nobody)
    made = propose(RULES, bad, "bid_restriction", REVIEWER)
    assert (made.by, made.record_ids) == ("李复核 (li)", ["record-severe_list"])


def test_a_model_grade_alone_never_leads_to_a_restriction() -> None:
    worst = standing("D")
    assert [m for m in worst.measures if m.kind == "restriction"] == []
    with pytest.raises(CheckFailed, match="conditions are not met"):
        propose(RULES, worst, "bid_restriction", REVIEWER)


def test_a_firm_on_a_severe_list_may_not_commit_and_is_told_rule_and_basis_and_may_again_after_it() -> None:
    barred = standing("C", "severe_list").eligible("approval")
    assert [r.rule for r in barred] == ["severe_list"]
    assert "第三十条" in barred[0].basis
    assert standing("C").eligible("approval") == []
    assert standing("C", "severe_list").eligible("repair") == []


# ---- lists ---------------------------------------------------------------------------------------


def test_no_candidate_has_an_excluding_fact_an_objection_a_short_history_or_a_worse_class() -> None:
    rule = RULES.lists["demonstration"]
    good = standing("A")
    pds, months = {"S": 0.001}, {"S": 60}
    assert candidates(rule, [good], pds, months) == ["S"]
    for fact in rule.unless:
        assert candidates(rule, [standing("A", fact)], pds, months) == []
    assert candidates(rule, [stand(RULES, row("A", objections='["r"]'), DAY)], pds, months) == []
    assert candidates(rule, [standing("B")], pds, months) == []
    assert candidates(rule, [good], {"S": 0.2}, months) == []
    assert candidates(rule, [good], pds, {"S": 35}) == []
    assert candidates(rule, [good], {}, months) == []


def test_a_list_that_a_score_could_enter_is_refused() -> None:
    fields = RULES.lists["severe"].model_dump()
    with pytest.raises(ValueError, match="decisions, not of grades"):
        type(RULES.lists["severe"]).model_validate({**fields, "pd_at_most": 0.9})


def test_a_removal_is_told_like_an_addition() -> None:
    assert changes({"a", "b"}, {"b", "c"}) == {"added": ["c"], "removed": ["a"]}
