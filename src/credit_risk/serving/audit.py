"""The audit: every answer leaves a line, and every line holds the hash of the one before.

A line that is changed, taken out or put in breaks the chain. Lines cut off at the end leave the chain whole; who keeps
the number and hash of the last line elsewhere sees that too.

Lines that come at the same moment are committed together: whoever finds nobody committing takes all that wait. On an
event loop the moment lasts until no line comes any more, or enough wait: one commit costs as much as ten lines, and
while it is on its way the others are answered. A call returns only when its line is on disk. While the store does not
answer, lines go to a file beside it (``spill.py``).
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from json.encoder import encode_basestring
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, desc, func, select

from credit_risk.errors import TamperedError
from credit_risk.serving.spill import Spill
from credit_risk.store import SILENT, Held, exclusive, reading
from credit_risk.store.tables import audit_lines

__all__ = ["Audit", "AuditHead", "Walk"]

START = "0" * 64
MOST = 500  # lines of one commit
ENOUGH, QUIET = (
    8,
    2,
)  # lines for which no more are waited for; turns of the loop without a line that end a moment
WHOLE_AGAIN = timedelta(hours=1)
ASK_AGAIN = 5.0  # seconds between two questions to a store that does not answer
LAST = select(audit_lines.c.number, audit_lines.c.hash).order_by(desc(audit_lines.c.number)).limit(1)
COLUMNS = [column.name for column in audit_lines.c]
HASHED = sorted(name for name in COLUMNS if name != "hash")
AS_JSON = "{" + ", ".join(f'"{name}": %s' for name in HASHED) + "}"


@dataclass(frozen=True, slots=True)
class AuditHead:
    """Number of lines and hash of the last; keep it elsewhere to see a chain cut short."""

    lines: int
    hash: str


@dataclass(frozen=True, slots=True)
class _Waiting:
    line: dict[str, Any]
    told: Callable[[str | BaseException], None]


class Audit:
    """The audit of a book; ``spill`` takes the lines while the store does not answer."""

    def __init__(self, engine: Engine, spill: Spill | None = None) -> None:
        self.engine, self.spill = engine, spill
        self._held = Held(engine)
        self.degraded = False  # the last lines went to the spill
        self._again_at = 0.0  # when a store that did not answer is asked next
        self._waiting: list[_Waiting] = []
        self._lock = threading.Lock()
        self._committing = False

    @cached_property
    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="audit")

    def write(self, **line: str) -> str:
        """Append a line (``actor, role, scene, action, subject, result``); return its id (``number-hash``).

        It is durable when this returns. Raises what the database raises when the line can be kept nowhere, and
        RuntimeError on an event loop, which would wait for lines that only it can have committed: ``append`` there.
        """
        if _on_a_loop():
            raise RuntimeError("an event loop appends its audit lines")
        done: Future[str] = Future()

        def told(result: str | BaseException) -> None:
            if isinstance(result, BaseException):
                done.set_exception(result)
            else:
                done.set_result(result)

        if self._leads(_Waiting(_stamped(line), told)):
            self._commit_all()
        return done.result()

    async def append(self, **line: str) -> str:
        """Append a line as ``write`` does, without holding up the event loop."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str] = loop.create_future()
        batch = _Batch.of(loop)
        if self._leads(_Waiting(_stamped(line), lambda result: batch.tell(done, result))):
            loop.call_soon(self._gather, loop, 0, 0)
        return await done

    def _gather(self, loop: asyncio.AbstractEventLoop, seen: int, quiet: int) -> None:
        """Have the waiting lines committed when the moment in which they come is over."""
        waiting = len(self._waiting)
        quiet = quiet + 1 if waiting == seen else 0
        if quiet == QUIET or waiting >= ENOUGH:
            self._thread.submit(self._commit_all)
        else:
            loop.call_soon(self._gather, loop, waiting, quiet)

    def _leads(self, waiting: _Waiting) -> bool:
        """Queue a line; tell whether the caller has to see to the commit."""
        with self._lock:
            self._waiting.append(waiting)
            first = not self._committing
            self._committing = True
        return first

    def _commit_all(self) -> None:
        while True:
            with self._lock:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if not batch:
                    self._committing = False
                    return
            try:
                results: list[str | BaseException] = list(self._commit([w.line for w in batch]))
            except BaseException as problem:
                results = [problem] * len(batch)
            for waiting, result in zip(batch, results, strict=True):
                waiting.told(result)

    def _commit(self, lines: list[dict[str, Any]]) -> list[str]:
        if self.spill and self.degraded and time.monotonic() < self._again_at:
            return self.spill.keep(lines)  # to ask may take as long as the store waits for a lock
        try:
            spilled = self.spill.held() if self.spill else []
            ids = self._held.run(lambda connection: _chain(connection, [*spilled, *lines]))
        except SILENT:
            if self.spill is None:
                raise
            self.degraded, self._again_at = True, time.monotonic() + ASK_AGAIN
            return self.spill.keep(lines)
        self.degraded = False
        if self.spill and spilled:
            self.spill.clear(len(spilled))
        return ids[len(spilled) :]

    def latest(self, most: int) -> list[dict[str, Any]]:
        """Return the newest lines, the last first."""
        rows = select(audit_lines).order_by(desc(audit_lines.c.number)).limit(most)
        with reading(self.engine).connect() as connection:
            return [dict(row) for row in connection.execute(rows).mappings()]

    def done(self, actor: str, action: str, subjects: Collection[str], among: int) -> set[str]:
        """Return to which of ``subjects`` somebody did something, as far as the newest ``among`` lines tell."""
        last = select(func.max(audit_lines.c.number)).scalar_subquery()
        asked = (
            select(audit_lines.c.subject)
            .where(audit_lines.c.number > last - among, audit_lines.c.actor == actor)
            .where(audit_lines.c.action == action, audit_lines.c.subject.in_(list(subjects)))
        )
        with reading(self.engine).connect() as connection:
            return set(connection.execute(asked.distinct()).scalars())

    def verify(self, since: AuditHead | None = None) -> AuditHead:
        """Walk the chain; raise TamperedError at the first line that does not fit.

        With ``since``, the head that an earlier walk returned, only that line and those after it are looked at.
        """
        before, number = (since.hash, since.lines) if since else (START, 0)
        if since and self._hash_of(since.lines) != (since.hash if since.lines else None):
            raise _tampered(since.lines)
        later = select(audit_lines).where(audit_lines.c.number > number).order_by(audit_lines.c.number)
        with reading(self.engine).connect() as connection:
            for row in connection.execute(later).mappings():
                line = dict(row)
                kept = line.pop("hash")
                if line["number"] != number + 1 or line["before"] != before or _hash(line) != kept:
                    raise _tampered(line["number"])
                before, number = kept, line["number"]
        return AuditHead(number, before)

    def _hash_of(self, number: int) -> str | None:
        asked = select(audit_lines.c.hash).where(audit_lines.c.number == number)
        with reading(self.engine).connect() as connection:
            found: str | None = connection.execute(asked).scalar()
            return found


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _tampered(number: int) -> TamperedError:
    return TamperedError(
        f"audit: line {number} does not fit the line before it",
        hint="keep this database, and compare it with your last backup",
        line=number,
    )


