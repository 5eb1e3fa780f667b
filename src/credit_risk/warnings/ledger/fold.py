"""From the warnings of a snapshot to cases: one open case an enterprise, refreshed, re-opened or opened.

* An open case is refreshed; a new signal, a worse level or a record not seen before is a move of its own.
* A case closed less than ``cool_days`` ago is re-opened by a record it had not seen; without one it stays closed.
* An open case whose every record was repaired or withdrawn is closed by repair.
* New cases are opened red first, then by expected value, while the stock of open cases stays within the alert budget
  and what was opened within a week within the week's; red ones do not wait for another week. Of what is not red, each
  lane of the book is served up to its floor before the others.

What is not opened is kept as suppressed with the reason, and can be found again. Folding one snapshot twice changes
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pandas as pd
from pandas.api.extensions import ExtensionArray
from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update
from sqlalchemy.sql.expression import bindparam

from credit_risk.book.settings import Alerts
from credit_risk.store.tables import cases, moves, suppressed
from credit_risk.warnings.budget import lanes_of, placed
from credit_risk.warnings.ledger.feed import advance, last_place
from credit_risk.warnings.ledger.states import DECIDED, OPEN
from credit_risk.warnings.warn import LEVELS

__all__ = ["SYSTEM", "Folded", "fold"]

SYSTEM = "引擎 engine"
AT_ONCE = 2000  # warnings whose findings are written together
Usable = Callable[[pd.DataFrame], Collection[str]]


@dataclass(frozen=True, slots=True)
class Folded:
    """What became of the warnings of one snapshot."""

    opened: int
    refreshed: int
    reopened: int
    cooled_down: int
    over_budget: int
    closed_by_repair: int
    open_after: int
    budget: int


def fold(
    connection: Connection,
    rules: Alerts,
    snapshot_id: str,
    warnings: pd.DataFrame,
    at: datetime,
    population: int,
    usable: Usable,
    only: Collection[str] | None = None,
) -> Folded:
    """Fold warnings (``WARNINGS_SCHEMA``) as known at ``at`` into the cases.

    Parameters
    ----------
    population
        Enterprises that could have been warned; the budget is a share of them.
    usable
        Takes evidence (``kind``, ``record_id``) and returns the ids that are still usable at ``at``.
    only
        The warnings are those of these enterprises, and nothing is said of others; None when they are of everybody.

    """
    new = _valued(warnings, rules)
    old = pd.read_sql(_cases_of(only), connection)
    live = (
        old[old["state"].isin([*OPEN, *DECIDED])].drop_duplicates("subject", keep="last").set_index("subject")
    )
    cooled = _recent(old, at, rules.cool_days)
    budget = max(1, int(population * rules.open_share))
    stock = _count(connection, cases.c.state.in_(OPEN))
    log = _Log(connection, snapshot_id, at, only, warnings["signals"].array)
    log.forget()

    seen = new[new["subject"].isin(live.index)]
    for some in _few(seen):
        before = _findings(connection, live.loc[some["subject"], "case_id"])
        for row in some.itertuples():
            log.refresh(live.loc[row.subject], row, before)
        log.write()
    gone = live["state"].isin(OPEN) & ~live.index.isin(new["subject"])
    gone &= live["last_seen"] <= log.at  # what was seen since knows more than this
    if only is not None:
        gone &= live.index.isin(list(only))
    repaired = _repaired(connection, live[gone], usable)
    for case in repaired.itertuples():
        log.close(case)
    stock -= len(repaired)

    rest = new[~new["subject"].isin(live.index)]
    quiet = rest["subject"].isin(log.nothing_new(rest[rest["subject"].isin(cooled.index)], cooled))
    log.suppress(rest[quiet], "cooled_down")
    rest = rest[~quiet]
    room = max(0, budget - stock)
    week = max(0, int(population * rules.week_share) - _opened_since(connection, at - timedelta(days=7)))
    urgent = int((rest["rank"] == 0).sum())
    week = max(week, urgent)
    rest = _served(connection, rest, repaired["case_id"].tolist(), rules, budget, min(room, week))
    chosen = rest.head(min(room, week))
    log.suppress(rest.iloc[len(chosen) : room], "over_week")
    log.suppress(rest.iloc[max(room, len(chosen)) :], "over_budget")
    back = chosen[chosen["subject"].isin(cooled.index)]
    for row in back.itertuples():
        log.reopen(cooled.loc[row.subject], row, rules)
    log.write()
    log.open(chosen[~chosen["subject"].isin(cooled.index)], rules)
    return Folded(
        opened=len(chosen) - len(back),
        refreshed=len(seen),
        reopened=len(back),
        cooled_down=int(quiet.sum()),
        over_budget=len(rest) - len(chosen),
        closed_by_repair=len(repaired),
        open_after=stock + len(chosen),
        budget=budget,
    )


def _served(
    connection: Connection, rest: pd.DataFrame, gone: Collection[str], rules: Alerts, budget: int, room: int
) -> pd.DataFrame:
    """Return new warnings with those first that get one of ``room`` places; each lane has its floor of the budget.

    ``gone`` are cases that this fold closes: they hold no place any more.
    """
    lanes = rules.lanes
    if rest.empty or not lanes:
        return rest
    asked = select(cases.c.codes).where(cases.c.state.in_(OPEN), cases.c.case_id.not_in(list(gone)))
    held = [one for codes in connection.execute(asked).scalars() for one in lanes_of(lanes, codes.split(","))]
    lacking = {name: max(0, int(budget * lane.share) - held.count(name)) for name, lane in lanes.items()}
    within = {row.subject: lanes_of(lanes, row.codes.split(",")) for row in rest.itertuples()}
    urgent = int((rest["rank"] == 0).sum())  # red ones come before any lane
    first = set(rest["subject"].head(min(urgent, room)))
    others = rest["subject"].iloc[len(first) :].tolist()
    first |= placed(others, within, room - len(first), lacking)
    ahead = rest["subject"].isin(first)
    return pd.concat([rest[ahead], rest[~ahead]], ignore_index=True)


def _cases_of(only: Collection[str] | None) -> Select[Any]:
    """Select the cases without their findings, which are long."""
    told = select(*(column for column in cases.c if column.name != "signals"))
    told = told.order_by(cases.c.first_seen, cases.c.case_id)
    return told if only is None else told.where(cases.c.subject.in_(list(only)))


def _few(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows.iloc[start : start + AT_ONCE]


def _findings(connection: Connection, case_ids: pd.Series) -> dict[str, str]:
    """Return the signals of cases as JSON."""
    asked = select(cases.c.case_id, cases.c.signals).where(cases.c.case_id.in_(case_ids.tolist()))
    return {str(row.case_id): str(row.signals) for row in connection.execute(asked)}


def _count(connection: Connection, where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(cases).where(where)).scalar() or 0)


def _opened_since(connection: Connection, since: datetime) -> int:
    return _count(connection, cases.c.first_seen > since.isoformat(timespec="seconds"))


def _valued(warnings: pd.DataFrame, rules: Alerts) -> pd.DataFrame:
    """Order by the expected value of a review, red first; a warning without one is valued by level weight x PD.

    ``place`` is the warning's place in ``warnings``.
    """
    chance = warnings["pd"].astype(float).fillna(rules.unscored_chance)
    rank = warnings["level"].map({level: i for i, level in enumerate(LEVELS)}).astype(int)
    value = warnings["level"].map(rules.weight).astype(float) * chance
    if "value" in warnings:
        value = warnings["value"].astype(float).fillna(value)
    texts = warnings["signals"].array  # one after another: all of them as objects would weigh gigabytes
    codes = [",".join(signal["signal"] for signal in orjson.loads(text)) for text in texts]
    table = warnings.drop(columns="signals").assign(
        rank=rank, value=value, codes=codes, later=rank > 0, place=range(len(warnings))
    )
    return table.sort_values(["later", "value", "subject"], ascending=[True, False, True], ignore_index=True)


def _recent(old: pd.DataFrame, at: datetime, days: int) -> pd.DataFrame:
    since = (at - timedelta(days=days)).isoformat()
    closed = old[(old["state"] == "closed") & (old["closed_at"].fillna("") >= since)]
    return closed.sort_values("closed_at").drop_duplicates("subject", keep="last").set_index("subject")


def _repaired(connection: Connection, quiet: pd.DataFrame, usable: Usable) -> pd.DataFrame:
    """Return the open cases no longer warned none of whose records is usable any more."""
    if quiet.empty:
        return quiet
    rows = []
    for some in _few(quiet):
        findings = _findings(connection, some["case_id"])
        rows += [
            (case.Index, record["kind"], record["record_id"])
            for case in some.itertuples()
            for signal in orjson.loads(findings[case.case_id])
            for record in signal["evidence"]
        ]
    evidence = pd.DataFrame(rows, columns=["subject", "kind", "record_id"])
    left = evidence[evidence["record_id"].isin(list(usable(evidence)))]
    return quiet[~quiet.index.isin(left["subject"])]


def _ids(signals: str) -> set[str]:
    return {record["record_id"] for signal in orjson.loads(signals) for record in signal["evidence"]}


def _due(at: datetime, level: str, rules: Alerts) -> str:
    return str(np.busday_offset(at.date(), rules.due_days[level], roll="forward", holidays=rules.holidays))


class _Log:
    """Writes the changes of one fold."""

    def __init__(
        self,
        connection: Connection,
        snapshot_id: str,
        at: datetime,
        only: Collection[str] | None,
        signals: ExtensionArray,
    ) -> None:
        self.only, self.signals = only, signals
        self.connection, self.snapshot_id, self.at = connection, snapshot_id, at.isoformat(timespec="seconds")
        self.moment = at
        self.changed: list[dict[str, Any]] = []
        self.closed: list[dict[str, Any]] = []
        self.moved: list[dict[str, Any]] = []

    def findings(self, row: Any) -> str:
        """Return the signals of a warning as JSON; the texts are long, so they stand in no other table."""
        return str(self.signals[row.place])

    def open(self, rows: pd.DataFrame, rules: Alerts) -> None:
        """Open cases at the end of the order of moves, a few thousand at a time: their findings fill much memory."""
        last = last_place(self.connection)
        due = {level: _due(self.moment, level, rules) for level in rows["level"].unique()}
        for start in range(0, len(rows), AT_ONCE):
            opened, begun = [], []
            for place, row in enumerate(rows.iloc[start : start + AT_ONCE].itertuples(), last + start + 1):
                case_id = hashlib.sha256(f"{row.subject}\n{self.snapshot_id}".encode()).hexdigest()[:12]
                new = {"state": "new", "first_seen": self.at, "due_on": due[row.level], "version": 1}
                own = {"case_id": case_id, "subject": row.subject, "changed": place}
                opened.append(own | new | self._told(row))
                begun.append(self._moved(case_id, 1, "open", None, "new", f"预警生成 raised: {row.codes}"))
            self.connection.execute(insert(cases), opened)
            self.connection.execute(insert(moves), begun)

    def nothing_new(self, rows: pd.DataFrame, closed: pd.DataFrame) -> list[str]:
        """Return the enterprises whose warnings show no record that their ``closed`` case had not seen."""
        told = []
        for some in _few(rows):
            before = _findings(self.connection, closed.loc[some["subject"], "case_id"])
            for row in some.itertuples():
                if not _ids(self.findings(row)) - _ids(before[closed.at[row.subject, "case_id"]]):
                    told.append(row.subject)
        return told

    def refresh(self, case: pd.Series, row: Any, before: dict[str, str]) -> None:
        if case["last_seen"] > self.at or (case["last_seen"] == self.at and self.only is None):
            return  # of a few, more may come within the same second
        fresh = _ids(self.findings(row)) - _ids(before[case["case_id"]])
        worse = row.rank < case["rank"]
        self.changed.append({"key": case["case_id"], **self._told(row)} | _kept(case))
        if fresh or worse or set(row.codes.split(",")) - set(case["codes"].split(",")):
            said = f"新证据 {len(fresh)} 条 new records; {case['codes']} → {row.codes}; {case['level']} → {row.level}"
            self._move(case["case_id"], "evidence", case["state"], case["state"], said)

    def reopen(self, case: pd.Series, row: Any, rules: Alerts) -> None:
        again = {"state": "new", "conclusion": None, "closed_at": None, "snoozed_until": None}
        again["due_on"] = _due(self.moment, row.level, rules)
        self.changed.append({"key": case["case_id"], **self._told(row)} | _kept(case) | again)
        self._move(case["case_id"], "reopen", "closed", "new", f"新证据，重新打开 new evidence: {row.codes}")

    def close(self, case: Any) -> None:
        done = {"state": "closed", "conclusion": "repaired", "closed_at": self.at}
        self.closed.append({"key": case.case_id, **done})
        self._move(
            case.case_id, "repair", case.state, "closed", "依据的记录均已修复或撤销 every record repaired"
        )

    def forget(self) -> None:
        """Take back what an earlier fold of the same warnings suppressed."""
        gone = suppressed.c.snapshot_id == self.snapshot_id
        if self.only is not None:
            gone &= suppressed.c.subject.in_(list(self.only))
        self.connection.execute(delete(suppressed).where(gone))

    def suppress(self, rows: pd.DataFrame, why: str) -> None:
        for some in _few(rows):
            told = [
                {"snapshot_id": self.snapshot_id, "subject": row.subject, "at": self.at, "why": why,
                 "level": row.level, "value": row.value, "signals": self.findings(row), "case_id": None}
                for row in some.itertuples()
            ]  # fmt: skip
            self.connection.execute(insert(suppressed), told)

    def write(self) -> None:
        """Write what happened to cases that were there, and forget it."""
        for rows in filter(None, (self.changed, self.closed)):
            names = [name for name in rows[0] if name != "key"]
            change = update(cases).where(cases.c.case_id == bindparam("key"))
            self.connection.execute(
                change.values({n: bindparam(n) for n in names} | {"version": cases.c.version + 1}), rows
            )
        for move in self.moved:
            own = select(func.max(moves.c.number)).where(moves.c.case_id == move["case_id"])
            move["number"] = 1 + int(self.connection.execute(own).scalar() or 0)
        if self.moved:
            self.connection.execute(insert(moves), self.moved)
            advance(self.connection, dict.fromkeys(move["case_id"] for move in self.moved))
        self.changed, self.closed, self.moved = [], [], []

    def _told(self, row: Any) -> dict[str, Any]:
        pd_ = None if pd.isna(row.pd) else float(row.pd)
        grade = None if pd.isna(row.grade) else row.grade
        return {
            "level": row.level, "rank": int(row.rank), "value": float(row.value), "pd": pd_, "grade": grade,
            "signals": self.findings(row), "codes": row.codes, "snapshot_id": self.snapshot_id, "last_seen": self.at,
        }  # fmt: skip

    def _moved(
        self, case_id: str, number: int | None, act: str, before: str | None, after: str, why: str
    ) -> dict[str, Any]:
        return {
            "case_id": case_id, "number": number, "at": self.at, "actor": SYSTEM, "role": "engine", "act": act,
            "before": before, "after": after, "reason": why, "detail": None, "undone": False,
        }  # fmt: skip

    def _move(self, case_id: str, act: str, before: str, after: str, why: str) -> None:
        self.moved.append(self._moved(case_id, None, act, before, after, why))


KEPT = ("state", "conclusion", "closed_at", "snoozed_until", "due_on")


def _kept(case: Any) -> dict[str, Any]:
    return {name: None if pd.isna(case[name]) else case[name] for name in KEPT}
