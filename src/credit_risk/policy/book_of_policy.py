"""The policy of a book at work: facts and ratings of everybody at t, stored beside the snapshot they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from credit_risk.book import Rules
from credit_risk.explain import Snapshot, Snapshots
from credit_risk.policy.facts import facts_at
from credit_risk.policy.overrides import Overrides
from credit_risk.policy.ratings import ratings_at
from credit_risk.policy.standing import STANDING_SCHEMA, Standing, stand
from credit_risk.records import Records
from credit_risk.records.clock import Moment

__all__ = ["Policy", "standings_at"]


def standings_at(records: Records, scores: pd.DataFrame, t: Moment) -> pd.DataFrame:
    """Return the rows of ``STANDING_SCHEMA`` of the enterprises of ``scores`` (a snapshot's) as known at t."""
    subjects = scores["subject"]
    facts, ratings = facts_at(records, t), ratings_at(records, t)
    by_fact = facts.groupby(["subject", "fact"])["record_id"].agg(list).reset_index()
    told = by_fact.groupby("subject")[["fact", "record_id"]].apply(
        lambda g: _plain(dict(zip(g["fact"], g["record_id"], strict=True)))
    )
    rated: dict[str, list[dict[str, Any]]] = {}
    for row in ratings.astype(object).where(ratings.notna(), None).to_dict("records"):
        rated.setdefault(row.pop("subject"), []).append(row)
    industry = _industry(records, t)
    objected = _objected(records, t)
    rows = pd.DataFrame({"subject": subjects, "model_public": scores["public_class"]})
    rows["industry"] = subjects.map(industry)
    rows["facts"] = subjects.map(told.to_dict() if len(facts) else {}).fillna("{}")
    rows["ratings"] = [_plain(rated.get(s, [])) for s in subjects]
    rows["objections"] = [_plain(objected.get(s, [])) for s in subjects]
    return rows.sort_values("subject").reset_index(drop=True)


class Policy:
    """What the service, the console and the commands ask: where does an enterprise stand?"""

    def __init__(self, rules: Rules, snapshots: Snapshots, overrides: Callable[[], Overrides]) -> None:
        self.rules, self.snapshots, self._overrides = rules, snapshots, overrides

    def write(self, records: Records, snapshot: Snapshot, t: Moment) -> pd.DataFrame:
        """Store the standings beside a snapshot; the same pool and t give the same table."""
        table = standings_at(records, snapshot.scores, t)
        self.snapshots.add(snapshot.id, "standing", table, STANDING_SCHEMA)
        return table

    def of(self, snapshot_id: str, subject: str, day: date, at: Moment | None = None) -> Standing | None:
        """Return where an enterprise of a snapshot stands on a day, with the decisions made by ``at`` (now).

        None when the snapshot lacks it, or was scored before standings were stored.
        """
        path = self.snapshots.folder / snapshot_id / "standing.parquet"
        if not path.is_file():
            return None
        rows = pq.read_table(path, filters=[("subject", "=", subject)]).to_pylist()
        if not rows:
            return None
        return stand(self.rules, rows[0], day, self._overrides().in_force(day, at, [subject]).get(subject))

    def all(self, snapshot_id: str, day: date, at: Moment | None = None) -> list[Standing]:
        """Return where every enterprise of a snapshot stands on a day, in the order of subjects."""
        decided = self._overrides().in_force(day, at)
        rows = self.snapshots.read(snapshot_id, "standing").to_dict("records")
        return [stand(self.rules, _nulls(row), day, decided.get(row["subject"])) for row in rows]


def _industry(records: Records, t: Moment) -> dict[str, str]:
    rule = records.pool.rules.settings.peer_group
    if rule is None or "industry" not in rule.by:
        return {}
    rows = records.as_of(rule.record, t).select(
        "subject", "industry", "event_date", "received_at", "record_id"
    )
    latest = rows.to_pandas().sort_values(["subject", "event_date", "received_at", "record_id"])
    return dict(latest.drop_duplicates("subject", keep="last").set_index("subject")["industry"])


def _objected(records: Records, t: Moment) -> dict[str, list[str]]:
    """Return by subject the records under an objection that is not decided at t."""
    ended = records.ended(t, ("objection",))
    if ended is None:
        return {}
    kinds = [
        n for n, k in records.pool.rules.records.items() if k.life == "objection" and records.pool.holds(n)
    ]
    open_now = set(ended.to_pandas()["record_id"])
    found: dict[str, list[str]] = {}
    for kind in kinds:
        for row in records.known(kind, t).select("subject", "target").to_pandas().itertuples():
            if row.target in open_now and row.target not in found.setdefault(row.subject, []):
                found[row.subject].append(row.target)
    return {subject: sorted(targets) for subject, targets in found.items() if targets}


def _nulls(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(k): None if not isinstance(v, str) and pd.isna(v) else v for k, v in row.items()}


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
