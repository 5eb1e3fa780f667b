"""Kill the service under load, again and again: ``python -m evaluation.kill``.

Callers read scores and post records while a nightly job publishes snapshots; service and job are killed (SIGKILL) at a
random moment and started again. What must hold each time: every receipt that was given stands, with its records once;
every audit id that was told is a line of the chain, and the chain verifies; every score that was told is, as a whole,
that of the snapshot it names, or the fresh one that is stored beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine, func, select, update

from credit_risk.book import open_rules
from credit_risk.explain.snapshot import Snapshots
from credit_risk.serving.access import Keys
from credit_risk.serving.api.idempotency import ABANDONED
from credit_risk.serving.audit import Audit
from credit_risk.store import open_store, reading
from credit_risk.store.service_tables import fresh_scores, idempotency
from credit_risk.store.tables import audit_lines, inbox, receipts
from evaluation.callers import Told, in_all, post, read, receive
from evaluation.disposable import SERVER, STORES, Service, copy_zone, store
from evaluation.kept import keep

__all__ = ["kill_again_and_again", "page"]

BOOK = Path(__file__).resolve().parents[1]
KILLS, READERS, POSTERS = 50, 3, 2
LONG = 10  # in every tenth life the job dies first, and the service lives on until it told a fresh score
UNDER_LOAD = (0.1, 2.0)  # seconds after the first answers


def kill_again_and_again(
    var: Path, place: Path, url: str, kills: int, seed: int = 1, hurried: bool = False
) -> dict[str, Any]:
    """Return what was seen, with a copy of a book's ``var`` in the folder ``place`` and the empty store at ``url``.

    A call whose process died is taken for abandoned after two minutes; ``hurried`` lets them go by in the store's own
    books at the end instead of waiting for them. Raises AssertionError when anything was lost or told wrongly.
    """
    name = open_rules(BOOK).settings.name
    copy_zone(var, place / name)
    os.environ |= {"CREDIT_RISK_VAR": str(place), "CREDIT_RISK_DATABASE_URL": url}
    rules, draw, told = open_rules(BOOK), random.Random(seed), Told()
    zone, engine = rules.var, open_store(rules.var)
    key = Keys(engine, rules).make("load", "system", list(rules.scenes))
    snapshots = Snapshots(zone / "snapshots")
    current = str(snapshots.current())
    day, model_id = current[:10], str(snapshots.read(current)["model_id"].iloc[0])
    expected = {one: _scores(snapshots, one) for one in snapshots.stored(model_id)}
    words = {
        "CREDIT_RISK_VAR": str(place), "CREDIT_RISK_DATABASE_URL": url, "CREDIT_RISK_TODAY": day,
        "CREDIT_RISK_PER_MINUTE": str(10**9),
    }  # fmt: skip
    service, began = Service(BOOK, words), time.monotonic()
    starts = []
    for number in range(kills):
        starts.append(service.start())
        _killed_under_load(service, zone, expected, key, day, told, draw, number)
        _nothing_lost(engine, told)
    starts.append(service.start())
    if hurried:
        _let_go_by(engine)
    again = _settle_doubts(service, key, told)
    service.kill()
    head = _nothing_lost(engine, told)
    return {
        "kills": kills, "scores": told.scores, "batches": told.batches, "receipts": len(told.receipts),
        "audit_ids": len(told.audit_ids), "snapshots": len(told.snapshots), "fresh": len(told.fresh),
        "in_doubt": again, "audit_lines": head, "seconds_to_start": round(sorted(starts)[len(starts) // 2], 1),
        "seconds": round(time.monotonic() - began),
    }  # fmt: skip


def _killed_under_load(
    service: Service, zone: Path, expected: dict[str, Any], key: str, day: str, told: Told,
    draw: random.Random, number: int,
) -> None:  # fmt: skip
    over = threading.Event()
    callers = [
        threading.Thread(target=read, args=(service.address, key, expected, told, over, draw.random()))
        for _ in range(READERS)
    ]
    callers += [
        threading.Thread(target=post, args=(service.address, key, day, in_all(expected), told, over, f"{number}-{n}"))
        for n in range(POSTERS)
    ]  # fmt: skip
    night = SERVER.Process(target=_publish, args=(zone, list(expected), number), daemon=True)
    before = told.scores, len(told.receipts), len(told.fresh)
    night.start()
    for one in callers:
        one.start()
    loaded = _waited(lambda: told.scores > before[0] and len(told.receipts) > before[1], 120)
    assert loaded, "there was no load to kill it under"
    time.sleep(draw.uniform(*UNDER_LOAD))
    os.kill(int(night.pid or 0), signal.SIGKILL)
    if number % LONG == LONG - 1:
        _waited(lambda: len(told.fresh) > before[2], 60)
    service.kill()
    over.set()
    for one in callers:
        one.join(60)
    night.join()


def _waited(come_true: Callable[[], bool], seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while not come_true() and time.monotonic() < ends:
        time.sleep(0.02)
    return come_true()


def _publish(zone: Path, originals: list[str], number: int) -> None:
    """Publish copies of snapshots in turn, as a nightly job does, until killed."""
    snapshots = Snapshots(zone / "snapshots")
    for n in range(10_000):
        of = originals[n % len(originals)]
        made = f"{of}{number:03d}{n:03d}"
        hidden = snapshots.folder / f".{made}"
        shutil.copytree(
            snapshots.folder / of,
            hidden,
            copy_function=os.link,
            ignore=shutil.ignore_patterns("served.arrow", "told.arrow"),
        )
        hidden.rename(snapshots.folder / made)
        snapshots.publish(made)
        snapshots.tell_ahead(made)
        time.sleep(0.2)


# ---- what must hold -------------------------------------------------------------------------------------------


def _nothing_lost(engine: Engine, told: Told) -> int:
    """Check everything that was told against the store, return the number of audit lines."""
    assert not told.wrong, told.wrong[:3]
    head = Audit(engine).verify()
    with reading(engine).connect() as connection:
        lines = connection.execute(select(audit_lines.c.number, audit_lines.c.hash)).all()
        kept = set(connection.execute(select(receipts.c.receipt_id)).scalars())
        once = select(inbox.c.record_id, func.count()).group_by(inbox.c.kind, inbox.c.record_id)
        twice = [row for row in connection.execute(once) if row[1] > 1]
        of = dict(connection.execute(select(inbox.c.receipt_id, inbox.c.row)).all())
        fresh = connection.execute(
            select(fresh_scores.c.snapshot_id, fresh_scores.c.subject, fresh_scores.c.row)
        ).all()
    missing = told.audit_ids - {f"{number}-{hash_[:12]}" for number, hash_ in lines}
    assert not missing, f"{len(missing)} audit lines are gone, such as {min(missing)}"
    assert not twice, f"records are there twice: {twice[:3]}"
    whole = {(one.snapshot_id, one.subject, *_figures(json.loads(one.row))) for one in fresh}
    assert told.fresh <= whole, f"fresh scores are gone, such as {min(told.fresh - whole)}"
    for number, receipt in told.receipts.items():
        assert receipt in kept, f"the receipt {receipt} is gone"
        assert json.loads(of[receipt])["source_record_id"] == number, f"the record of {receipt} is gone"
    return head.lines


def _let_go_by(engine: Engine) -> None:
    """Date the calls that have not ended as if they were begun long ago."""
    long_ago = (datetime.now() - 2 * ABANDONED).isoformat(timespec="microseconds")
    with engine.begin() as connection:
        connection.execute(update(idempotency).where(idempotency.c.status.is_(None)).values(at=long_ago))


def _figures(row: Mapping[str, Any]) -> tuple[float, str, float]:
    return row["pd"], row["grade"], row["shown_score"]


def _settle_doubts(service: Service, key: str, told: Told) -> int:
    """Post again, under the same keys, what nobody was told of; each of it stands once in the end."""
    doubts = dict(told.in_doubt)
    with httpx.Client(base_url=service.address, headers={"X-API-Key": key}, timeout=60) as client:
        for number, body in doubts.items():
            ends = time.monotonic() + 180
            while time.monotonic() < ends:
                answer = client.post("/v1/records", json=body, headers={"Idempotency-Key": number})
                if answer.status_code != 409:  # the first call has not ended, as far as is known
                    break
                time.sleep(1)
            receive(answer, number, told)
    return len(doubts)


def _scores(snapshots: Snapshots, snapshot_id: str) -> dict[str, Any]:
    table = snapshots.read(snapshot_id)
    rows = table[table["scorable"]]
    return {row["subject"]: _figures(row) for row in rows.to_dict("records")}


def main() -> int:
    """Kill on each kind of store and keep what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help="kills on each store")
    asked = parser.parse_args()
    var, found = open_rules(BOOK).var, {}
    with tempfile.TemporaryDirectory() as place:
        for name in STORES:
            with store(name, Path(place) / name) as url:
                found[name] = kill_again_and_again(var, Path(place) / f"zone-{name}", url, asked.kills)
            print(json.dumps({name: found[name]}), flush=True)
    keep("kill", found)
    return 0


def page(kept: dict[str, Any]) -> list[str]:
    """Return the section of ``RESULTS.md``."""
    lines = [
        "",
        "## kill",
        "",
        "Service and nightly job killed (SIGKILL) under load and started again; nothing that was told is missing, no",
        f"record is there twice, each audit chain verifies. {kept['date']}, {kept['machine']}.",
        "",
        "| store | kills | scores told | snapshots | fresh | receipts | posted again | audit lines | start, s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    return lines + [
        f"| {name} | {f['kills']} | {f['scores']:,} | {f['snapshots']} | {f['fresh']} | {f['receipts']:,} |"
        f" {f['in_doubt']} | {f['audit_lines']:,} | {f['seconds_to_start']} |"
        for name, f in kept["result"].items()
    ]


if __name__ == "__main__":
    sys.exit(main())
