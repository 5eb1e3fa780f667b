"""Score and explain everybody as known at t."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from credit_risk.book.schema import Recipe
from credit_risk.explain.beside import Beside
from credit_risk.explain.contributions import Contributions, Explainer
from credit_risk.explain.evidence import EVIDENCE_COLUMNS, Evidence
from credit_risk.explain.graded import Held, add_grades, data_depth, depth_names
from credit_risk.explain.peers import peer_groups, share_below
from credit_risk.explain.reasons import Reasoner, Worded
from credit_risk.explain.snapshot import SCORES_SCHEMA, Snapshot
from credit_risk.explain.wording import Wording
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.definitions import check_definitions
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.models.model import CreditModel
from credit_risk.records import day_of, moment
from credit_risk.records.clock import Moment

__all__ = ["score_as_of"]

Progress = Callable[[str, int, int], None]
EVIDENCE_SHOWN = 5


def score_as_of(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    subjects: Sequence[str] | None = None,
    progress: Progress | None = None,
    beside: Beside | None = None,
    evidence: bool = True,
    held: Held | None = None,
) -> Snapshot:
    """Score and explain everybody (or ``subjects``) as known at t; ``beside`` are the models of heads and terms.

    Grades are held against ``held``, the grades last published (``Snapshots.grades_before``).
    Without ``evidence`` the reasons name no records: enough to compare with, not to be published.

    Peer percentiles are taken among the enterprises scored here, so explain a single enterprise from a published
    snapshot, not from a snapshot of one. An enterprise outside the recipe's population is not scorable, and the
    row says why; it is never given a default.
    """
    report = progress or (lambda *_: None)
    report("indicators", 0, 4)
    beside = beside or Beside()
    check_definitions(model.definitions, matrix.catalogue)
    more = [*beside.names, *depth_names(matrix.catalogue)]
    values = _indicators(matrix, model, recipe, t, subjects, more)
    eligible = values.pop("_eligible").to_numpy(bool)
    groups = _peer_groups(matrix, values, t)
    scored = values[eligible].reset_index(drop=True)
    report("scores", 1, 4)
    explained = Explainer(model).explain(scored)
    report("reasons", 2, 4)
    worded = _worded(matrix, model, scored, groups[eligible].reset_index(drop=True), explained)
    if evidence:
        _add_evidence(matrix, worded, scored["subject"].tolist(), t)
    report("table", 3, 4)
    scores = _table(model, recipe, values, eligible, groups, worded, t, beside, held)
    scores["data_depth"] = data_depth(matrix.catalogue.rules, values, t)
    points = pd.DataFrame(explained.points, columns=list(explained.names))
    points.insert(0, "subject", scored["subject"])
    report("", 4, 4)
    return Snapshot(_content_id(scores, model, t), model.model_id, scores, points, values)


def _indicators(
    matrix: Matrix,
    model: CreditModel,
    recipe: Recipe,
    t: Moment,
    subjects: Sequence[str] | None,
    more: Sequence[str],
) -> pd.DataFrame:
    plan, catalogue = recipe.observations, matrix.catalogue
    if subjects is None:
        known = matrix.records.known(plan.subjects or "registration", t)
        subjects = known.select("subject").distinct().to_pandas()["subject"].tolist()
    eligible = parse(plan.eligible) if plan.eligible else None
    helpers = sorted(eligible.names) if eligible else []
    signals = sorted({n for s in catalogue.rules.signals.values() for n in _names(s.when, catalogue)})
    names = list(dict.fromkeys([*model.names, *helpers, *signals, *more]))
    table = matrix.build(subjects, t, names)
    if eligible is None:
        return table.to_pandas().assign(_eligible=True)
    connection = matrix.records.pool.connection
    view = connection.create_table("scored", table, temp=True, overwrite=True)
    try:
        condition = compile_expression(eligible, {c: view[c] for c in view.columns}, t)
        marked = view.mutate(_eligible=condition.fill_null(False))
        return marked.order_by("subject").to_pandas()
    finally:
        connection.drop_table("scored", force=True)


def _names(text: str, catalogue: Catalogue) -> list[str]:
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
) -> list[Worded]:
    numeric = [n for n in model.names if n not in model.encoder.categories]
    peers = pd.DataFrame({n: share_below(scored[n], groups) for n in numeric})
    return Reasoner(Wording.of(matrix.catalogue, model.names), model.names).word(explained, scored, peers)


def _add_evidence(matrix: Matrix, worded: list[Worded], subjects: list[str], t: Moment) -> None:
    """Give every indicator shown the records behind it, one query an indicator."""
    wanted: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for subject, row in zip(subjects, worded, strict=True):
        for reason in row.reasons:
            for shown in reason["indicators"]:
                wanted.setdefault(shown["name"], []).append((subject, shown))
    with Evidence(matrix, t) as evidence:
        for name, places in wanted.items():
            found = evidence.of(name, [subject for subject, _ in places], EVIDENCE_SHOWN)
            listed = evidence_by_subject(found)
            for subject, shown in places:
                shown["evidence"] = listed.get(subject, [])


def evidence_by_subject(found: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return per subject its records as plain JSON types, in the order given."""
    columns = [c for c in EVIDENCE_COLUMNS if c != "subject"]
    texts = found.assign(
        event_date=found["event_date"].astype(str).str[:10],
        received_at=found["received_at"].astype(str).str[:19],
    )
    listed: dict[str, list[dict[str, Any]]] = {}
    values = [texts[c].tolist() for c in columns]
    for subject, *row in zip(texts["subject"].tolist(), *values, strict=True):
        listed.setdefault(subject, []).append(dict(zip(columns, row, strict=True)))
    return listed


def _table(
    model: CreditModel,
    recipe: Recipe,
    values: pd.DataFrame,
    eligible: Any,
    groups: pd.Series,
    worded: list[Worded],
    t: Moment,
    beside: Beside,
    held: Held | None,
) -> pd.DataFrame:
    columns = {f.name: pd.Series(np.nan, index=values.index, dtype="object") for f in SCORES_SCHEMA}
    table = pd.DataFrame(columns)
    table["subject"] = values["subject"]
    table["as_of"], table["model_id"] = moment(t), model.model_id
    table["scorable"], table["peer_group"] = eligible, groups.astype(object)
    who = recipe.observations.population
    outside = f"outside the population of {recipe.recipe}: {recipe.observations.eligible}"
    if who:
        outside = f"不属于评分范围（{who.zh}） · not among {who.en}"
    table["why_not"] = [None if one else outside for one in eligible]
    results = add_grades(model.score(values[eligible]), values.loc[eligible, "subject"], model.scale, held)
    for name in results.columns:
        table.loc[eligible, name] = results[name].astype(object)
    terms, heads = beside.told(values[eligible], results["pd"].to_numpy(np.float64))
    table.loc[eligible, "pd_terms"], table.loc[eligible, "pd_heads"] = terms, heads
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