class Walk:
    """The chain walked again and again: whole at first and every hour, in between what came since."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self._last: AuditHead | None = None
        self._whole_at = datetime.min

    def on(self) -> tuple[AuditHead, datetime]:
        """Return the head and when the chain was last walked whole; raise TamperedError at a line that does not fit.

        After a line that did not fit the next walk is a whole one. Not for several threads at once.
        """
        since, self._last = self._last, None
        if since is None or datetime.now() - self._whole_at > WHOLE_AGAIN:
            since, self._whole_at = None, datetime.now()
        self._last = self.audit.verify(since)
        return self._last, self._whole_at


class _Batch:
    """Results for one event loop, handed over by one call however many they are."""

    loops: ClassVar[dict[asyncio.AbstractEventLoop, _Batch]] = {}

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.ready: list[tuple[asyncio.Future[str], str | BaseException]] = []
        self.lock = threading.Lock()

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> _Batch:
        found = cls.loops.get(loop)
        if found is None:
            cls.loops = {one: batch for one, batch in cls.loops.items() if not one.is_closed()}
            found = cls.loops.setdefault(loop, cls(loop))
        return found

    def tell(self, done: asyncio.Future[str], result: str | BaseException) -> None:
        with self.lock:
            self.ready.append((done, result))
            wake = len(self.ready) == 1
        if wake and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.deliver)

    def deliver(self) -> None:
        with self.lock:
            ready, self.ready = self.ready, []
        for done, result in ready:
            if done.done():
                continue
            if isinstance(result, BaseException):
                done.set_exception(result)
            else:
                done.set_result(result)


def _chain(connection: Connection, lines: list[dict[str, Any]]) -> list[str]:
    """Insert lines after the last one, each with the hash of the one before; return their ids."""
    exclusive(connection, audit_lines)
    last = connection.execute(LAST).first()
    number, before = (last.number, last.hash) if last else (0, START)
    rows = []
    for line in lines:
        number += 1
        row = {"number": number, **line, "before": before}
        before = row["hash"] = _hash(row)
        rows.append(row)
    for at in range(0, len(rows), MOST):
        part = rows[at : at + MOST]
        values = tuple(row[name] for row in part for name in COLUMNS)
        connection.exec_driver_sql(_appended(connection.dialect.paramstyle, len(part)), values)
    return [f"{row['number']}-{row['hash'][:12]}" for row in rows]


@lru_cache(maxsize=64)
def _appended(style: str, lines: int) -> str:
    """Return one statement for some lines: one for each line would hand Python's lock to and fro at every one."""
    mark = "?" if style == "qmark" else "%s"
    names, marks = ", ".join(f'"{name}"' for name in COLUMNS), ", ".join([mark] * len(COLUMNS))
    return f"INSERT INTO {audit_lines.name} ({names}) VALUES " + ", ".join([f"({marks})"] * lines)


def _stamped(line: dict[str, str]) -> dict[str, Any]:
    stamped = {"at": datetime.now().isoformat(timespec="microseconds"), **line}
    if "".join(line.values()).isprintable():
        return stamped
    return {name: _plain(value) for name, value in stamped.items()}


def _plain(value: str) -> str:
    """Return a text as it can be stored and shown anywhere: one line, no halves of characters."""
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)


def _hash(line: dict[str, Any]) -> str:
    """Return the hash of a line as JSON with sorted keys; ``json.dumps`` writes the same in twice the time."""
    told = [v if isinstance(v := line[name], int) else encode_basestring(v) for name in HASHED]
    return hashlib.sha256((AS_JSON % tuple(told)).encode()).hexdigest()
