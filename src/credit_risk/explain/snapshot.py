"""A snapshot: everybody's score, PD, grade and reasons as known at t, computed together and published together.

    scores.parquet          one row an enterprise: score, PD, grade, reasons, or why it is not scorable
    contributions.parquet   points of every indicator
    indicators.parquet      value of every indicator

The folder appears whole; ``current.json`` is switched by one rename.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from credit_risk.book.schema import Recipe
from credit_risk.errors import InputError
from credit_risk.explain.contributions import Contributions, Explainer
from credit_risk.explain.evidence import EVIDENCE_COLUMNS, evidence_of
from credit_risk.explain.peers import peer_groups, share_below
from credit_risk.explain.reasons import Reasoner
from credit_risk.features import Matrix
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.models.model import CreditModel
from credit_risk.records import day_of, moment
from credit_risk.records.clock import Moment
from credit_risk.records.store import atomic_path

__all__ = ["SCORES_SCHEMA", "Snapshot", "Snapshots", "score_as_of"]

Progress = Callable[[str, int, int], None]
EVIDENCE_SHOWN = 5

SCORES_SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("as_of", pa.timestamp("us")),
        ("model_id", pa.string()),
        ("scorable", pa.bool_()),
        ("why_not", pa.string()),
        ("score", pa.float64()),
        ("pd", pa.float64()),
        ("grade", pa.string()),
        ("grade_rank", pa.int64()),
        ("public_class", pa.string()),
        ("peer_group", pa.string()),
        ("shown_score", pa.float64()),
        ("base_points", pa.float64()),
        ("other_points", pa.float64()),
        ("unseen_category", pa.string()),
        ("reasons", pa.string()),
    ]
)


@dataclass(frozen=True)
class Snapshot:
    """Scores of all enterprises at one t by one model; ``id`` is made of t, model and content."""

    id: str
    scores: pd.DataFrame
    contributions: pd.DataFrame
    indicators: pd.DataFrame


def score_as_of(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    subjects: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """Score and explain everybody (or ``subjects``) as known at t.

    Peer percentiles are taken among the enterprises scored here, so explain a single enterprise from a published
    snapshot, not from a snapshot of one. An enterprise outside the recipe's population is not scorable, and the
    row says why; it is never given a default.
    """
    report = progress or (lambda *_: None)
    report("indicators", 0, 4)
    values = _indicators(matrix, model, recipe, t, subjects)
    eligible = values.pop("_eligible").to_numpy(bool)
    groups = _peer_groups(matrix, values, t)
    scored = values[eligible].reset_index(drop=True)
    report("scores", 1, 4)
    explained = Explainer(model).explain(scored)
    report("reasons", 2, 4)
    worded = _worded(matrix, model, scored, groups[eligible].reset_index(drop=True), explained)
    _add_evidence(matrix, worded, scored["subject"].tolist(), t)
    report("table", 3, 4)
    scores = _table(model, recipe, values, eligible, groups, worded, t)
    points = pd.DataFrame(explained.points, columns=list(explained.names))
    points.insert(0, "subject", scored["subject"])
    report("", 4, 4)
    return Snapshot(_content_id(scores, model, t), scores, points, values)


class Snapshots:
    """The published snapshots of a book."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, snapshot: Snapshot) -> Path:
        """Store a snapshot without publishing it; one of the same id is the same content."""
        target = self.folder / snapshot.id
        tables = {
            "contributions": pa.Table.from_pandas(snapshot.contributions, preserve_index=False),
            "indicators": pa.Table.from_pandas(snapshot.indicators, preserve_index=False),
            "scores": pa.Table.from_pandas(snapshot.scores, SCORES_SCHEMA, preserve_index=False),
        }
        for name, table in tables.items():
            with atomic_path(target / f"{name}.parquet") as draft:
                pq.write_table(table, draft, compression="zstd", row_group_size=4096)
        return target

    def publish(self, snapshot_id: str) -> None:
        """Make a stored snapshot the current one, atomically."""
        if not (self.folder / snapshot_id / "scores.parquet").is_file():
            raise InputError(f"no snapshot {snapshot_id} in {self.folder}")
        with atomic_path(self.folder / "current.json") as draft:
            draft.write_text(json.dumps({"snapshot": snapshot_id}), encoding="utf-8")

    def current(self) -> str | None:
        """Return the id of the published snapshot, None before the first."""
        path = self.folder / "current.json"
        return str(json.loads(path.read_text())["snapshot"]) if path.is_file() else None

    def read(self, snapshot_id: str, table: str = "scores") -> pd.DataFrame:
        """Return one table of a stored snapshot."""
        path = self.folder / snapshot_id / f"{table}.parquet"
        if not path.is_file():
            raise InputError(
                f"no snapshot {snapshot_id}", hint="score first: credit-risk score --as-of DATE"
            )
        return pq.read_table(path).to_pandas()

    def before(self, t: Moment) -> str | None:
        """Return the id of the latest stored snapshot with an as-of time before t."""
        known = [p.name for p in self.folder.glob("*/") if (p / "scores.parquet").is_file()]
        earlier = [name for name in known if name[:10] < str(day_of(t))]
        return max(earlier) if earlier else None


