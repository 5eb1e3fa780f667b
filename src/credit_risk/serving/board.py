"""The cases as light columns in the order of work, so that a page of any filter is a mask and not a search."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.serving.directory import Directory
from credit_risk.warnings.ledger import DECIDED, OPEN, Ledger

__all__ = ["Asked", "Board", "Boards", "Loads"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see; empty values do not bind. ``labels`` are codes of the peer-group fields.

    ``due`` is ``late`` (before ``awake_on``) or ``today`` (then or before). A case snoozed
    beyond a day is asleep on it.
    """

    states: Sequence[str] = OPEN
    level: str = ""
    code: str = ""
    kind: str = ""
    department: str = ""
    assignee: str = ""
    text: str = ""
    due: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    awake_on: date | None = None
    asleep_on: date | None = None


@dataclass(frozen=True, slots=True)
class Loads:
    """How much work there is: open, due today or earlier, not yet given to anybody, asleep."""

    open: int
    due: int
    late: int
    unassigned: int
    asleep: int


class Board:
    """All cases of one moment of the ledger: one row a case, red first, then by expected value of a review."""

    def __init__(self, table: pd.DataFrame, rules: Rules, directory: Directory | None) -> None:
        self.table, self.rules, self.directory = table, rules, directory
        self.labels = directory.labels_of(table["subject"]) if directory else pd.DataFrame(index=table.index)

    def asked(self, asked: Asked) -> list[str]:
        """Return the ids of the cases that fit, in the order of work."""
        table = self.table
        keep = table["state"].isin(list(asked.states)).to_numpy()
        for column, value in (("level", asked.level), ("assignee", asked.assignee)):
            if value:
                keep = keep & (table[column] == value).to_numpy()
        for codes in self._codes(asked):
            keep = keep & self._carries(codes)
        for name, value in asked.labels.items():
            if value:
                keep = keep & (self.labels[name] == value).to_numpy()
        if asked.text:
            keep = keep & self._named(asked.text)
        if asked.asleep_on is not None:
            keep = keep & self._asleep(asked.asleep_on)
        if asked.awake_on is not None:
            keep = keep & ~self._asleep(asked.awake_on)
            if asked.due:
                keep = keep & self._due(asked.due, asked.awake_on)
        return [str(case_id) for case_id in table["case_id"][keep]]

    def loads(self, today: date) -> Loads:
        """Return how much work waits today."""
        live = self.table["state"].isin(OPEN).to_numpy() & ~self._asleep(today)
        day = today.isoformat()
        due = live & (self.table["due_on"] <= day).to_numpy()
        return Loads(
            open=int(self.table["state"].isin(OPEN).sum()),
            due=int(due.sum()),
            late=int((live & (self.table["due_on"] < day).to_numpy()).sum()),
            unassigned=int((live & self.table["assignee"].isna().to_numpy()).sum()),
            asleep=int((self.table["state"].isin(OPEN).to_numpy() & self._asleep(today)).sum()),
        )

    def by_state(self) -> dict[str, int]:
        """Return the number of cases by state."""
        return {str(state): int(n) for state, n in self.table["state"].value_counts().items()}

    def open_by_level(self) -> dict[str, int]:
        """Return the number of open cases by level, every level of the book."""
        counts = self.table.loc[self.table["state"].isin(OPEN), "level"].value_counts()
        return {level: int(counts.get(level, 0)) for level in self.rules.settings.alerts.weight}

    def _codes(self, asked: Asked) -> list[set[str]]:
        signals = self.rules.signals
        found = [{asked.code}] if asked.code else []
        if asked.kind:
            found.append({code for code, signal in signals.items() if signal.kind == asked.kind})
        if asked.department:
            found.append({code for code, signal in signals.items() if signal.department == asked.department})
        return found

    def _carries(self, codes: set[str]) -> np.ndarray:
        split = self.table["codes"].str.split(",").explode()
        carrying = split.index[split.isin(list(codes))]
        return np.asarray(self.table.index.isin(carrying))

    def _named(self, text: str) -> np.ndarray:
        asked = text.strip()
        by_code = self.table["subject"].str.startswith(asked.upper()).to_numpy(bool)
        if self.directory is None:
            return np.asarray(by_code)
        named = self.directory.names_of(self.table["subject"])
        return np.asarray(by_code | named.str.contains(asked, regex=False, na=False).to_numpy(bool))

    def _asleep(self, today: date) -> np.ndarray:
        return np.asarray((self.table["snoozed_until"].fillna("") > today.isoformat()).to_numpy())

    def _due(self, due: str, today: date) -> np.ndarray:
        day = self.table["due_on"]
        late, now = day < today.isoformat(), day == today.isoformat()
        return np.asarray({"late": late, "today": now | late}.get(due, day.notna()).to_numpy())


class Boards:
    """Keeps the newest board; it is read again when a move was written or another snapshot was published."""

    def __init__(self, ledger: Ledger, rules: Rules) -> None:
        self.ledger, self.rules = ledger, rules
        self._lock = threading.Lock()
        self._kept: tuple[object, Board] | None = None

    def now(self, snapshot_id: str, directory: Directory | None) -> Board:
        """Return the board of this moment."""
        key = (snapshot_id, self.ledger.age())
        with self._lock:
            if self._kept is None or self._kept[0] != key:
                table = self.ledger.overview([*OPEN, *DECIDED, "closed"])
                self._kept = (key, Board(table, self.rules, directory))
            return self._kept[1]
