"""What ``serve`` says before it serves: whoever starts it learns how to sign in."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from credit_risk.book import open_rules
from credit_risk.cli.serve import (
    SAMPLE,
    SAMPLE_PASSWORD,
    _sample_accounts,
    _say_who_may_sign_in,
    practice_day,
)

ROOT = Path(__file__).resolve().parents[2]


def test_without_an_account_it_says_how_to_open_one_and_with_one_it_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDIT_RISK_VAR", str(tmp_path))
    rules = open_rules(ROOT)
    _say_who_may_sign_in(rules)
    assert "credit-risk users add" in capsys.readouterr().err
    _sample_accounts(rules)
    told = capsys.readouterr().err
    assert all(user_id in told and name in told for user_id, name, _ in SAMPLE) and SAMPLE_PASSWORD in told
    _say_who_may_sign_in(rules)
    assert capsys.readouterr().err == ""


def test_the_practice_day_lies_after_all_that_the_snapshot_knew() -> None:
    assert practice_day("2026-06-30-credit-12m-c8b0-122c") == date(2026, 7, 1)
