"""Verdicts as records: what people found enters the pool with ``received_at`` = the moment of the decision.

So everything that asks as of t sees a verdict from its decision on, and training does with it what the book says. Each
names its case, who decided and how the case was chosen; a verdict undone or reopened later is withdrawn by a record of
its own kind, never erased.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Engine, select

from credit_risk.errors import CheckFailed
from credit_risk.records import Pool
from credit_risk.store import reading
from credit_risk.store.tables import audit_sample, cases, moves

__all__ = ["KIND", "check_unbiased", "publish_verdicts", "verdicts"]

KIND = "warning_verdict"
SOURCE = "warning_ledger"
DECIDING = ("approve", "reject", "data_error")
FEWEST_RANDOM = 0.05


def verdicts(engine: Engine) -> pd.DataFrame:
    """Return every verdict in force: case_id, subject, verdict, decided_at, actor, chosen (how) and codes (of signals).

    Of what was confirmed, ``codes`` are the signals that the proposal named as found true; else all of the case.
    A decision that was undone, or whose case was reopened after it, is not in force.
    """
    with reading(engine).connect() as connection:
        told = pd.read_sql(select(moves).order_by(moves.c.case_id, moves.c.number), connection)
        known = pd.read_sql(select(cases.c.case_id, cases.c.subject, cases.c.codes), connection)
        drawn = pd.read_sql(select(audit_sample).where(audit_sample.c.verdict.is_not(None)), connection)
    told = told[~told["undone"].astype(bool)]
    last = told[told["act"].isin([*DECIDING, "reopen"])].drop_duplicates("case_id", keep="last")
    decided = last[last["act"].isin(DECIDING)].merge(known, on="case_id")
    proposed = (
        told[told["act"] == "propose"].drop_duplicates("case_id", keep="last").set_index("case_id")["detail"]
    )
    named = decided["case_id"].map(proposed).where(decided["act"] == "approve")
    decided["codes"] = named.fillna(decided["codes"])
    by_case = pd.DataFrame(
        {"case_id": decided["case_id"], "subject": decided["subject"], "verdict": decided["after"],
         "decided_at": decided["at"], "actor": decided["actor"], "chosen": "warning", "codes": decided["codes"]}
    )  # fmt: skip
    by_draw = pd.DataFrame(
        {"case_id": drawn["sample_id"], "subject": drawn["subject"], "verdict": drawn["verdict"],
         "decided_at": drawn["decided_at"], "actor": drawn["actor"], "chosen": "random", "codes": ""}
    )  # fmt: skip
    return pd.concat([by_case, by_draw], ignore_index=True)


def publish_verdicts(engine: Engine, pool: Pool) -> int:
    """Write the verdicts in force that the pool lacks, one batch a verdict; return how many. Twice changes nothing."""
    written = 0
    for row in verdicts(engine).to_dict("records"):
        record = _record(row)
        name = f"{record['record_id']}-{record['version'][:12]}"
        if not (pool.type_folder(KIND) / f"{name}.parquet").exists():
            pool.write(KIND, name, pa.Table.from_pylist([record], pool.schema(KIND)))
            written += 1
    return written


def check_unbiased(found: pd.DataFrame, least: float = FEWEST_RANDOM) -> None:
    """Raise CheckFailed when fewer than ``least`` of the verdicts come from the random audit sample.

    Verdicts on what the engine chose say nothing of what it passed over: a model that learns from them alone learns to
    agree with itself.
    """
    if found.empty:
        raise CheckFailed(
            "尚无核查结论，不能从中学习 no verdict yet to learn from, none chosen at random",
            hint="decide the cases in the console, the audit sample among them",
        )
    share = float((found["chosen"] == "random").mean())
    if share < least:
        raise CheckFailed(
            f"随机抽样不足 {share:.1%} of {len(found):,} verdicts were chosen at random, {least:.0%} are needed to "
            "learn from them",
            hint="raise alerts.audit_share and decide the audit sample",
        )


def _record(row: dict[str, Any]) -> dict[str, Any]:
    decided = datetime.fromisoformat(str(row["decided_at"]))
    own = f"{row['case_id']}|{decided.isoformat()}"
    content = "|".join(str(row[c]) for c in ("subject", "verdict", "decided_at", "actor", "chosen", "codes"))
    return {
        "record_id": hashlib.md5(f"{SOURCE}|{own}".encode(), usedforsecurity=False).hexdigest(),
        "version": hashlib.sha256(content.encode()).hexdigest(),
        "source": SOURCE, "source_record_id": own, "subject": row["subject"], "event_date": decided.date(),
        "received_at": decided, "usable_from": None, "usable_until": None, "verdict": row["verdict"],
        "chosen": row["chosen"], "case_id": row["case_id"], "codes": row["codes"], "decided_by": row["actor"],
    }  # fmt: skip
