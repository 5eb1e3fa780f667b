"""The store: migrated to exactly the tables that the code uses, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from credit_risk.errors import InputError
from credit_risk.store import open_store
from credit_risk.store.service_tables import metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    yield request.getfixturevalue("postgresql")


def test_the_migrated_store_has_just_the_tables_of_the_code(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", url)
    engine = open_store(tmp_path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from alembic_version")).scalar() == 1


@pytest.mark.parametrize("wrong", ["nonsense", "postgresql://127.0.0.1:1/nothing"])
def test_a_store_that_cannot_be_opened_says_so(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", wrong)
    with pytest.raises(InputError, match=r"CREDIT_RISK_DATABASE_URL|does not answer"):
        open_store(tmp_path)
