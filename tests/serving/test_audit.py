"""The audit chain: a line that is changed, taken out or put in breaks it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from credit_risk.errors import TamperedError
from credit_risk.serving.audit import Audit
from credit_risk.store import open_store


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.delenv("CREDIT_RISK_DATABASE_URL", raising=False)
    return open_store(tmp_path)


def _write(audit: Audit, subject: str = "91350100M000100Y43") -> str:
    return audit.write(
        actor="a", role="system", scene="tax", action="score.read", subject=subject, result="200"
    )


@pytest.mark.parametrize(
    "spoil",
    [
        "update audit set subject = 'x' where number = 3",
        "update audit set at = '2020-01-01' where number = 1",
        "delete from audit where number = 3",
        "insert into audit select 9, at, actor, role, scene, action, subject, result, before, hash from audit where number = 2",
    ],
)
def test_a_spoiled_line_is_found(engine: Engine, spoil: str) -> None:
    audit = Audit(engine)
    for _ in range(5):
        _write(audit)
    assert audit.verify().lines == 5
    with engine.begin() as connection:
        connection.exec_driver_sql(spoil)
    with pytest.raises(TamperedError, match="does not fit"):
        audit.verify()


def test_lines_written_at_once_still_make_one_chain(engine: Engine) -> None:
    audit = Audit(engine)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda i: _write(audit, str(i)), range(60)))
    assert audit.verify().lines == 60
    assert len(set(ids)) == 60


def test_an_empty_chain_is_whole(engine: Engine) -> None:
    assert Audit(engine).verify().lines == 0
