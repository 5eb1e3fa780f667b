"""Warnings: what a supervisor gets. One an enterprise, its signals merged, the worst level first.

A warning is a lead for a person, never a finding. A signal without a single record behind it is no lead: it is
suppressed, and so is one that an outage of its source explains. What is suppressed is kept with the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.explain import Snapshot
from credit_risk.features import Matrix
from credit_risk.records import moment
from credit_risk.records.clock import Moment
from credit_risk.warnings.anomaly import Usual
from credit_risk.warnings.backed import with_evidence
from credit_risk.warnings.budget import lanes_of, placed
from credit_risk.warnings.coverage import dead_lines
from credit_risk.warnings.events import EventRisk
from credit_risk.warnings.facts import Facts
from credit_risk.warnings.fuse import LEVELS, fused
from credit_risk.warnings.leads import Lead
from credit_risk.warnings.told import told
from credit_risk.warnings.worded import heads_of, news_of, signals_of

__all__ = ["LEVELS", "QUIET_SCHEMA", "WARNINGS_SCHEMA", "Warned", "warn_as_of"]

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
        ("heads", pa.string()),
        ("chance", pa.float64()),
        ("value", pa.float64()),
        ("good_news", pa.string()),
    ]
)
QUIET_SCHEMA = pa.schema([("subject", pa.string()), ("signal", pa.string()), ("why", pa.string())])


@dataclass(frozen=True)
class Warned:
    """Warnings of one snapshot, worst first, and the signals that did not become one.

    ``suppressed`` has ``subject``, ``signal`` and ``why`` (``no_evidence``, ``outage``, ``out_of_reach``); ``outages``
    is the coverage of each record type whose line is down; ``leads`` what warnings and graph patterns suspect together.
    """

    warnings: pd.DataFrame
    without_evidence: int
    suppressed: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=QUIET_SCHEMA.names))
    outages: dict[str, float] = field(default_factory=dict)
    leads: list[Lead] = field(default_factory=list)


def warn_as_of(
    matrix: Matrix,
    snapshot: Snapshot,
    before: pd.DataFrame | None,
    t: Moment,
    events: EventRisk | None = None,
    subjects: Sequence[str] | None = None,
    most: int | None = None,
    outages: dict[str, float] | None = None,
    usual: Sequence[Usual] | None = None,
) -> Warned:
    """Return the warnings of a snapshot taken at t.

    Parameters
    ----------
    before
        Score table of the previous snapshot, for signals about change; None when there is none.
    events
        The event-risk model; it must know nothing after t. Without one its facts are null.
    subjects
        Warn of these only, of everybody by default. Anomalies are still told against the whole snapshot, or ``usual``.
    most
        Look up evidence for so many enterprises at most, the most valuable first; the others' signals are suppressed
        as ``out_of_reach``. None looks up all.
    outages
        Coverage of record types whose line is down, where it is known already; asked of the pool by default.
    usual
        What anomalies are told against, where it is known already (``usual_at`` a whole snapshot): then the snapshot
        need hold none but those asked about, and warning of a few takes no longer for a large zone.

    Returns
    -------
    Warned
        One row a warned enterprise by ``WARNINGS_SCHEMA``; ``signals`` is JSON: for each signal its level, title,
        sentence, horizon in months, department, proposed action and evidence. ``state`` is ``new``.

    """
    rules = matrix.catalogue.rules
    known = told(rules, Facts(rules, snapshot, before, events, usual, subjects), t)
    hits, table, good = known.hits, known.table, known.good
    if outages is None:
        outages = dead_lines(matrix.records, [k for s in rules.signals.values() for k in s.silence_of], t)
    silent = hits["signal"].map(lambda code: bool(set(rules.signals[code].silence_of) & set(outages)))
    silent = silent.astype(bool)
    heard, far = _within_reach(rules, hits[~silent], table, good, most)
    backed, bare = with_evidence(matrix, heard, t)
    quiet = pd.concat(
        [
            bare.assign(why="no_evidence"),
            hits[silent].assign(why="outage"),
            far.assign(why="out_of_reach"),
        ],
        ignore_index=True,
    )
    found = fused(rules, backed.select(["subject", "signal"]).to_pandas(), table, good)
    parts = backed.to_batches()
    del backed
    warnings = _table(rules, snapshot, parts, found, list(good.columns), t).to_pandas()
    return Warned(warnings, len(bare), _typed(quiet, QUIET_SCHEMA), outages)


def _typed(table: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """Return the columns of a schema in its types, whatever rows are there, or none."""
    return pa.Table.from_pandas(table, schema, preserve_index=False).to_pandas()


def _within_reach(
    rules: Rules, hits: pd.DataFrame, table: pd.DataFrame, good: pd.DataFrame, most: int | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split hits into those of the ``most`` subjects whose review is worth most, lanes kept, and the others."""
    if most is None or hits["subject"].nunique() <= most:
        return hits, hits.iloc[:0]
    lanes = rules.settings.alerts.lanes
    codes = hits[hits["signal"].isin([c for lane in lanes.values() for c in lane.signals])]
    within = {one: lanes_of(lanes, own) for one, own in codes.groupby("subject")["signal"].agg(list).items()}
    floors = {name: int(most * lane.share) for name, lane in lanes.items()}
    ordered = fused(rules, hits, table, good)["subject"].tolist()
    near = hits["subject"].isin(placed(ordered, within, most, floors))
    return hits[near], hits[~near]


def _table(
    rules: Rules,
    snapshot: Snapshot,
    backed: list[pa.RecordBatch],
    found: pd.DataFrame,
    codes: list[str],
    t: Moment,
) -> pa.Table:
    subjects = found["subject"].tolist()
    grades = snapshot.scores.set_index("subject")["grade"].reindex(found["subject"])
    signals, names = signals_of(rules, backed, subjects)
    columns = {
        "warning_id": [_identity(s, snapshot.id, own) for s, own in zip(subjects, names, strict=True)],
        "subject": subjects, "as_of": moment(t), "snapshot_id": snapshot.id, "level": found["level"],
        "pd": found["pd"], "grade": grades.to_numpy(object), "state": "new", "signals": None,
        "heads": [",".join(heads_of(rules, own)) for own in names], "chance": found["chance"],
        "value": found["value"], "good_news": [news_of(rules, codes, held) for held in found["good"]],
    }  # fmt: skip
    frame = pd.DataFrame(columns, columns=WARNINGS_SCHEMA.names)
    table = pa.Table.from_pandas(frame, WARNINGS_SCHEMA, preserve_index=False)
    return table.set_column(WARNINGS_SCHEMA.get_field_index("signals"), "signals", signals)


def _identity(subject: str, snapshot_id: str, signals: list[str]) -> str:
    return hashlib.sha256("\n".join([subject, snapshot_id, *signals]).encode()).hexdigest()[:16]
