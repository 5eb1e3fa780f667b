"""After records arrived in any order, a score recomputed online is that of the night to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation.recomputed import online_against_night

from credit_risk.zone import Book


def test_sixty_enterprises_drawn_at_random_score_online_as_by_night(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = book.rules.var
    for name in ("CREDIT_RISK_VAR", "CREDIT_RISK_DATABASE_URL", "CREDIT_RISK_TODAY"):
        monkeypatch.setenv(name, "")  # as they were, afterwards
    found = online_against_night(var, tmp_path, enterprises=60, records=120)
    assert found["unlike"] == 0, found["examples"]
    assert (found["enterprises"], found["scorable"] > 30, found["sources"] > 5) == (60, True, True), found
    assert found["records"] > 60 and found["moved"] >= 5, "what was posted is seen"
