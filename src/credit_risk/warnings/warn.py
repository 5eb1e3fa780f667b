"""Warnings: what a supervisor gets. One an enterprise, its signals merged, the worst level first.

A warning is a lead for a person, never a finding. A signal without a single record behind it is no lead: it is
dropped and counted.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from credit_risk.book.schema import Signal, Text
from credit_risk.explain import Snapshot
from credit_risk.explain.evidence import Evidence, evidence_by_subject
from credit_risk.features import Matrix
from credit_risk.records import moment
from credit_risk.records.clock import Moment
from credit_risk.warnings.signals import check_signals, facts, raised

__all__ = ["LEVELS", "WARNINGS_SCHEMA", "Warned", "warn_as_of"]

LEVELS = ("red", "orange", "yellow", "blue")
EVIDENCE_PER_INDICATOR = 5

WARNINGS_SCHEMA = pa.schema(
    [
        ("warning_id", pa.string()),
        ("subject", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("snapshot_id", pa.string()),
        ("level", pa.string()),
        ("pd", pa.float64()),
        ("grade", pa.string()),
        ("state", pa.string()),
        ("signals", pa.string()),
    ]
)


@dataclass(frozen=True)
class Warned:
    """Warnings of one snapshot, worst first, and how many signals were dropped for want of evidence."""

    warnings: pd.DataFrame
    without_evidence: int


def warn_as_of(matrix: Matrix, snapshot: Snapshot, before: pd.DataFrame | None, t: Moment) -> Warned:
    """Return the warnings of a snapshot taken at t.

    Parameters
    ----------
    before
        Score table of the previous snapshot, for signals about change; None when there is none.

    Returns
    -------
    Warned
        One row a warned enterprise by ``WARNINGS_SCHEMA``; ``signals`` is JSON: for each signal its level, title,
        sentence, horizon in months, department, proposed action and evidence. ``state`` is ``new``.

    """
    rules = matrix.catalogue.rules
    check_signals(rules)
    hits = raised(rules, facts(snapshot, before), t)
    backed = _with_evidence(matrix, hits, t)
    scores = snapshot.scores.set_index("subject")
    rows = []
    for subject, group in pd.DataFrame(backed, columns=["subject", "signal", "evidence"]).groupby("subject"):
        found = [_said(rules.signals[s], e) for s, e in zip(group["signal"], group["evidence"], strict=True)]
        found.sort(key=lambda s: (LEVELS.index(s["level"]), s["signal"]))
        rows.append(
            {
                "warning_id": _identity(str(subject), snapshot.id, [s["signal"] for s in found]),
                "subject": subject,
                "as_of": moment(t),
                "snapshot_id": snapshot.id,
                "level": found[0]["level"],
                "pd": scores.at[subject, "pd"],
                "grade": scores.at[subject, "grade"],
                "state": "new",
                "signals": json.dumps(found, ensure_ascii=False, sort_keys=True),
            }
        )
    table = pd.DataFrame(rows, columns=WARNINGS_SCHEMA.names)
    table["rank"] = table["level"].map({level: i for i, level in enumerate(LEVELS)}).astype(float)
    table = table.sort_values(["rank", "pd", "subject"], ascending=[True, False, True], na_position="first")
    return Warned(table.drop(columns="rank").reset_index(drop=True), len(hits) - len(backed))


def _with_evidence(
    matrix: Matrix, hits: pd.DataFrame, t: Moment
) -> list[tuple[str, str, list[dict[str, Any]]]]:
    backed = []
    with Evidence(matrix, t) as evidence:
        for name, group in hits.groupby("signal"):
            subjects = group["subject"].tolist()
            listed: dict[str, list[dict[str, Any]]] = {}
            for indicator in matrix.catalogue.rules.signals[str(name)].evidence:
                found = evidence_by_subject(evidence.of(indicator, subjects, EVIDENCE_PER_INDICATOR))
                for subject, records in found.items():
                    kept = listed.setdefault(subject, [])
                    ids = {r["record_id"] for r in kept}
                    kept.extend(r for r in records if r["record_id"] not in ids)
            backed += [(s, str(name), listed[s]) for s in subjects if listed.get(s)]
    return backed


def _said(signal: Signal, evidence: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "signal": signal.signal,
        "level": signal.level,
        "kind": signal.kind,
        "title": _both(signal.title),
        "says": _both(signal.says),
        "horizon_months": signal.horizon_months,
        "department": signal.department,
        "action": _both(signal.action),
        "evidence": evidence,
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _identity(subject: str, snapshot_id: str, signals: list[str]) -> str:
    return hashlib.sha256("\n".join([subject, snapshot_id, *signals]).encode()).hexdigest()[:16]
