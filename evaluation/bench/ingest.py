"""A practice zone's files ingested: 20 million records, and a sample of them against pandas doing the same.

Each part runs in a process of its own, so that the peak of memory is that of ingest and of nothing else.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from credit_risk.book import Rules, open_rules
from credit_risk.records import Pool, ingest
from credit_risk.records.one import Quick
from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.simulation import simulate

__all__ = ["END", "ingest_against_pandas", "multiply", "rules_in"]

ROOT = Path(__file__).resolve().parents[2]
END = datetime(2026, 6, 30, 23, 59, 59)
LARGE, ENTERPRISES, OUTSIDE, MONTHS = 20_000_000, 20_000, 3.0, 60
SAMPLE = {"enterprises": 5000, "outside": OUTSIDE, "months": MONTHS}
BIGGEST = 5


def ingest_against_pandas() -> dict[str, Any]:
    """Simulate 20,000 enterprises, ingest over 20 million records, ask for one; a quarter against pandas."""
    with tempfile.TemporaryDirectory() as folder:
        small = _apart(_against_pandas, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        var = Path(folder)
        simulated = _apart(_simulated, var)
        return _apart(_ingested, var) | small | simulated | _apart(_asked, var)


def _apart(work: Callable[[Path], dict[str, Any]], var: Path) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, var).result()


def rules_in(var: Path) -> Rules:
    """Return the rules of the book at the root, everything it writes below ``var``."""
    os.environ["CREDIT_RISK_VAR"] = str(var)
    return open_rules(ROOT)


def _against_pandas(var: Path) -> dict[str, Any]:
    """Take in the files of a quarter as many enterprises with both."""
    rules = rules_in(var)
    simulate(rules.inbox, rules.var / "truth", **SAMPLE)
    began = time.perf_counter()
    reports = ingest(Pool(rules), now=END)
    own = time.perf_counter() - began
    began = time.perf_counter()
    rows = sum(_with_pandas(rules, source, var / "pandas") for source in rules.sources)
    peer = time.perf_counter() - began
    if rows != sum(r.new + r.corrected for r in reports):
        sys.exit(f"pandas stored {rows} rows, the engine {sum(r.new + r.corrected for r in reports)}")
    return {
        "ratio_to_pandas": round(peer / own, 2),
        "sample_records": sum(r.read for r in reports),
        "sample_seconds": round(own, 1),
    }


def _simulated(var: Path) -> dict[str, Any]:
    """Write the files of a zone; its monthly ones again under other numbers until there are enough rows."""
    rules = rules_in(var)
    began = time.perf_counter()
    told = simulate(rules.inbox, rules.var / "truth", enterprises=ENTERPRISES, outside=OUTSIDE, months=MONTHS)
    seconds = time.perf_counter() - began
    if told.rows < LARGE:
        multiply(_big(rules), 1 + -(-(LARGE - told.rows) // _rows(rules)))
    return {"simulate_enterprises": ENTERPRISES, "simulate_seconds": round(seconds, 1)}


def _ingested(var: Path) -> dict[str, Any]:
    """Take in everything."""
    pool = Pool(rules_in(var))
    began, cpu = time.perf_counter(), time.process_time()
    reports = ingest(pool, now=END)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {
        "records": sum(r.read for r in reports),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_gib": round(peak, 2),
    }


def _asked(var: Path) -> dict[str, Any]:
    return {"as_of_ms": _one_at_a_time(Pool(rules_in(var)))}


def _big(rules: Rules) -> list[Path]:
    """Return the files that are reported every month: more than 4 MB."""
    return [path for path in sorted(rules.inbox.glob("*.csv")) if path.stat().st_size > 4 << 20]


def _rows(rules: Rules) -> int:
    return sum(path.read_bytes().count(b"\n") - 1 for path in _big(rules))


def multiply(paths: Sequence[Path], times: int) -> None:
    """Write each file ``times`` times over, every copy with document numbers of its own."""
    for path in paths:
        header, _, rows = path.read_bytes().partition(b"\n")
        with path.open("wb") as file:
            file.write(header + b"\n" + rows)
            for copy in range(1, times):
                # the number stands first, quoted or not; rows are told apart by it alone
                quoted, plain = b'"%d-' % copy, b"%d-" % copy
                for line in rows.splitlines(keepends=True):
                    file.write(quoted + line[1:] if line.startswith(b'"') else plain + line)


def _one_at_a_time(pool: Pool) -> float:
    """Return the median milliseconds of ``as_of`` for one enterprise over the five largest types."""
    quick, draw = Quick(pool), random.Random(1)
    kinds = [kind for kind in pool.rules.records if pool.files(kind)]
    kinds.sort(key=lambda kind: -sum(path.stat().st_size for path in pool.files(kind)))
    subjects = pool.scan("registration").select("subject").to_pandas()["subject"].tolist()
    took = []
    for kind in kinds[:BIGGEST]:
        quick.as_of(kind, END, subjects[:1])
        for subject in draw.sample(subjects, 20):
            began = time.perf_counter()
            quick.as_of(kind, END, [subject])
            took.append(time.perf_counter() - began)
    return round(1000 * sorted(took)[len(took) // 2], 1)


def _with_pandas(rules: Rules, name: str, to: Path) -> int:
    """Do one source's work with pandas: read, clean, check, type, refuse, tell versions apart, hash, sort, write."""
    source, stored = rules.sources[name], 0
    kind = rules.records.get(source.to)
    for path in rules.inbox.glob(str(source.files)):
        raw = _read(path)
        good, table = pd.Series(True, index=raw.index), pd.DataFrame(index=raw.index)
        for target, column in source.map.items():
            if column.column is None:
                continue
            text = raw[column.column].str.strip()
            text = text.where(~text.isin(source.nulls))
            field = kind.fields.get(target) if kind else None
            if target in ("subject", "src", "dst") and not column.person and not column.prefix:
                text = text.map(normalise, na_action="ignore")
                if rules.relations.get(source.to) is None or _is_enterprise(rules, source.to, target):
                    good &= pd.Series(is_uscc(text.fillna("").tolist()), index=raw.index)
                table[target] = text
            elif column.person:
                table[target] = text.map(lambda v: hashlib.sha256(str(v).encode()).hexdigest())
            elif target.endswith(("_date", "_at", "_from", "_to", "_until")) or (
                field and field.type == "date"
            ):
                moments = pd.to_datetime(text, errors="coerce", format="mixed")
                good &= moments.notna() | text.isna()
                table[target] = moments
            elif (
                column.unit != 1
                or (field and field.type in ("money", "number", "integer"))
                or target == "weight"
            ):
                numbers = pd.to_numeric(text, errors="coerce") * float(column.unit)
                good &= numbers.notna() | text.isna()
                table[target] = numbers
            elif column.codes:
                good &= text.isin(column.codes) | text.isna()
                table[target] = text.map(column.codes)
            else:
                table[target] = text
        happened = "event_date" if "event_date" in table else "valid_from"
        good &= table["received_at"] <= pd.Timestamp(END)
        good &= table[happened] <= table["received_at"]
        stored += _store(name, raw, table, good, to)
    return stored


def _is_enterprise(rules: Rules, relation: str, end: str) -> bool:
    return bool(getattr(rules.relations[relation], end) == "enterprise")


def _store(name: str, raw: pd.DataFrame, table: pd.DataFrame, good: pd.Series, to: Path) -> int:
    to.mkdir(exist_ok=True)
    texts = [table[name].astype("string").fillna("") for name in table if name != "received_at"]
    rows = map("|".join, zip(*texts, strict=True))
    table["version"] = [hashlib.md5(row.encode()).hexdigest() for row in rows]
    table["record_id"] = [hashlib.md5(f"{name}|{n}".encode()).hexdigest() for n in table["source_record_id"]]
    kept = table[good].sort_values("received_at").drop_duplicates(["record_id", "version"])
    order = "subject" if "subject" in kept else "src"
    kept.sort_values([order, "record_id", "received_at"]).to_parquet(
        to / f"{name}.parquet", compression="zstd"
    )
    raw[~good].to_parquet(to / f"{name}.bad.parquet")
    return len(kept)


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False)
        except UnicodeDecodeError:
            continue
    sys.exit(f"{path}: neither UTF-8 nor GB 18030")
