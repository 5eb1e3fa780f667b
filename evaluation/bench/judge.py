"""A million rows judged: the engine in SQL against pandera on pandas, both telling row and field of what is refused.

The file is a practice zone's monthly declarations with their dirt, given again under other numbers until there are a
million. Both read it, clean and type it and judge every row; neither stores anything. Decision record 15 rests on this.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pyarrow.parquet as pq
from pandera.errors import SchemaErrors

from credit_risk.book import Rules
from credit_risk.records import Pool
from credit_risk.records.ingest.files import as_text_view
from credit_risk.records.ingest.judge import judge, judging
from credit_risk.records.uscc import is_uscc, normalise
from credit_risk.simulation import simulate
from evaluation.bench.ingest import END, multiply, rules_in

__all__ = ["judge_against_pandera"]

SOURCE, ROWS = "customs_declaration", 1_000_000
Refused = set[tuple[int, str]]


def judge_against_pandera() -> dict[str, Any]:
    """Judge a million rows with both; refuse to tell a figure unless both refuse the same rows for the same field."""
    with tempfile.TemporaryDirectory() as folder:
        rules = rules_in(Path(folder))
        path = _million(rules)
        began = time.perf_counter()
        own = _with_engine(rules, path)
        middle = time.perf_counter()
        peer, validated = _with_pandera(rules, path)
        ended = time.perf_counter()
    if own != peer:
        sys.exit(f"refused by the engine {len(own)}, by pandera {len(peer)}: {sorted(own ^ peer)[:5]}")
    return {
        "rows": ROWS,
        "refused": len(own),
        "seconds": round(middle - began, 2),
        "pandera_seconds": round(ended - middle, 2),
        "pandera_validate_seconds": round(validated, 2),
        "ratio_to_pandera": round((ended - middle) / (middle - began), 2),
    }


def _million(rules: Rules) -> Path:
    simulate(rules.inbox, rules.var / "truth", enterprises=5000, outside=0.0, months=48)
    path = rules.inbox / str(rules.sources[SOURCE].files)
    rows = path.read_bytes().count(b"\n") - 1
    multiply([path], -(-ROWS // rows))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: ROWS + 1]))
    return path


def _with_engine(rules: Rules, path: Path) -> Refused:
    pool = Pool(rules)
    with judging(pool, END) as connection, as_text_view(connection, path, "raw") as columns:
        judge(pool, connection, rules.sources[SOURCE], columns, "judged", path.name)
    kept = pq.read_table(pool.folder / "quarantine" / "judged.parquet", columns=["row", "field"]).to_pylist()
    return {(one["row"], one["field"]) for one in kept}


def _with_pandera(rules: Rules, path: Path) -> tuple[Refused, float]:
    frame = _typed(rules, path)
    began = time.perf_counter()
    try:
        _schema(rules).validate(frame, lazy=True)
        refused: Refused = set()
    except SchemaErrors as problem:
        cases = problem.failure_cases
        cases["field"] = cases["column"].where(cases["schema_context"] == "Column", cases["check"])
        found = cases[["index", "field"]].drop_duplicates()
        refused = {(int(row) + 1, field) for row, field in found.itertuples(index=False)}
    return _as_judged(refused), time.perf_counter() - began


def _as_judged(refused: Refused) -> Refused:
    """Leave out what the engine asks only of rows that are good so far: that nothing comes before it happens."""
    bad = {row for row, field in refused if field != "event_date"}
    return {(row, field) for row, field in refused if field != "event_date" or row not in bad}


def _typed(rules: Rules, path: Path) -> pd.DataFrame:
    source, kind = rules.sources[SOURCE], rules.records[SOURCE]
    raw = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    frame = pd.DataFrame(index=raw.index)
    for target, column in source.map.items():
        text = raw[str(column.column)].str.strip()
        text = text.where(~text.isin(source.nulls))
        if target == "subject":
            frame[target] = text.map(normalise, na_action="ignore")
        elif target in ("event_date", "received_at"):
            frame[target] = pd.to_datetime(text, errors="coerce", format="mixed")
        elif target in kind.fields:
            frame[target] = pd.to_numeric(text, errors="coerce")
            frame[f"{target}:unread"] = frame[target].isna() & text.notna()
        else:
            frame[target] = text
    return frame


def _schema(rules: Rules) -> pa.DataFrameSchema:
    columns = {
        "subject": pa.Column(str, pa.Check(lambda s: pd.Series(is_uscc(s.tolist()), index=s.index))),
        "source_record_id": pa.Column(str),
        "event_date": pa.Column("datetime64", coerce=False),
        "received_at": pa.Column("datetime64", pa.Check.le(pd.Timestamp(END))),
    }
    for name, rule in rules.records[SOURCE].fields.items():
        columns[name] = pa.Column(
            float, pa.Check.ge(float(rule.minimum or 0)), nullable=not rule.required, coerce=True
        )
        columns[f"{name}:unread"] = pa.Column(bool, pa.Check.eq(False))
    early = pa.Check(
        lambda f: ~(f["event_date"] > f["received_at"].dt.normalize()), name="event_date", ignore_na=False
    )
    return pa.DataFrameSchema(columns, checks=early)