def _indicators(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    subjects: Sequence[str] | None,
) -> pd.DataFrame:
    plan, catalogue = recipe.observations, matrix.catalogue
    if subjects is None:
        known = matrix.records.known(plan.subjects or "registration", t)
        subjects = known.select("subject").distinct().to_pandas()["subject"].tolist()
    eligible = parse(plan.eligible) if plan.eligible else None
    helpers = sorted(eligible.names) if eligible else []
    signals = sorted({n for s in catalogue.rules.signals.values() for n in _names(s.when, catalogue)})
    names = list(dict.fromkeys([*model.names, *helpers, *signals]))
    table = matrix.build(subjects, t, names)
    if eligible is None:
        return table.to_pandas().assign(_eligible=True)
    connection = matrix.records.pool.connection
    view = connection.create_table("scored", table, temp=True, overwrite=True)
    try:
        condition = compile_expression(eligible, {c: view[c] for c in view.columns}, day_of(t))
        marked = view.mutate(_eligible=condition.fill_null(False))
        return marked.order_by("subject").to_pandas()
    finally:
        connection.drop_table("scored", force=True)


def _names(text: str, catalogue: Any) -> list[str]:
    return [n for n in parse(text).names if n in catalogue.entries]


def _peer_groups(matrix: Matrix, values: pd.DataFrame, t: Moment) -> pd.Series:
    rule = matrix.catalogue.rules.settings.peer_group
    if rule is None:
        return pd.Series("all", index=values.index, dtype="string")
    records = matrix.records.as_of(rule.record, t)
    order = ["subject", "event_date", "received_at", "record_id"]
    latest = records.select(*order, *rule.by).order_by(order).to_pandas()
    latest = latest.drop_duplicates("subject", keep="last").set_index("subject")
    return peer_groups(latest.reindex(values["subject"])[rule.by].reset_index(drop=True), rule)


def _worded(
    matrix: Matrix,
    model: CreditModel,
    scored: pd.DataFrame,
    groups: pd.Series,
    explained: Contributions,
) -> list[Any]:
    numeric = [n for n in model.names if n not in model.encoder.categories]
    peers = pd.DataFrame({n: share_below(scored[n], groups) for n in numeric})
    return Reasoner(matrix.catalogue, model.names).word(explained, scored, peers)


def _add_evidence(matrix: Matrix, worded: list[Any], subjects: list[str], t: Moment) -> None:
    """Give every indicator shown the records behind it, one query an indicator."""
    wanted: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for subject, row in zip(subjects, worded, strict=True):
        for reason in row.reasons:
            for shown in reason["indicators"]:
                wanted.setdefault(shown["name"], []).append((subject, shown))
    for name, places in wanted.items():
        found = evidence_of(matrix, name, [s for s, _ in places], t, EVIDENCE_SHOWN)
        listed = {s: _as_json(part) for s, part in found.groupby("subject")}
        for subject, shown in places:
            shown["evidence"] = listed.get(subject, [])


def _as_json(part: pd.DataFrame) -> list[dict[str, Any]]:
    columns = EVIDENCE_COLUMNS[1:]
    return [
        {c: str(v)[:19] if c in {"event_date", "received_at"} else v for c, v in row.items()}
        for row in part[columns].to_dict("records")
    ]


def _table(
    model: CreditModel,
    recipe: Recipe,
    values: pd.DataFrame,
    eligible: Any,
    groups: pd.Series,
    worded: list[Any],
    t: Moment,
) -> pd.DataFrame:
    columns = {f.name: pd.Series(np.nan, index=values.index, dtype="object") for f in SCORES_SCHEMA}
    table = pd.DataFrame(columns)
    table["subject"] = values["subject"]
    table["as_of"], table["model_id"] = moment(t), model.model_id
    table["scorable"], table["peer_group"] = eligible, groups.astype(object)
    table["why_not"] = np.where(
        eligible, None, f"outside the population of {recipe.recipe}: {recipe.observations.eligible}"
    )
    results = model.score(values[eligible])
    for name in results.columns:
        table.loc[eligible, name] = results[name].astype(object)
    table.loc[eligible, "shown_score"] = [w.score for w in worded]
    table.loc[eligible, "base_points"] = [w.base for w in worded]
    table.loc[eligible, "other_points"] = [w.other for w in worded]
    table.loc[eligible, "reasons"] = [
        json.dumps(w.reasons, ensure_ascii=False, sort_keys=True) for w in worded
    ]
    table["unseen_category"] = _unseen(model, values)
    return _typed(table)


def _unseen(model: CreditModel, values: pd.DataFrame) -> list[str | None]:
    flags: list[list[str]] = [[] for _ in range(len(values))]
    for name, known in model.encoder.categories.items():
        for position in np.flatnonzero(values[name].notna() & ~values[name].isin(known)):
            flags[int(position)].append(name)
    return [",".join(names) or None for names in flags]


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    arrow = pa.Table.from_pandas(table.where(table.notna(), None), SCORES_SCHEMA, preserve_index=False)
    return arrow.to_pandas()


def _content_id(scores: pd.DataFrame, model: CreditModel, t: Moment) -> str:
    arrow = pa.Table.from_pandas(scores, SCORES_SCHEMA, preserve_index=False).combine_chunks()
    digest = hashlib.sha256()
    for column in arrow.columns:
        for value in column.to_pylist():
            digest.update(repr(value).encode())
    return f"{day_of(t)}-{model.model_id}-{digest.hexdigest()[:8]}"
