"""Killed fifty times at random points of ingest, post and fold: nothing half-written is read, lost or stored twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from credit_risk.book import Rules, open_rules
from credit_risk.records import Inbox, Pool, fold, ingest

A, B = "91350100M000100Y43", "913100007109392661"
HEADER = "统一社会信用代码,文号,处罚日期,归集时间,公示截止,罚款金额（万元）,类别\n"
NOW = datetime(2024, 12, 31)
FILES, ROWS, KILLS = 5, 400, 25
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["credit_risk.records", "credit_risk.store.migrate", "alembic.command"])


def _ingest(folder: Path) -> None:
    ingest(Pool(open_rules(folder)), now=NOW)


def _post_and_fold(folder: Path, first: int) -> None:
    """Post a record at a time, write down each receipt once it is there, and fold now and then."""
    pool = Pool(open_rules(folder))
    box = Inbox(pool)
    with (folder / "receipts.txt").open("a", encoding="utf-8") as told:
        for n in range(first, first + 2000):
            row = {
                "subject": (A, B)[n % 2],
                "source_record_id": f"n{n}",
                "event_date": "2024-05-20",
                "amount": n,
            }
            box.post("penalty", [row], by="court", idempotency_key=f"k{n}", now=NOW)
            told.write(f"n{n}\n")
            told.flush()
            if n % 3 == 2:
                fold(pool, small_batches=3)


def _stored(rules: Rules) -> Counter[str]:
    return Counter(Pool(rules).scan("penalty").select("source_record_id").to_pandas()["source_record_id"])


def _killed_after(seconds: float, work: object, *words: object) -> None:
    process = SERVER.Process(target=work, args=words)  # type: ignore[arg-type]
    process.start()
    process.join(seconds)
    if process.is_alive() and process.pid:
        os.kill(process.pid, signal.SIGKILL)
    process.join()


def _bytes(pool: Pool) -> dict[str, bytes]:
    return {str(path.relative_to(pool.folder)): path.read_bytes() for path in pool.folder.rglob("*.parquet")}


@pytest.fixture
def files(small: Rules) -> Rules:
    for n in range(FILES):
        rows = [
            f"{(A, B)[k % 2]},沪{n}-{k}号,2024-01-05,2024-01-0{9 if k % 7 else 2},,{k},罚款"
            for k in range(ROWS)
        ]
        (small.inbox / f"penalties{n}.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return small


def test_an_ingest_killed_anywhere_ends_as_if_it_had_not_been(files: Rules) -> None:
    folder, pool = files.var.parent, files.var / "pool"
    _killed_after(60, _ingest, folder)  # the first one imports what the others find imported
    shutil.rmtree(pool)
    began = time.perf_counter()
    _killed_after(60, _ingest, folder)
    whole, calm = time.perf_counter() - began, _bytes(Pool(files))
    good = {f"沪{n}-{k}号" for n in range(FILES) for k in range(ROWS) if k % 7}
    assert set(_stored(files)) == good and len(calm) == 2 * FILES  # a batch and a quarantine a file
    draw, seen = random.Random(1), set()
    shutil.rmtree(pool)
    for _ in range(KILLS):
        _killed_after(draw.uniform(0, whole), _ingest, folder)
        batches, found = Pool(files).files("penalty"), _stored(files)
        assert set(found) <= good and max(found.values(), default=1) == 1
        assert len(found) == len(batches) * len(good) // FILES, "a batch is there whole or not at all"
        seen.add(len(batches))
        if len(batches) == FILES:
            _killed_after(60, _ingest, folder)
            assert _bytes(Pool(files)) == calm
            shutil.rmtree(pool)
    assert len(seen) > 2, "the kills fell into different files"
    _killed_after(60, _ingest, folder)
    assert _bytes(Pool(files)) == calm


def test_posts_and_folds_killed_anywhere_lose_and_double_nothing(small: Rules) -> None:
    folder, draw = small.var.parent, random.Random(2)
    told = folder / "receipts.txt"
    told.touch()
    for kill in range(1, KILLS + 1):
        process = SERVER.Process(target=_post_and_fold, args=(folder, 10_000 * kill))
        process.start()
        until = None
        while until is None or time.perf_counter() < until:  # somebody reads all the time
            promised = set(told.read_text(encoding="utf-8").split())
            found = _stored(small)
            assert promised <= set(found) and max(found.values(), default=1) == 1
            if until is None and f"n{10_000 * kill}" in promised:
                until = time.perf_counter() + draw.uniform(0, 0.5)
            assert process.is_alive()
        os.kill(int(process.pid or 0), signal.SIGKILL)
        process.join()
    promised, before = set(told.read_text(encoding="utf-8").split()), _stored(small)
    assert promised <= set(before) and len(promised) > KILLS
    fold(Pool(small), small_batches=2, grace=0)
    assert _stored(small) == before and set(before.values()) == {1}
    assert len(Pool(small).files("penalty")) == 1
