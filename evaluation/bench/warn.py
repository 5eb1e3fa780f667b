"""Nightly warnings of a million enterprises after scoring, and how fast a few are warned of again.

A practice zone of 2,000 enterprises is scored once; snapshot and pool are laid side by side many times under other
codes until there are a million enterprises. Of the pool those record types are laid out that signals rest on, the
enterprises with signals first, up to 20 million records; relations with them. Event risk, anomalies, conditions,
evidence, fusion, the words of every warning, graph patterns, leads and the cases of the ledger are counted; scoring is
not. ``CREDIT_RISK_BENCH_ENTERPRISES`` asks for another number of enterprises.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.book import open_rules
from credit_risk.explain import Snapshot
from credit_risk.simulation import simulate
from credit_risk.warnings import warn_as_of
from credit_risk.warnings.events import save_events, train_events
from credit_risk.warnings.facts import facts, warning_inputs
from credit_risk.warnings.signals import raised
from credit_risk.zone import Book

__all__ = ["warn_a_million"]

ROOT = Path(__file__).resolve().parents[2]
END = "2026-06-30"
BASE, MONTHS = 2000, 24
RECORDS = 20_000_000
PART, SNAPSHOT = 25, "2026-06-30-m-bench"


def warn_a_million(enterprises: int = 1_000_000) -> dict[str, Any]:
    """Return enterprises, records, warned, seconds and peak_gib of the night, fresh_seconds (the warning part)."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDIT_RISK_VAR"] = folder
        book, snapshot, hits = _base()
        asked = int(os.environ.get("CREDIT_RISK_BENCH_ENTERPRISES", enterprises))
        copies = -(-asked // len(snapshot.scores))
        records = _lay_out(book, copies, set(hits["subject"]))
        _store_tiled(snapshot, copies, book.snapshots.folder / SNAPSHOT)
        del book, snapshot
        program = [sys.executable, "-c", "from evaluation.bench.warn import nightly; nightly()"]
        done = subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        told: dict[str, Any] = json.loads(done.stdout)
    return {**told, "records": records}


def nightly() -> None:
    """Warn of everybody in the stored snapshot as a nightly run does, then of twenty alone, and print the figures."""
    book = Book.open(ROOT)
    snapshot = Snapshot(SNAPSHOT, "m", folder=book.snapshots.folder / SNAPSHOT)
    began = time.perf_counter()
    warned = book.warn(END, snapshot)
    half = time.perf_counter()
    folded = book.fold(END, snapshot, warned)
    end = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    few = warned.warnings["subject"].head(20).tolist()
    model, again = book.events_at(END), []
    scores = snapshot.scores[snapshot.scores["subject"].isin(few)].reset_index(drop=True)
    small = Snapshot("few", "m", scores, pd.DataFrame(), _stored_of(snapshot, few))
    for _ in range(3):
        start = time.perf_counter()
        warn_as_of(book.matrix, small, None, END, model, outages={})
        again.append(time.perf_counter() - start)
    figures = {
        "enterprises": len(snapshot.scores), "warned": len(warned.warnings), "leads": len(warned.leads),
        "cases": folded.opened, "seconds": round(end - began, 1), "seconds_warnings_and_leads": round(half - began, 1),
        "seconds_ledger": round(end - half, 1), "peak_gib": round(peak, 2), "fresh_seconds": round(min(again), 2),
        "fresh_of": "warning 20 enterprises again, without their new score",
    }  # fmt: skip
    print(json.dumps(figures))


def _base() -> tuple[Book, Snapshot, pd.DataFrame]:
    rules = open_rules(ROOT)
    simulate(rules.inbox, rules.var / "truth", enterprises=BASE, outside=0.1, months=MONTHS)
    book = Book.open(ROOT)
    book.ingest(now=datetime.fromisoformat(END + "T23:59:59"))
    rule = rules.event_models["event-risk"].model_copy(update={"first": pd.Timestamp("2025-01-31").date()})
    model = train_events(book.matrix, rule, END, every=6)
    save_events(model, book.rules.var / "events")
    subjects = book.records.known("registration", END).select("subject").distinct().to_pandas()["subject"]
    indicators = book.matrix.build(subjects.tolist(), END, list(book.catalogue.entries)).to_pandas()
    risk = model.risk(indicators)
    scores = pd.DataFrame(
        {"subject": indicators["subject"], "pd": risk["event_6m"].clip(1e-4) * 1.7, "grade": "B", "grade_rank": 4,
         "peer_group": indicators["industry"].astype(str)}
    )  # fmt: skip
    scores.loc[indicators["severe_known"] > 0, "pd"] = np.nan
    scores["scorable"] = scores["pd"].notna()
    needed = dict.fromkeys(
        [*warning_inputs(book.rules), *model.names, "industry"]
    )  # as ``Snapshot.values`` reads them
    snapshot = Snapshot("bench", "m", scores, pd.DataFrame(), indicators[["subject", *needed]])
    return book, snapshot, raised(book.rules, facts(book.rules, snapshot, None, model), END)


def _store_tiled(snapshot: Snapshot, copies: int, folder: Path) -> None:
    """Write the snapshot under the codes of every copy, sorted by enterprise, in parts as scoring writes them."""
    for name in ("scores", "indicators"):
        (folder / f"{name}.parquet").mkdir(parents=True)
        table = snapshot.table(name)
        for start in range(0, copies, PART):
            many = range(start, min(start + PART, copies))
            parts = [table.assign(subject=table["subject"] + f"-{n}") for n in many]
            part = pa.Table.from_pandas(pd.concat(parts), preserve_index=False).sort_by("subject")
            pq.write_table(part, folder / f"{name}.parquet" / f"{start:06}.parquet", compression="zstd")


def _stored_of(snapshot: Snapshot, subjects: list[str]) -> pd.DataFrame:
    path = snapshot.folder / "indicators.parquet" if snapshot.folder else ""
    return pq.read_table(path, filters=[("subject", "in", subjects)]).to_pandas()


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
        whole = kind in rules.relations or total + copies * _count(connection, table) <= RECORDS
        where = "true" if whole else "subject IN (SELECT subject FROM hit)"
        renamed = ", ".join(f"{c} || '-' || n AS {c}" for c in ends.split(", "))
        target = book.pool.type_folder(kind) / "laid-out.parquet"
        draft = target.with_suffix(".draft")
        connection.execute(
            f"COPY (SELECT * REPLACE (record_id || '-' || n AS record_id, {renamed}) FROM {table},"
            f" range({copies}) AS r(n) WHERE {where}) TO '{draft}' (FORMAT parquet, COMPRESSION zstd)"
        )
        for path in files:
            Path(path).unlink()
        draft.rename(target)
        total += _count(connection, f"read_parquet('{target}')")
    return total


def _count(connection: Any, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
