"""The records behind an indicator's value at t: what was counted, from which source, received when."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import pandas as pd

from credit_risk.features import Matrix
from credit_risk.features.catalogue import Entry
from credit_risk.features.matrix import in_window
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records import day_of
from credit_risk.records.clock import Moment

__all__ = ["EVIDENCE_COLUMNS", "evidence_of"]

EVIDENCE_COLUMNS = ["subject", "about", "kind", "record_id", "source", "event_date", "received_at"]
MOST = 20


def evidence_of(
    matrix: Matrix, name: str, subjects: Sequence[str], t: Moment, most: int = MOST
) -> pd.DataFrame:
    """Return up to ``most`` records per subject behind indicator ``name`` at t, latest first.

    Columns: subject, about (whose record it is: the subject or a neighbour), kind (record or relation type),
    record_id, source, event_date, received_at. A relational indicator is backed by the relations themselves and
    the neighbours' records; a derived one by the records of what it combines.
    """
    entry = matrix.catalogue.entries[name]
    if entry.stage == "record":
        found = _own(matrix, entry, subjects, t)
    elif entry.stage == "relation":
        found = _across(matrix, entry, subjects, t)
    else:
        parts = [evidence_of(matrix, n, subjects, t, most) for n in sorted(entry.names)]
        found = pd.concat(parts, ignore_index=True) if parts else _empty()
    found = found.drop_duplicates(["subject", "record_id"])
    found = found.sort_values(
        ["subject", "event_date", "received_at", "record_id"],
        ascending=[True, False, False, True],
        kind="stable",
    )
    return found.groupby("subject", sort=False).head(most).reset_index(drop=True)


def _empty() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="object") for c in EVIDENCE_COLUMNS})


def _own(matrix: Matrix, entry: Entry, subjects: Sequence[str], t: Moment) -> pd.DataFrame:
    kind, day = str(entry.rule.from_), day_of(t)
    rows = matrix.records.as_of(kind, t, subjects)
    rows = rows.filter(in_window(rows.event_date, entry, day))
    if entry.where:
        names = {c: rows[c] for c in rows.columns}
        rows = rows.filter(compile_expression(entry.where, names, day))
    return rows.select(
        "subject",
        about=rows.subject,
        kind=ibis.literal(kind),
        record_id=rows.record_id,
        source=rows.source,
        event_date=rows.event_date,
        received_at=rows.received_at,
    ).to_pandas()


def _across(matrix: Matrix, entry: Entry, subjects: Sequence[str], t: Moment) -> pd.DataFrame:
    over = entry.rule.over
    assert over is not None
    kinds = list(matrix.catalogue.rules.relations) if over.relation == "any" else over.relation
    pairs = matrix.graph.neighbours(kinds, t, over.direction, over.to, over.hops)
    near = pairs.filter(pairs.subject.isin(list(subjects))).select("subject", "neighbour").to_pandas()
    parts = [_edges(matrix, kind, near, t) for kind in kinds]
    inner = sorted(entry.names & set(matrix.catalogue.entries))
    for name in inner if over.to == "enterprise" else []:
        about = sorted(near["neighbour"].unique())
        records = evidence_of(matrix, name, about, t)
        records = near.merge(records.drop(columns="subject").assign(neighbour=records["about"]))
        parts.append(records[EVIDENCE_COLUMNS])
    return pd.concat([p for p in parts if len(p)] or [_empty()], ignore_index=True)


def _edges(matrix: Matrix, kind: str, near: pd.DataFrame, t: Moment) -> pd.DataFrame:
    """Return the relations of one type that touch the subjects and lead to their neighbours."""
    edges = matrix.graph.as_of(kind, t)
    subjects = sorted(near["subject"].unique())
    touching = edges.filter(edges.src.isin(subjects) | edges.dst.isin(subjects)).to_pandas()
    parts = []
    for own, other in (("src", "dst"), ("dst", "src")):
        part = touching[touching[own].isin(subjects)]
        parts.append(part.assign(subject=part[own], about=part[other]))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(kind=kind, event_date=found["valid_from"])[EVIDENCE_COLUMNS]
