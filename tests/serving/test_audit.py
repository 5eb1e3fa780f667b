"""The audit chain: a line that is changed, taken out or put in breaks it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from credit_risk.errors import TamperedError
from credit_risk.serving import audit as chain
from credit_risk.serving.audit import Audit, Walk
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


def test_a_walk_goes_on_where_it_ended_and_sees_what_was_changed_there_or_later(engine: Engine) -> None:
    audit = Audit(engine)
    for _ in range(3):
        _write(audit)
    head = audit.verify()
    _write(audit)
    assert audit.verify(head) == audit.verify() and audit.verify(head).lines == 4
    with engine.begin() as connection:
        connection.exec_driver_sql("update audit set subject = 'x' where number = 4")
    with pytest.raises(TamperedError, match="line 4"):
        audit.verify(head)
    with engine.begin() as connection:
        connection.exec_driver_sql("update audit set hash = 'x' where number = 3")
    with pytest.raises(TamperedError, match="line 3"):
        audit.verify(head)


def test_the_page_walks_the_whole_chain_at_first_and_every_hour(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = Audit(engine)
    _write(audit)
    walk = Walk(audit)
    head, whole_at = walk.on()
    _write(audit)
    assert head.lines == 1 and walk.on() == (audit.verify(), whole_at)
    with engine.begin() as connection:
        connection.exec_driver_sql("update audit set subject = 'x' where number = 1")
    assert walk.on()[0].lines == 2, "a line walked already is not looked at again within the hour"
    monkeypatch.setattr("credit_risk.serving.audit.WHOLE_AGAIN", timedelta(0))
    with pytest.raises(TamperedError, match="line 1"):
        walk.on()


def test_lines_written_at_once_still_make_one_chain(engine: Engine) -> None:
    audit = Audit(engine)
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda i: _write(audit, str(i)), range(60)))
    assert audit.verify().lines == 60
    assert len(set(ids)) == 60


def test_an_empty_chain_is_whole(engine: Engine) -> None:
    assert Audit(engine).verify().lines == 0


def test_lines_of_one_moment_on_an_event_loop_are_one_commit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit, commit, sizes = Audit(engine), Audit._commit, []

    def counted(self: Audit, lines: list[dict[str, str]]) -> list[str]:
        sizes.append(len(lines))
        return commit(self, lines)

    monkeypatch.setattr(Audit, "_commit", counted)
    line = {"actor": "a", "role": "r", "scene": "s", "action": "x", "subject": "", "result": "200"}

    async def later(turns: int) -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await audit.append(**line)

    async def moment(lines: int) -> list[str]:
        return await asyncio.gather(*[later(turns) for turns in range(lines)])

    ids = asyncio.run(moment(7))
    assert sizes == [7] and len(set(ids)) == 7 and audit.verify().lines == 7
    sizes.clear()
    asyncio.run(moment(40))
    assert sizes[0] >= chain.ENOUGH, "a few that come at once are one commit, too"
    assert sum(sizes) == 40 and audit.verify().lines == 47


def test_a_line_is_hashed_as_json_with_sorted_keys() -> None:
    line = {name: f'"{name}" \\ 港\u2028' for name in chain.HASHED} | {"number": 7}
    plain = json.dumps(line, ensure_ascii=False, sort_keys=True)
    assert chain._hash(line) == hashlib.sha256(plain.encode()).hexdigest()
