"""Nightly warnings of a million enterprises after scoring, and how fast a few are warned of again.

A practice zone of 2,000 enterprises is scored once; snapshot and pool are laid side by side many times under other
codes until there are a million enterprises. Of the pool those record types are laid out that signals rest on, the
enterprises with signals first, up to 20 million records; relations with them. Event risk, anomalies, conditions,
evidence, fusion and the words of every warning are counted; scoring is not.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit_risk.book import open_rules
from credit_risk.explain import Snapshot
from credit_risk.simulation import simulate
from credit_risk.warnings import warn_as_of
from credit_risk.warnings.events import train_events
from credit_risk.warnings.facts import facts
from credit_risk.warnings.signals import raised
from credit_risk.zone import Book

__all__ = ["warn_a_million"]

ROOT = Path(__file__).resolve().parents[2]
END = "2026-06-30"
BASE, MONTHS = 2000, 24
RECORDS = 20_000_000


def warn_a_million(enterprises: int = 1_000_000) -> dict[str, Any]:
    """Return enterprises, seconds, peak_gib, fresh_seconds (the warning part alone), records, warned."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDIT_RISK_VAR"] = folder
        book, snapshot, model, hits = _base()
        copies = -(-enterprises // len(snapshot.scores))
        records = _lay_out(book, copies, set(hits["subject"]))
        large = _tiled(snapshot, copies)
        del snapshot
        most = int(2 * book.rules.settings.alerts.open_share * len(large.scores))
        began = time.perf_counter()
        warned = warn_as_of(book.matrix, large, None, END, model, most=most, outages={})
        seconds = time.perf_counter() - began
        few = warned.warnings["subject"].head(20).tolist()
        small = _only(large, few)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        again = []
        for _ in range(3):
            began = time.perf_counter()
            warn_as_of(book.matrix, small, None, END, model, outages={})
            again.append(time.perf_counter() - began)
    return {
        "enterprises": len(large.scores), "records": records, "warned": len(warned.warnings),
        "seconds": round(seconds, 1), "peak_gib": round(peak, 2), "fresh_seconds": round(min(again), 2),
        "fresh_of": "warning 20 enterprises again, without their new score",
    }  # fmt: skip


def _base() -> tuple[Book, Snapshot, Any, pd.DataFrame]:
    rules = open_rules(ROOT)
    simulate(rules.inbox, rules.var / "truth", enterprises=BASE, outside=0.1, months=MONTHS)
    book = Book.open(ROOT)
    book.ingest(now=datetime.fromisoformat(END + "T23:59:59"))
    rule = rules.event_models["event-risk"].model_copy(update={"first": pd.Timestamp("2025-01-31").date()})
    model = train_events(book.matrix, rule, END, every=6)
    subjects = book.records.known("registration", END).select("subject").distinct().to_pandas()["subject"]
    indicators = book.matrix.build(subjects.tolist(), END, list(book.catalogue.entries)).to_pandas()
    risk = model.risk(indicators)
    scores = pd.DataFrame(
        {"subject": indicators["subject"], "pd": risk["event_6m"].clip(1e-4) * 1.7, "grade": "B", "grade_rank": 4,
         "peer_group": indicators["industry"].astype(str)}
    )  # fmt: skip
    scores.loc[indicators["severe_known"] > 0, "pd"] = np.nan
    snapshot = Snapshot("bench", "m", scores, pd.DataFrame(), indicators)
    return book, snapshot, model, raised(book.rules, facts(book.rules, snapshot, None, model), END)


def _tiled(snapshot: Snapshot, copies: int) -> Snapshot:
    needed = snapshot.indicators
    number = np.repeat(np.arange(copies), len(needed)).astype(str)
    tiled = {}
    for name, table in (("scores", snapshot.scores), ("indicators", needed)):
        large = pd.DataFrame(
            {c: np.tile(table[c].to_numpy(), copies) for c in table.columns if c != "subject"}
        )
        codes = np.tile(table["subject"].to_numpy(object), copies).astype(str)
        large.insert(0, "subject", np.char.add(np.char.add(codes, "-"), number))
        tiled[name] = large
    return Snapshot("bench", "m", tiled["scores"], pd.DataFrame(), tiled["indicators"])


def _only(snapshot: Snapshot, subjects: list[str]) -> Snapshot:
    rows = snapshot.indicators["subject"].isin(subjects)
    scores = snapshot.scores[snapshot.scores["subject"].isin(subjects)].reset_index(drop=True)
    return Snapshot("few", "m", scores, pd.DataFrame(), snapshot.indicators[rows].reset_index(drop=True))


def _lay_out(book: Book, copies: int, hit: set[str]) -> int:
    """Copy the records behind signals under the codes of every copy; return how many there are in all."""
    rules = book.rules
    wanted = {i for s in rules.signals.values() for i in s.evidence}
    entries = [book.catalogue.entries[n] for n in book.catalogue.closure(wanted)]
    kinds = sorted({str(e.rule.from_) for e in entries if e.rule.from_} & set(rules.records))
    relations = [k for k in rules.relations if book.pool.holds(k)]
    total = 0
    connection = book.pool.connection.con
    connection.execute("CREATE TEMP TABLE hit AS SELECT unnest(?) AS subject", [sorted(hit)])
    for kind in [*relations, *kinds]:
        files = [str(p) for p in book.pool.files(kind)]
        if not files:
            continue
        table = f"read_parquet({files!r})"
        ends = "src, dst" if kind in rules.relations else "subject"
        room = "true" if total < RECORDS else "subject IN (SELECT subject FROM hit)"
        where = "true" if kind in rules.relations else room
        renamed = ", ".join(
            f"CASE WHEN {c} LIKE '%:%' THEN {c} ELSE {c} || '-' || n END AS {c}" for c in ends.split(", ")
        )
        target = book.pool.type_folder(kind) / "laid-out.parquet"
        draft = target.with_suffix(".draft")
        connection.execute(
            f"COPY (SELECT * REPLACE (record_id || '-' || n AS record_id, {renamed}) FROM {table},"
            f" range({copies}) AS r(n) WHERE {where}) TO '{draft}' (FORMAT parquet, COMPRESSION zstd)"
        )
        for path in files:
            Path(path).unlink()
        draft.rename(target)
        count = connection.execute(f"SELECT count(*) FROM read_parquet('{target}')").fetchone()
        total += int(count[0]) if count else 0
    return total
