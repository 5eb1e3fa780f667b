"""What may be shared as known at t: the published grades, warnings that people decided, lists, records of results.

The book says which (``shares``) and which fields of each; everything is read as known and usable at t, so that what was
repaired, withdrawn or objected to is not among it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.share import Share
from credit_risk.errors import InputError
from credit_risk.explain import Snapshots
from credit_risk.features import Matrix
from credit_risk.policy import Overrides, Standing
from credit_risk.policy.book_of_policy import standings_at
from credit_risk.policy.facts import facts_at
from credit_risk.policy.lists import mirrored
from credit_risk.policy.standing import stand
from credit_risk.records import day_of
from credit_risk.records.as_of import UNUSABLE
from credit_risk.records.clock import Moment
from credit_risk.serving.exchange.outbox import Result
from credit_risk.warnings.ledger import Ledger, still_usable

__all__ = ["results"]

Rows = Iterator[tuple[str, str, dict[str, Any]]]  # subject, item, every field that could be named


def results(
    matrix: Matrix, snapshots: Snapshots, ledger: Ledger, overrides: Overrides, t: Moment
) -> Iterator[Result]:
    """Yield every fact that the book shares on the day of t, with the fields it names and no other; nulls are left out.

    Raises InputError when nothing is published, or the published snapshot is of a later day.
    """
    rules, day = matrix.catalogue.rules, day_of(t)
    snapshot_id = snapshots.current()
    if snapshot_id is None or snapshot_id[:10] > day.isoformat():
        raise InputError(
            f"nothing is published as of {day}: {snapshot_id or 'no snapshot'}",
            hint="credit-risk score --as-of DATE",
        )
    for share in rules.shares.values():
        if not share.holds(day):
            continue
        if share.what == "grade":
            rows = _grades(matrix, snapshots.read(snapshot_id), overrides, t)
        elif share.what == "warning":
            rows = _warnings(matrix, ledger, share, t)
        elif share.what == "list":
            rows = _entries(matrix, share, t)
        else:
            rows = _records(matrix, share, t)
        for subject, item, known in rows:
            named = {name: known[name] for name in share.fields if known.get(name) is not None}
            yield Result(share.share, subject, item, named)


def _grades(matrix: Matrix, scores: pd.DataFrame, overrides: Overrides, t: Moment) -> Rows:
    rules, day = matrix.catalogue.rules, day_of(t)
    decided = overrides.in_force(day, t)
    scored = _plain_rows(scores.set_index("subject", drop=False))
    told = {row["subject"]: row for row in scored}
    for row in _plain_rows(standings_at(matrix.records, scores, t)):
        standing = stand(rules, row, day, decided.get(row["subject"]))
        if standing.public is not None:
            yield standing.subject, "", _grade(standing, told[standing.subject])


def _grade(standing: Standing, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "as_of": str(row["as_of"])[:10],
        "bounds": [{**cap.title.model_dump(), "basis": cap.basis} for cap in standing.caps],
        "data_depth": row.get("data_depth"),
        "grade": row["grade"],
        "model_id": row["model_id"],
        "objection": bool(standing.objections),
        "pd": row["pd"],
        "public_class": standing.public,
    }


def _warnings(matrix: Matrix, ledger: Ledger, share: Share, t: Moment) -> Rows:
    """Yield the decided cases all of whose records are usable still; one repair takes the whole finding back."""
    table = ledger.overview()
    table = table[table["conclusion"].isin(share.conclusions)].sort_values("case_id").set_index("case_id")
    cases = ledger.cases(table.index.tolist())
    usable = still_usable(matrix, t, UNUSABLE)
    behind = [(e["kind"], e["record_id"]) for case in cases for s in case.signals for e in s["evidence"]]
    left = set(usable(pd.DataFrame(behind, columns=["kind", "record_id"])))
    for case in cases:
        rests_on = {e["record_id"] for s in case.signals for e in s["evidence"]}
        if rests_on and rests_on <= left:
            row = table.loc[case.case_id]
            yield case.subject, case.case_id, {
                "case_id": case.case_id,
                "conclusion": case.conclusion,
                "decided_on": _day(row["decided_at"]),
                "level": case.level,
                "opened_on": _day(row["first_seen"]),
                "signals": [{"signal": s["signal"], "title": s["title"]} for s in case.signals],
            }  # fmt: skip


def _entries(matrix: Matrix, share: Share, t: Moment) -> Rows:
    rules: Rules = matrix.catalogue.rules
    rule = rules.lists[str(share.from_)]
    if not rule.holds(day_of(t)):
        return
    for row in mirrored(rule, facts_at(matrix.records, t)).itertuples():
        kind = rules.records[row.kind]
        yield row.subject, row.record_id, {
            "basis": kind.basis or rule.basis,
            "department": kind.department,
            "list": rule.list,
            "record_id": row.record_id,
            "remedy": rule.remedy.model_dump(),
            "since": _day(row.event_date),
            "title": kind.title.model_dump(),
            "until": _day(row.usable_until),
        }  # fmt: skip


def _records(matrix: Matrix, share: Share, t: Moment) -> Rows:
    kind = str(share.from_)
    if not matrix.records.pool.holds(kind):
        return
    table, day = matrix.records.as_of(kind, t), day_of(t)
    table = table.filter(table.event_date <= day)
    if share.within:
        table = table.filter(table.event_date > share.within.before(day))
    own = [name for name in share.fields if name in matrix.catalogue.rules.records[kind].fields]
    asked = ["subject", "record_id", "event_date", "usable_until", *own]
    for row in _plain_rows(table.select(*asked).order_by("subject", "record_id").to_pandas()):
        fields = {name: _json(row[name]) for name in own}
        spans = {"since": _day(row["event_date"]), "until": _day(row["usable_until"])}
        yield row["subject"], row["record_id"], {"record_id": row["record_id"], **spans, **fields}


def _plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    told = table.astype(object).where(table.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in told.to_dict("records")]


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _day(value: Any) -> str | None:
    return None if value is None or pd.isna(value) else str(value)[:10]
