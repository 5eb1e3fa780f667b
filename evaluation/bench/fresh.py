"""Seconds from a posted record to the new score of its enterprise, its warning, and the scores of its neighbours.

The published zone of the book is laid side by side (``laid_out.py``). Single records are then posted about enterprises
of the first copy, whose codes are those of the book, to a desk that has warmed up, one after the other.
``own_seconds`` is the time from the call that posts until the new score is served, ``all_seconds`` until everybody near
is scored and warned of again: the median, and the worst of all.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from sqlalchemy import func, select

from credit_risk.book import open_rules
from credit_risk.serving.desk import Desk
from credit_risk.store import reading
from credit_risk.store.service_tables import fresh_scores
from credit_risk.zone import Book
from evaluation.bench.laid_out import lay_out

__all__ = ["fresh_after_a_post"]

ROOT = Path(__file__).resolve().parents[2]
ENTERPRISES, POSTS, PATIENCE = 1_000_000, 20, 600.0
FIRST = 2  # posts that are not counted


def fresh_after_a_post(enterprises: int = ENTERPRISES) -> dict[str, Any]:
    """Return enterprises, records, warm_seconds, own_seconds, all_seconds, their worst, neighbours, peak_gib."""
    book = Book.open(ROOT)
    base = book.snapshots.read(book.snapshots.current() or "")
    subjects = base.loc[base["scorable"].astype(bool), "subject"].tolist()
    copies = -(-int(os.environ.get("CREDIT_RISK_BENCH_ENTERPRISES", enterprises)) // len(base))
    kept = os.environ.get("CREDIT_RISK_BENCH_FOLDER")  # where the laid out zone stays from run to run
    with tempfile.TemporaryDirectory() as folder:
        var = Path(kept or folder) / book.rules.settings.name
        if not (var / "laid").exists():
            (var / "laid").write_text(str(lay_out(book, var, copies)), encoding="utf-8")
        os.environ["CREDIT_RISK_VAR"] = str(kept or folder)
        os.environ["CREDIT_RISK_TODAY"] = str(base["as_of"].iloc[0].date())
        told = _posted(Desk.open(open_rules(ROOT)), subjects)
        records = int((var / "laid").read_text(encoding="utf-8"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"enterprises": len(base) * copies, "records": records, **told, "peak_gib": round(peak, 2)}


def _posted(desk: Desk, subjects: list[str]) -> dict[str, Any]:
    began = time.perf_counter()
    desk.rescorer.start()
    if not desk.rescorer.warmed.wait(PATIENCE * 6):
        raise RuntimeError("the desk did not warm up")
    warm = time.perf_counter() - began
    drawn = [subjects[i] for i in np.linspace(0, len(subjects) - 1, POSTS + FIRST).astype(int)]
    timed = [_one(desk, subject, number) for number, subject in enumerate(drawn)][FIRST:]
    own, everybody, near = (list(column) for column in zip(*timed, strict=True))
    return {
        "posts": len(timed), "warm_seconds": round(warm, 1), "own_seconds": round(median(own), 2),
        "own_worst_seconds": round(max(own), 2), "all_seconds": round(median(everybody), 2),
        "all_worst_seconds": round(max(everybody), 2), "neighbours": median(near),
    }  # fmt: skip


def _one(desk: Desk, subject: str, number: int) -> tuple[float, float, int]:
    """Post a fine; return the seconds until its enterprise's score, until everybody's, and how many are near."""
    snapshot_id = desk.snapshots.current() or ""
    fine = {
        "subject": subject, "source_record_id": f"bench-{number}-{time.time_ns()}", "event_date": str(desk.today),
        "usable_until": f"{desk.today.year + 3}-01-31", "field": "market", "severity": "serious", "simple": "false",
        "fine": 900_000,
    }  # fmt: skip
    began = time.perf_counter()
    receipt = desk.inbox.post("admin_penalty_department", [fine], by="bench", now=desk.now)
    if receipt.new != 1:
        raise RuntimeError(f"the post was not taken in: {receipt}")
    desk.rescorer.post([subject])
    while desk.rescorer.awaits(subject):
        time.sleep(0.002)
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("no new score came")
    own = time.perf_counter() - began
    if not desk.rescorer.settled(PATIENCE):
        raise RuntimeError("the neighbours' scores did not come")
    everybody = time.perf_counter() - began
    since = (desk.fresh.row(snapshot_id, subject) or {})["fresh_at"]
    rows = select(func.count()).select_from(fresh_scores).where(fresh_scores.c.at > since)
    with reading(desk.engine).connect() as connection:
        return own, everybody, int(connection.execute(rows).scalar() or 0)
