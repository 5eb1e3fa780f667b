"""A verdict says which signals it found true: those ticked, else all that are no guess of a model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.warnings.test_fold import DAY, REVIEWER, SUPERVISOR, fold, ledger, warning

from credit_risk.errors import InputError
from credit_risk.warnings.ledger import Ledger, confirmable, standing_grounds, verdicts

__all__ = ["ledger"]  # the fixture


def _case(ledger: Ledger, kinds: dict[str, str]) -> str:
    row = warning("a", "orange", ["r1"])
    evidence = [{"kind": "abnormal_list", "record_id": "r1"}]
    signals: list[dict[str, Any]] = [
        {"signal": code, "kind": kind, "level": "orange", "evidence": evidence}
        for code, kind in kinds.items()
    ]
    fold(ledger, DAY, [row | {"signals": json.dumps(signals)}])
    case_id = ledger.of("a")[0].case_id
    ledger.act(case_id, "check", SUPERVISOR, "")
    return case_id


def test_what_was_ticked_is_kept_with_the_move_and_is_what_the_verdict_says(ledger: Ledger) -> None:
    case_id = _case(ledger, {"A02": "rule", "B01": "rule", "M01": "model"})
    ledger.act(case_id, "propose", SUPERVISOR, "住所无人", signals=["B01"])
    assert standing_grounds(ledger.moves(case_id)) == ["B01"]
    ledger.act(case_id, "approve", REVIEWER, "同意")
    assert verdicts(ledger.engine)["codes"].tolist() == ["B01"]


def test_without_a_word_it_is_every_signal_that_is_no_guess(ledger: Ledger) -> None:
    case_id = _case(ledger, {"A02": "rule", "B01": "trend", "M01": "model"})
    ledger.act(case_id, "propose", SUPERVISOR, "住所无人")
    assert standing_grounds(ledger.moves(case_id)) == ["A02", "B01"]


def test_a_case_of_guesses_alone_can_still_be_confirmed(ledger: Ledger) -> None:
    case_id = _case(ledger, {"M01": "model"})
    assert confirmable(ledger.case(case_id)) == ["M01"]
    ledger.act(case_id, "propose", SUPERVISOR, "属实")


@pytest.mark.parametrize("chosen", [[], ["M01"], ["Z99"]])
def test_nothing_a_guess_or_a_strange_signal_is_no_ground(ledger: Ledger, chosen: list[str]) -> None:
    case_id = _case(ledger, {"A02": "rule", "M01": "model"})
    with pytest.raises(InputError, match="signals: expected"):
        ledger.act(case_id, "propose", SUPERVISOR, "属实", signals=chosen)
    assert ledger.case(case_id).state == "checking"


def test_a_rejection_speaks_of_all_and_a_proposal_taken_back_of_none(ledger: Ledger) -> None:
    case_id = _case(ledger, {"A02": "rule", "B01": "rule"})
    ledger.act(case_id, "propose", SUPERVISOR, "属实", signals=["B01"])
    ledger.act(case_id, "return", REVIEWER, "再核")
    ledger.act(case_id, "reject", SUPERVISOR, "误报")
    assert verdicts(ledger.engine)["codes"].tolist() == ["A02,B01"]
    ledger.act(case_id, "undo", SUPERVISOR, "点错")
    ledger.act(case_id, "propose", SUPERVISOR, "属实", signals=["A02"])
    ledger.act(case_id, "undo", SUPERVISOR, "点错")
    assert standing_grounds(ledger.moves(case_id)) == ["B01"], "the returned proposal is the last that stands"
