"""Leads of violation (违法违规线索): what signals and patterns suspect, packed for the department that may look.

A lead is never a finding and accuses nobody: it names the suspected matter, the records and the path it rests on, who
is competent, and how sure the engine is. Without records there is no lead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import pandas as pd
import pyarrow as pa

from credit_risk.book import Rules

__all__ = ["LEADS_SCHEMA", "Lead", "Pattern", "leads", "leads_table"]

CONFIDENCE = ("low", "medium", "high")
AT_ONCE = 2000  # leads that are written as JSON together
LEADS_SCHEMA = pa.schema(
    [
        (n, pa.string())
        for n in ("lead_id", "subject", "signal", "matter", "department", "confidence", "evidence")
    ]
    + [("patterns", pa.list_(pa.string())), ("together_with", pa.list_(pa.string())), ("status", pa.string())]
)


class Pattern(Protocol):
    """What a pattern over the graph found: who, and by which records (see ``graph``)."""

    @property
    def pattern(self) -> str:
        """Name of the pattern in the book."""

    @property
    def members(self) -> list[str]:
        """Enterprises, sorted."""

    @property
    def record_ids(self) -> list[str]:
        """Records and relations behind it."""


@dataclass(frozen=True, slots=True)
class Lead:
    """One suspected matter of one enterprise.

    ``confidence`` is that of the signal, one step higher where a pattern or an independent signal of another kind
    suspects the same enterprise too. ``status`` is always ``lead``. ``patterns`` names the findings, ``together_with``
    the other enterprises in them.
    """

    lead_id: str
    subject: str
    signal: str
    matter: dict[str, str]
    department: str
    confidence: str
    evidence: list[dict[str, Any]]
    patterns: list[str]
    together_with: list[str]
    status: str = "lead"


def leads(rules: Rules, warnings: pd.DataFrame, found: Iterable[Pattern] = ()) -> list[Lead]:
    """Return the leads in warnings (``WARNINGS_SCHEMA``), the surest first, then in the order of the warnings.

    Parameters
    ----------
    found
        Findings of graph patterns at the same t; they strengthen leads and add to their evidence, and make none alone.

    """
    by_member: dict[str, list[Pattern]] = {}
    for one in found:
        for member in one.members:
            by_member.setdefault(member, []).append(one)
    told: list[Lead] = []
    for subject, text in zip(warnings["subject"], warnings["signals"], strict=True):
        if '"matter": ' not in text:
            continue
        suspected = [s for s in orjson.loads(text) if s.get("matter") and s["evidence"]]
        kinds = {s["kind"] for s in suspected}
        patterns = by_member.get(subject, [])
        sure = len(kinds) > 1 or bool(patterns)
        told += [_lead(rules, subject, signal, patterns, sure) for signal in suspected]
    return sorted(told, key=lambda lead: -CONFIDENCE.index(lead.confidence))


def leads_table(found: Sequence[Lead]) -> pd.DataFrame:
    """Return leads by ``LEADS_SCHEMA``; ``matter`` and ``evidence`` are JSON."""
    parts = [LEADS_SCHEMA.empty_table()]
    for start in range(0, len(found), AT_ONCE):
        rows = [{n: getattr(lead, n) for n in LEADS_SCHEMA.names} for lead in found[start : start + AT_ONCE]]
        for row in rows:
            row |= {n: json.dumps(row[n], ensure_ascii=False) for n in ("matter", "evidence")}
        parts.append(pa.Table.from_pylist(rows, LEADS_SCHEMA))
    return pa.concat_tables(parts).to_pandas()


def _lead(rules: Rules, subject: str, signal: dict[str, Any], patterns: list[Pattern], sure: bool) -> Lead:
    step = CONFIDENCE.index(rules.signals[signal["signal"]].confidence) + sure
    ids = sorted(
        {i for one in patterns for i in one.record_ids} - {e["record_id"] for e in signal["evidence"]}
    )
    more = [{"record_id": record_id, "kind": "pattern"} for record_id in ids]
    own = f"{subject}\n{signal['signal']}\n" + ",".join(sorted(e["record_id"] for e in signal["evidence"]))
    return Lead(
        lead_id=hashlib.sha256(own.encode()).hexdigest()[:16],
        subject=subject,
        signal=signal["signal"],
        matter=signal["matter"],
        department=signal["department"],
        confidence=CONFIDENCE[min(step, len(CONFIDENCE) - 1)],
        evidence=[*signal["evidence"], *more],
        patterns=sorted({one.pattern for one in patterns}),
        together_with=sorted({m for one in patterns for m in one.members} - {subject}),
    )
