"""Leads of violation: packed with records and a competent department, surer when patterns agree, never without records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from tests.conftest import END, ROOT

from credit_risk.book import open_rules
from credit_risk.graph import find_patterns
from credit_risk.warnings.leads import leads
from credit_risk.zone import Book

RULES = open_rules(ROOT)


@dataclass
class Found:
    pattern: str
    members: list[str]
    record_ids: list[str] = field(default_factory=list)


def _warning(subject: str, *signals: tuple[str, list[str]]) -> dict[str, Any]:
    told = []
    for code, records in signals:
        rule = RULES.signals[code]
        one = {"signal": code, "kind": rule.kind, "department": rule.department,
               "evidence": [{"record_id": r, "kind": "x"} for r in records]}  # fmt: skip
        if rule.matter:
            one |= {"matter": {"zh": rule.matter.zh, "en": rule.matter.en}}
        told.append(one)
    return {"subject": subject, "signals": json.dumps(told)}


def test_a_lead_has_matter_department_records_and_the_status_of_a_lead() -> None:
    table = pd.DataFrame([_warning("a", ("C03", ["r1"]), ("B01", ["r2"])), _warning("b", ("D02", ["r3"]))])
    found = leads(RULES, table)
    assert [(lead.subject, lead.signal, lead.confidence) for lead in found] == [
        ("b", "D02", "high"),
        ("a", "C03", "medium"),
    ]
    assert all(lead.status == "lead" and lead.evidence and lead.department for lead in found)
    assert found[1].matter["zh"].startswith("疑似")


def test_without_records_there_is_no_lead() -> None:
    assert leads(RULES, pd.DataFrame([_warning("a", ("C03", []))])) == []


def test_a_pattern_makes_a_lead_surer_and_adds_its_records_but_makes_none_alone() -> None:
    table = pd.DataFrame([_warning("a", ("C03", ["r1"])), _warning("c", ("B01", ["r9"]))])
    ring = Found("carousel", ["a", "b", "c"], ["e1", "r1"])
    (lead,) = leads(RULES, table, [ring])
    assert lead.confidence == "high" and lead.patterns == ["carousel"] and lead.together_with == ["b", "c"]
    assert [e["record_id"] for e in lead.evidence] == ["r1", "e1"]


def test_the_nightly_run_keeps_leads_with_records_and_what_patterns_add(book: Book) -> None:
    current = book.snapshots.current() or ""
    kept = book.snapshots.read(current, "leads")
    assert len(kept) and set(kept["status"]) == {"lead"}
    assert kept["evidence"].map(json.loads).map(len).min() > 0
    members = {m for f in find_patterns(book.graph, END) for m in f.members}
    backed = kept["patterns"].map(len) > 0
    assert set(kept.loc[backed, "subject"]) == set(kept["subject"]) & members
