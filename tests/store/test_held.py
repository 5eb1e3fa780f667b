"""A connection that is kept by whoever writes often, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, func, select, text

from credit_risk.serving.audit import Audit
from credit_risk.serving.spill import Spill
from credit_risk.store import Held, open_store
from credit_risk.store.tables import audit_lines

LINE = {
    "actor": "a",
    "role": "system",
    "scene": "tax",
    "action": "score.read",
    "subject": "x",
    "result": "200",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'store.db'}" if sqlite else request.getfixturevalue("postgresql")
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", url)
    engine = open_store(tmp_path)
    with engine.begin() as connection:
        connection.execute(audit_lines.delete())
    yield engine
    with engine.begin() as connection:
        connection.execute(audit_lines.delete())


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(audit_lines)).scalar_one())


def test_one_connection_serves_many_transactions(engine: Engine) -> None:
    taken: list[int] = []
    event.listen(engine, "checkout", lambda *_: taken.append(1))
    held = Held(engine)
    assert [held.run(_count) for _ in range(5)] == [0] * 5 and len(taken) == 1


def test_what_fails_leaves_nothing_and_the_next_goes_on(engine: Engine) -> None:
    audit, held = Audit(engine), Held(engine)
    audit.write(**LINE)

    def half(connection: Connection) -> None:
        connection.execute(audit_lines.delete())
        raise RuntimeError("stopped half-way")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="half-way"):
            held.run(half)
        assert held.run(_count) == 1


def test_lines_go_on_where_they_ended_when_the_database_has_closed_the_connection(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = request.getfixturevalue("postgresql")
    monkeypatch.setenv("CREDIT_RISK_DATABASE_URL", url)
    engine = open_store(tmp_path)
    audit = Audit(engine, Spill(tmp_path / "spill"))
    before = int(audit.write(**LINE).split("-")[0])
    other = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        )
    other.dispose()
    after = audit.write(**LINE)
    assert after.split("-")[0] == str(before + 1) and not audit.degraded
    audit.verify()
