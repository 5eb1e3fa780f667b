"""The store: migrated to exactly the tables that the code uses, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from credit_risk.errors import InputError
from credit_risk.store import open_store
from credit_risk.store.migrate import FOLDER
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


def test_what_was_kept_by_key_or_day_goes_to_callers_and_to_the_order_of_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", url)
    plain = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = plain
    command.upgrade(config, "0007_outbox_versions")
    with plain.begin() as connection:
        for key, name, made in [
            ("k1", "法院", "2026-01-01"),
            ("k2", "法院", "2026-02-01"),
            ("k3", "税务", "2026-01-02"),
        ]:
            connection.execute(
                text("INSERT INTO keys VALUES (:key, :name, 'system', 'tax', 'x', :made, NULL, NULL)"),
                {"key": key, "name": name, "made": made},
            )
        connection.execute(
            text("INSERT INTO receipts VALUES ('r', '2026-01-01', '法院', NULL, 'c', 's', 'k', '{}', '[]')")
        )
        connection.execute(text("INSERT INTO idempotency VALUES ('k2', 'once', 'a', '2026-01-01', 201, 'b')"))
        for case, at in [("c1", "2026-03-31"), ("c2", "2026-01-31")]:
            columns = "case_id, subject, state, level, rank, value, signals, codes, snapshot_id, first_seen, last_seen, due_on, version"
            values = f"'{case}', 's', 'new', 'red', 0, 1, '[]', '', 's', '{at}', '{at}', '{at}', 1"
            connection.execute(text(f"INSERT INTO cases ({columns}) VALUES ({values})"))
            move = f"'{case}', 1, '{at}', 'e', 'engine', 'open', NULL, 'new', '', NULL, 0"
            connection.execute(text(f"INSERT INTO moves VALUES ({move})"))
    with open_store(tmp_path).connect() as connection:
        callers = connection.execute(text("SELECT key_id, caller_id FROM keys ORDER BY 1")).all()
        assert callers == [("k1", "k1"), ("k2", "k1"), ("k3", "k3")]
        assert connection.execute(text('SELECT "by" FROM receipts')).scalar() == "法院 (k1)"
        assert connection.execute(text("SELECT caller FROM idempotency")).scalar() == "k1"
        order = connection.execute(text("SELECT case_id FROM cases ORDER BY changed")).scalars().all()
        assert order == ["c2", "c1"]
