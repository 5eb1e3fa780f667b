"""Killed under load: what was told is not lost, and what is served is whole. ``evaluation.kill`` does it 50 times."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation.disposable import STORES, store
from evaluation.kill import kill_again_and_again

from credit_risk.zone import Book


@pytest.mark.parametrize("name", STORES)
def test_nothing_that_was_told_is_lost_and_nothing_half_published_is_served(
    name: str, book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = book.rules.var
    for variable in ("CREDIT_RISK_VAR", "CREDIT_RISK_DATABASE_URL"):
        monkeypatch.setenv(variable, "")  # as they were, afterwards
    with store(name, tmp_path / "store") as url:
        found = kill_again_and_again(var, tmp_path / "zone", url, kills=1, hurried=True)
    assert found["kills"] == 1 and min(found[what] for what in ("receipts", "scores", "snapshots")) >= 1
