"""After a record was taken in: its enterprise and the neighbours are scored and warned of again, in the background.

One thread a process with a pool of its own, so that nobody who reads waits for it. It begins by running everything
once for one enterprise, because the catalogue's SQL is written, read and compiled at the first use; then it takes up
what was received and not scored again when the process before it ended.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import Protocol

from sqlalchemy import Engine, func, select

from credit_risk.book import Rules
from credit_risk.explain.again import Again, score_again
from credit_risk.explain.snapshot import Snapshot, Snapshots
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph
from credit_risk.records import Pool, Records, moment
from credit_risk.records.lookup import refresh
from credit_risk.serving.fresh import Fresh
from credit_risk.serving.in_force import InForce, Now
from credit_risk.serving.lasting import set_apart
from credit_risk.serving.sources import SourceWatch
from credit_risk.store import reading
from credit_risk.store.service_tables import fresh_scores
from credit_risk.store.tables import inbox, receipts
from credit_risk.warnings import Warned, warn_as_of
from credit_risk.warnings.ledger import Ledger, still_usable

__all__ = ["FARTHEST", "AtDesk", "Rescorer", "after", "ends_of"]

FARTHEST = 200  # enterprises scored again for one post; the nearest first
LOOK_AGAIN = 5.0  # seconds after which another snapshot is seen at the latest
TAKES = timedelta(minutes=1)  # longer than from reading the pool to publishing a fresh score
log = logging.getLogger("credit_risk")


class AtDesk(Protocol):
    """What of the desk is used here."""

    @property
    def rules(self) -> Rules: ...  # noqa: D102
    @property
    def engine(self) -> Engine: ...  # noqa: D102
    @property
    def snapshots(self) -> Snapshots: ...  # noqa: D102
    @property
    def fresh(self) -> Fresh: ...  # noqa: D102
    @property
    def ledger(self) -> Ledger: ...  # noqa: D102
    @property
    def today(self) -> date: ...  # noqa: D102
    @property
    def now(self) -> datetime: ...  # noqa: D102
    @property
    def sources(self) -> SourceWatch: ...  # noqa: D102


class Rescorer:
    """Scores again what was posted."""

    def __init__(self, desk: AtDesk) -> None:
        self.desk = desk
        self.warmed = threading.Event()
        self._waiting: dict[str, None] = {}
        self._behind: dict[
            str, str | None
        ] = {}  # enterprises, and the snapshot in force when they were posted
        self._force: InForce | None = None
        self._now: Now | None = None
        self._change = threading.Condition()
        self._busy = False
        self._thread: threading.Thread | None = None

    @cached_property
    def matrix(self) -> Matrix:
        """Records, relations and catalogue over a pool of this thread's own."""
        pool = Pool(self.desk.rules)
        pool.connection.raw_sql("SET threads = 1")  # a handful of rows: more threads only wait for each other
        return Matrix(Catalogue.of(self.desk.rules), Records(pool), Graph(pool))

    def start(self) -> None:
        """Start the thread, if it does not run yet: warm up, take up what was left, then wait for posts."""
        with self._change:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="again", daemon=True)
                self._thread.start()

    def post(self, subjects: Iterable[str]) -> None:
        """Have these enterprises and their neighbours scored again soon."""
        with self._change:
            self._waiting |= dict.fromkeys(subjects)
            self._behind |= dict.fromkeys(self._waiting, self.desk.snapshots.current())
            self._change.notify_all()
        self.start()

    def awaits(self, subject: str) -> bool:
        """Tell whether records of an enterprise came in that its score does not know, because it waits or failed."""
        return subject in self._behind and self._behind[subject] == self.desk.snapshots.current()

    def settled(self, seconds: float) -> bool:
        """Wait until nothing waits any more; return whether that came true within ``seconds``."""
        ends = time.monotonic() + seconds
        with self._change:
            while self._waiting or self._busy:
                if not self._change.wait(max(0.0, ends - time.monotonic())):
                    return False
        return True

    def again(self, subjects: Iterable[str]) -> Again | None:
        """Return enterprises scored as known now; None before the first snapshot."""
        now, wanted = self._at_hand(), list(subjects)
        return None if now is None else _scored(now, now.near.held(wanted), wanted)

    # ---- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._guarded(self._look_up)
        seen = self._warm_up()
        self.warmed.set()
        while True:
            with self._change:
                if not self._waiting:
                    self._change.wait(min(LOOK_AGAIN, self.desk.sources.due))
                subjects, self._waiting, self._busy = list(self._waiting), {}, bool(self._waiting)
            if self.desk.snapshots.current() != seen:
                seen = self._warm_up()
            if subjects and not self._guarded(partial(self._score, subjects)):
                self.desk.sources.overtaken()
            if not self.desk.sources.due:
                self._guarded(self._look)
            with self._change:
                self._busy = False
                self._change.notify_all()

    def _warm_up(self) -> str | None:
        """Get ready for the published snapshot and return it; what it does not know yet is taken up."""
        current = self.desk.snapshots.current()
        self._guarded(self._warm)
        set_apart()
        return current

    def _guarded(self, act: Callable[[], None]) -> bool:
        """Run and tell whether it went well; a fault is logged and costs a fresh score, not the thread."""
        try:
            with self.matrix.records.pool.still():
                act()
        except Exception:
            log.exception("scoring again failed")
            return False
        return True

    def _look_up(self) -> None:
        """See to it that the records of a few are found without reading whole batches."""
        refresh(self.matrix.records.pool)

    def _look(self) -> None:
        self.desk.sources.look(self.matrix.records.pool)

    def _warm(self) -> None:
        """Read what stays for a day, and do once for one enterprise what a post takes, without publishing it."""
        now = self._at_hand()
        if now is None:
            return
        some = now.force.scorable[:1]
        near = now.near.held(some)
        if some:
            self._warned(now, near, _scored(now, near, some))
        self.post(self._left())

    def _left(self) -> list[str]:
        """Return the enterprises with pending records that neither the snapshot nor a fresh score may know.

        When the snapshot's batch read the pool is not known: on its day, at the earliest. A fresh score knows what had
        come some time before it was published.
        """
        now = self._at_hand()
        if now is None:
            return []
        force = now.force
        last = select(fresh_scores.c.subject, func.max(fresh_scores.c.at)).group_by(fresh_scores.c.subject)
        late = select(inbox.c.row, receipts.c.at).join(receipts, receipts.c.receipt_id == inbox.c.receipt_id)
        with reading(self.desk.engine).connect() as connection:
            fresh = connection.execute(last.where(fresh_scores.c.snapshot_id == force.snapshot.id)).all()
            rows = connection.execute(late.where(receipts.c.at >= force.as_of.date().isoformat())).all()
        known = {subject: datetime.fromisoformat(at) - TAKES for subject, at in fresh}
        told = [(end, datetime.fromisoformat(at)) for row, at in rows for end in ends_of([row])]
        return list(dict.fromkeys(end for end, at in told if known.get(end, datetime.min) < at))

    def _score(self, subjects: list[str]) -> None:
        """Score and warn of the enterprises themselves first, so that they wait for no neighbour, then of these."""
        now, own = self._at_hand(), list(dict.fromkeys(subjects))
        if now is None:
            return
        further = now.near.reached(own)[: max(0, FARTHEST - len(own))]
        for some in filter(None, (own, further)):
            self._tell(now, now.near.held(some), some)

    def _tell(self, now: Now, near: Matrix, subjects: list[str]) -> None:
        """Score, publish, warn: the score waits for no warning."""
        made = _scored(now, near, subjects)
        self.desk.fresh.publish(now.force.snapshot.id, made.rows)
        with self._change:
            for subject in made.rows.keys() - self._waiting.keys():
                self._behind.pop(subject, None)
        warned = self._warned(now, near, made)
        self.desk.ledger.fold_some(
            now.force.snapshot.id, warned.warnings, max(now.force.as_of, self.desk.now),
            len(now.force.scorable), still_usable(near, now.t), list(made.rows),
        )  # fmt: skip

    def _warned(self, now: Now, near: Matrix, made: Again) -> Warned:
        few = Snapshot(now.force.snapshot.id, now.force.model.model_id, made.scores, None, made.indicators)
        return warn_as_of(
            near, few, now.before(list(made.rows)), now.t, now.events, outages=now.outages, usual=now.force.usual
        )  # fmt: skip

    # ---- what it takes ------------------------------------------------------------------------------------

    def _at_hand(self) -> Now | None:
        """Return what stays for the snapshot and the day, read when either is new; None before the first snapshot."""
        current = self.desk.snapshots.current()
        if current is None:
            return None
        if self._force is None or self._force.snapshot.id != current:
            self._force, self._now = InForce.of(self.desk.rules, self.desk.snapshots, current), None
        t = after(self._force.as_of, self.desk.today)
        if self._now is None or self._now.t != t:
            self._now = Now(self._force, self.matrix, t)
        return self._now


def _scored(now: Now, near: Matrix, subjects: list[str]) -> Again:
    force = now.force
    return score_again(
        near, force.model, force.recipe, now.t, subjects, force.peers, force.beside, now.held, force.explainer
    )


def after(as_of: datetime, today: date) -> datetime:
    """Return the moment as known at which a fresh score is: the end of today, never before the snapshot's.

    Nothing received later is known yet, so it is the score of now; that of the night of today is the same.
    """
    return max(as_of, moment(today))


def ends_of(rows: Iterable[str]) -> list[str]:
    """Return the enterprises that rows of the inbox are about: the subject, or both ends of a relation."""
    read = [json.loads(row) for row in rows]
    ends = [row.get(name) for row in read for name in ("subject", "src", "dst")]
    return list(dict.fromkeys(str(one) for one in ends if one and ":" not in str(one)))
