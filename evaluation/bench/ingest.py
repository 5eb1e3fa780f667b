"""A practice zone's files ingested: the engine against pandas doing the same checks."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from credit_risk.book import Rules, open_rules
from credit_risk.records import Pool, ingest
from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.simulation import simulate

__all__ = ["ingest_against_pandas"]

ROOT = Path(__file__).resolve().parents[2]
END = datetime(2026, 6, 30, 23, 59, 59)


def ingest_against_pandas() -> dict[str, Any]:
    """Ingest 2,000 simulated enterprises, then read, check, clean and store the same files with pandas."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CREDIT_RISK_VAR"] = folder
        rules = open_rules(ROOT)
        simulate(rules.inbox, rules.var / "truth", enterprises=2000)
        began = time.perf_counter()
        reports = ingest(Pool(rules), now=END)
        own = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        began = time.perf_counter()
        for source in rules.sources.values():
            _with_pandas(rules, source.source, Path(folder) / "pandas")
        peer = time.perf_counter() - began
    return {
        "records": sum(r.read for r in reports),
        "seconds": round(own, 2),
        "peak_gib": round(peak, 2),
        "ratio_to_pandas": round(peer / own, 2),
    }


def _with_pandas(rules: Rules, name: str, to: Path) -> None:
    source = rules.sources[name]
    for path in rules.inbox.glob(str(source.files)):
        raw = _read(path)
        good = pd.Series(True, index=raw.index)
        for target, column in source.map.items():
            text = raw[column.column].where(~raw[column.column].isin(source.nulls)) if column.column else None
            if text is None:
                continue
            if target in ("subject", "src", "dst") and not column.person:
                good &= pd.Series(is_uscc([normalise(str(t)) for t in text]), index=raw.index)
            elif target.endswith(("_date", "_at", "_from", "_to", "_until")):
                moments = pd.to_datetime(text, errors="coerce", format="mixed")
                good &= (moments.notna() | text.isna()) & ~(moments > END)
            elif column.unit != 1:
                numbers = pd.to_numeric(text, errors="coerce")
                good &= numbers.notna() | text.isna()
            elif column.codes:
                good &= text.isin(column.codes) | text.isna()
        to.mkdir(exist_ok=True)
        raw[good].drop_duplicates().to_parquet(to / f"{name}.parquet")
        raw[~good].to_parquet(to / f"{name}.bad.parquet")


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False)
        except UnicodeDecodeError:
            continue
    sys.exit(f"{path}: neither UTF-8 nor GB 18030")
