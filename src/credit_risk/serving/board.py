"""The cases as light columns in the order of work, so that a page of any filter is a mask and not a search."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from credit_risk.book import Rules
from credit_risk.serving.directory import Directory
from credit_risk.warnings.ledger import OPEN, Ledger, Mark, merged

__all__ = ["Asked", "Board", "Boards", "Loads"]

Bools = npt.NDArray[np.bool_]


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


class Coded:
    """A column as numbers of its few different values, so that a question is put to each value once."""

    def __init__(self, column: pd.Series) -> None:
        codes, values = pd.factorize(column)
        self.codes, self.values = codes, [str(value) for value in values]

    def where(self, chosen: Sequence[bool]) -> Bools:
        """Return the rows whose value is chosen; a row without a value never is."""
        found: Bools = np.array([*chosen, False], bool)[self.codes]
        return found

    def among(self, wanted: Collection[str]) -> Bools:
        """Return the rows whose value is one of these."""
        return self.where([value in wanted for value in self.values])

    def counts(self, rows: Bools | slice = slice(None)) -> dict[str, int]:
        """Return how many of these rows have each value."""
        found = np.bincount(self.codes[rows] + 1, minlength=len(self.values) + 1)[1:]
        return {value: int(n) for value, n in zip(self.values, found, strict=True) if n}


class Board:
    """All cases of one moment of the ledger (``Ledger.overview``): red first, then by expected value of a review."""

    def __init__(self, table: pd.DataFrame, rules: Rules, directory: Directory | None) -> None:
        self.table, self.rules, self.directory = table, rules, directory
        self.state, self.level, self.codes = (Coded(table[name]) for name in ("state", "level", "codes"))
        self.assignee = Coded(table["assignee"])
        self.ids = table["case_id"].to_numpy(object)
        self.due_on, self.snoozed_until = (
            table[name].to_numpy("datetime64[D]") for name in ("due_on", "snoozed_until")
        )

    @cached_property
    def labels(self) -> dict[str, Coded]:
        """The codes of the peer-group fields of each case's enterprise."""
        table = self.directory.labels_of(self.table["subject"]) if self.directory else pd.DataFrame()
        return {str(name): Coded(table[name]) for name in table.columns}

    @cached_property
    def names(self) -> pd.Series:
        """The name of each case's enterprise, null where none is known."""
        assert self.directory is not None
        return self.directory.names_of(self.table["subject"])

    def asked(self, asked: Asked) -> list[str]:
        """Return the ids of the cases that fit, in the order of work."""
        found: list[str] = self.ids[self._fitting(asked)].tolist()
        return found

    def next_for(self, states: Collection[str], user_id: str, today: date) -> str | None:
        """Return the most urgent case awake in these states that is somebody's own or nobody's, None without one."""
        free = self.assignee.among([user_id]) | (self.assignee.codes < 0)
        found = np.flatnonzero(self.state.among(states) & free & ~self._asleep(today))
        return str(self.ids[found[0]]) if len(found) else None

    def _fitting(self, asked: Asked) -> Bools:
        keep = self.state.among(asked.states)
        for column, value in ((self.level, asked.level), (self.assignee, asked.assignee)):
            if value:
                keep &= column.among([value])
        for codes in self._codes(asked):
            keep &= self.codes.where(
                [bool(codes.intersection(told.split(","))) for told in self.codes.values]
            )
        for name, value in asked.labels.items():
            if value:
                keep &= self.labels[name].among([value])
        if asked.text.strip():
            keep &= self._named(asked.text)
        if asked.awake_on:
            keep &= ~self._asleep(asked.awake_on)
        if asked.asleep_on:
            keep &= self._asleep(asked.asleep_on)
        if asked.due and asked.awake_on:
            keep &= self._due(asked.due, asked.awake_on)
        return keep

    def loads(self, today: date) -> Loads:
        """Return how much work waits today."""
        opened, asleep = self.state.among(OPEN), self._asleep(today)
        live = opened & ~asleep
        return Loads(
            open=int(opened.sum()),
            due=int((live & self._due("today", today)).sum()),
            late=int((live & self._due("late", today)).sum()),
            unassigned=int((live & (self.assignee.codes < 0)).sum()),
            asleep=int((opened & asleep).sum()),
        )

    def by_state(self) -> dict[str, int]:
        """Return the number of cases by state."""
        return self.state.counts()

    def open_by_level(self) -> dict[str, int]:
        """Return the number of open cases by level, every level of the book."""
        counts = self.level.counts(self.state.among(OPEN))
        return {level: counts.get(level, 0) for level in self.rules.settings.alerts.weight}

    def _codes(self, asked: Asked) -> list[set[str]]:
        signals = self.rules.signals
        found = [{asked.code}] if asked.code else []
        if asked.kind:
            found.append({code for code, signal in signals.items() if signal.kind == asked.kind})
        if asked.department:
            found.append({code for code, signal in signals.items() if signal.department == asked.department})
        return found

    def _named(self, text: str) -> Bools:
        asked = text.strip()
        by_code = self.table["subject"].str.startswith(asked.upper()).to_numpy(bool)
        if self.directory is None:
            return np.asarray(by_code)
        return np.asarray(by_code | self.names.str.contains(asked, regex=False, na=False).to_numpy(bool))

    def _asleep(self, today: date) -> Bools:
        return np.asarray(self.snoozed_until > np.datetime64(today))  # no day is never beyond one

    def _due(self, due: str, today: date) -> Bools:
        day = np.datetime64(today)
        return np.asarray(self.due_on < day if due == "late" else self.due_on <= day)


class Boards:
    """Keeps the newest board; what was moved since is read when it is asked for again, the rest is kept."""

    def __init__(self, ledger: Ledger, rules: Rules) -> None:
        self.ledger, self.rules = ledger, rules
        self._lock = threading.Lock()
        self._kept: tuple[str, Mark, Board] | None = None

    def now(self, snapshot_id: str, directory: Directory | None) -> Board:
        """Return the board of this moment."""
        with self._lock:
            mark = self.ledger.mark()
            if self._kept is None or self._kept[:2] != (snapshot_id, mark):
                self._kept = (snapshot_id, mark, Board(self._table(), self.rules, directory))
            return self._kept[2]

    def _table(self) -> pd.DataFrame:
        if self._kept is None:
            return self.ledger.overview()
        _, mark, board = self._kept
        newer = self.ledger.overview(mark)
        return merged(board.table, newer) if len(newer) else board.table
