"""The service over the small zone, with a store of its own: accounts, keys, cases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluation.disposable import listening
from fastapi import FastAPI
from tests.conftest import END

from credit_risk.serving.api import create_app
from credit_risk.serving.desk import Desk
from credit_risk.zone import Book

PASSWORD = "practice-zone"
ACCOUNTS = [
    ("wang", "王监管", "supervisor"),
    ("li", "李复核", "reviewer"),
    ("chen", "陈分析", "analyst"),
    ("sun", "孙审计", "auditor"),
    ("qian", "钱管理", "administrator"),
]


@pytest.fixture(scope="module")
def app(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Return the app with a ledger into which the small zone's warnings were folded."""
    store = tmp_path_factory.mktemp("store") / "operational.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CREDIT_RISK_DATABASE_URL", f"sqlite:///{store}")
        patch.setenv("CREDIT_RISK_TODAY", END)
        app = create_app(book.rules)
        desk: Desk = app.state.desk
        for user_id, name, role in ACCOUNTS:
            desk.people.add(user_id, name, role, PASSWORD)
        snapshot_id = book.snapshots.current() or ""
        table = book.snapshots.read(snapshot_id, "warnings")
        at = table["as_of"].iloc[0].to_pydatetime()
        desk.ledger.fold(snapshot_id, table, at, 10_000, lambda evidence: evidence["record_id"])
        yield app


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """Address of the app on a port of this machine."""
    with listening(app) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser; without one the browser tests are named as skipped."""
    for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"):
        if Path(path).exists():
            return path
    if os.environ.get("CREDIT_RISK_BROWSER_TESTS") == "required":
        pytest.fail("the browser tests are required here, and there is no Chromium")
    pytest.skip("no Chromium on this machine: the browser tests did not run")
