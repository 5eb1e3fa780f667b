"""The records behind signals, told as JSON for whoever is warned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.explain.backing import backing
from credit_risk.explain.evidence import EVIDENCE_COLUMNS
from credit_risk.features import Matrix
from credit_risk.records.clock import Moment

__all__ = ["Backed", "with_evidence"]

EVIDENCE_PER_INDICATOR = 5
TOLD = sorted([*(c for c in EVIDENCE_COLUMNS if c != "subject"), "indicator", "total"])
AT_ONCE = 5000  # subjects whose records are Python objects at the same time

Backed = dict[str, list[tuple[str, str]]]  # of a subject its signals, each with its records as JSON


def with_evidence(matrix: Matrix, hits: pd.DataFrame, t: Moment) -> tuple[Backed, pd.DataFrame]:
    """Return per subject its signals with their records, and the hits that have none.

    Of each indicator the latest records are told; each names its ``indicator`` and how many that has (``total``).
    Records are told for some subjects at a time: as Python objects those of a whole zone would fill a machine.
    """
    rules = matrix.catalogue.rules
    rests_on = pd.DataFrame(
        [(s.signal, name, place) for s in rules.signals.values() for place, name in enumerate(s.evidence)],
        columns=["signal", "indicator", "place"],
    )
    asked = hits.merge(rests_on, on="signal").sort_values("subject", kind="stable")
    pairs = asked[["indicator", "subject"]].drop_duplicates()
    found = backing(matrix, pairs, rests_on["indicator"].tolist(), EVIDENCE_PER_INDICATOR, t)
    found = found.sort_by("subject")
    whose, subjects = found.column("subject").to_numpy(), asked["subject"].to_numpy(object)
    backed: Backed = {}
    for start, end in _ranges(subjects):
        first, last = subjects[start], subjects[end - 1]
        low, high = np.searchsorted(whose, first), np.searchsorted(whose, last, side="right")
        rows = asked.iloc[start:end].merge(
            found.slice(low, high - low).to_pandas(), on=["indicator", "subject"]
        )
        rows = rows.sort_values(["subject", "signal", "place", "rank"])
        for subject, signal, records in _told_records(
            rows.drop_duplicates(["subject", "signal", "record_id"])
        ):
            backed.setdefault(subject, []).append((signal, records))
    held = pd.MultiIndex.from_arrays(
        [[s for s, own in backed.items() for _ in own], [name for own in backed.values() for name, _ in own]]
    )
    bare = hits[~pd.MultiIndex.from_frame(hits[["subject", "signal"]]).isin(held)]
    return backed, bare.reset_index(drop=True)


def _ranges(subjects: npt.NDArray[np.object_]) -> Iterator[tuple[int, int]]:
    """Return ranges of sorted rows, those of ``AT_ONCE`` subjects each."""
    begins = np.unique(subjects, return_index=True)[1][::AT_ONCE]
    yield from zip(begins, [*begins[1:], len(subjects)][: len(begins)], strict=True)


def _told_records(rows: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Return subject, signal and their records as a JSON list, in the order of ``rows``."""
    texts = rows.assign(
        event_date=rows["event_date"].astype(str).str[:10],
        received_at=rows["received_at"].astype(str).str[:19],
    )
    values = zip(*(texts[c].tolist() for c in TOLD), strict=True)
    keys = zip(texts["subject"].tolist(), texts["signal"].tolist(), strict=True)
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for key, row in zip(keys, values, strict=True):
        told.setdefault(key, []).append(dict(zip(TOLD, row, strict=True)))
    for (subject, signal), records in told.items():
        yield subject, signal, json.dumps(records, ensure_ascii=False)
