"""Which ended cases stand beside another: those about the same matter, and no others."""

from __future__ import annotations

import json
from typing import Any

from tests.warnings.test_fold import DAY, REVIEWER, SUPERVISOR, fold, ledger, warning

from credit_risk.warnings.ledger import Ledger

__all__ = ["ledger"]  # the fixture


def of(subject: str, **levels: str) -> dict[str, Any]:
    """Return a warning of these signals, each at its level."""
    found = warning(subject, min(levels.values(), key=["red", "orange", "yellow", "blue"].index), [])
    evidence = [{"kind": "abnormal_list", "record_id": f"r-{subject}"}]
    signals = [{"signal": c, "kind": "rule", "level": v, "evidence": evidence} for c, v in levels.items()]
    return found | {"signals": json.dumps(signals)}


def confirmed(ledger: Ledger, subject: str) -> None:
    case_id = ledger.of(subject)[0].case_id
    ledger.act(case_id, "check", SUPERVISOR, "")
    ledger.act(case_id, "propose", SUPERVISOR, "属实")
    ledger.act(case_id, "approve", REVIEWER, "同意")


def test_a_lesser_signal_in_common_makes_no_similar_case(ledger: Ledger) -> None:
    rows = [of("auction", B13="red", M01="yellow"), of("shell", G06="orange", M01="yellow")]
    fold(ledger, DAY, rows)
    confirmed(ledger, "auction")
    assert ledger.similar(ledger.of("shell")[0]) == []


def test_cases_of_the_same_matter_come_the_most_alike_first(ledger: Ledger) -> None:
    rows = [
        of("own", G06="orange", M01="yellow"),
        of("far", G06="yellow", B01="yellow", B03="yellow"),
        of("near", G06="orange", M01="yellow"),
        of("minor", G06="yellow", B01="red"),
    ]
    fold(ledger, DAY, rows)
    for subject in ("far", "near", "minor"):
        confirmed(ledger, subject)
    found = ledger.similar(ledger.of("own")[0])
    assert [case.subject for case in found] == ["near", "far"], (
        "in the minor one the signal is beside the matter"
    )
