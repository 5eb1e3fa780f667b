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
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol

import ibis
import ibis.expr.types as ir
import pandas as pd
from sqlalchemy import Engine, func, select

from credit_risk.book import Rules
from credit_risk.book.schema import Recipe
from credit_risk.explain.again import Again, Peers, score_again
from credit_risk.explain.beside import Beside
from credit_risk.explain.replay import MadeOf
from credit_risk.explain.snapshot import Snapshot, Snapshots
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.plan import Writer
from credit_risk.features.session import Session
from credit_risk.graph import Graph
from credit_risk.models.artefact import load_model
from credit_risk.models.model import CreditModel
from credit_risk.records import Pool, Records, moment
from credit_risk.serving.fresh import Fresh
from credit_risk.store import reading
from credit_risk.store.service_tables import fresh_scores
from credit_risk.store.tables import inbox, receipts
from credit_risk.warnings import warn_as_of
from credit_risk.warnings.events import latest_events
from credit_risk.warnings.ledger import Ledger, still_usable

__all__ = ["FARTHEST", "AtDesk", "Rescorer", "after", "ends_of"]

Hops = Literal[1, 2]
FARTHEST = 200  # enterprises scored again for one post; the nearest first
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


@dataclass(frozen=True)
class _InForce:
    """What the published snapshot was made with, and what it holds."""

    snapshot: Snapshot
    as_of: datetime
    recipe: Recipe
    model: CreditModel
    beside: Beside
    peers: Peers


class Rescorer:
    """Scores again what was posted."""

    def __init__(self, desk: AtDesk) -> None:
        self.desk = desk
        self.warmed = threading.Event()
        self._waiting: dict[str, None] = {}
        self._kept: _InForce | None = None
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
            self._change.notify_all()
        self.start()

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
        force = self._in_force()
        if force is None:
            return None
        t, wanted = after(force.as_of, self.desk.today), list(subjects)
        held = self.desk.snapshots.grades_before(t, force.model.model_id)
        return score_again(self.matrix, force.model, force.recipe, t, wanted, force.peers, force.beside, held)

    # ---- the thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._guarded(self._warm)
        self.warmed.set()
        while True:
            with self._change:
                while not self._waiting:
                    self._change.wait()
                subjects, self._waiting, self._busy = list(self._waiting), {}, True
            self._guarded(lambda subjects=subjects: self._score(subjects))
            with self._change:
                self._busy = False
                self._change.notify_all()

    def _guarded(self, act: object) -> None:
        """Run; a fault is logged and costs these enterprises their fresh score, not the thread."""
        try:
            act()  # type: ignore[operator]
        except Exception:
            log.exception("scoring again failed")

    def _warm(self) -> None:
        force = self._in_force()
        if force is None:
            return
        scores = force.snapshot.scores
        some = scores.loc[scores["scorable"].astype(bool), "subject"].head(1).tolist()
        self.again(some)
        self._around(some, after(force.as_of, self.desk.today))
        self.post(self._left())

    def _left(self) -> list[str]:
        """Return the enterprises whose pending records came after the last fresh score and the snapshot."""
        force = self._in_force()
        if force is None:
            return []
        newest = select(func.max(fresh_scores.c.at)).where(fresh_scores.c.snapshot_id == force.snapshot.id)
        with reading(self.desk.engine).connect() as connection:
            since = connection.execute(newest).scalar() or force.as_of.isoformat()
            late = select(inbox.c.row).join(receipts, receipts.c.receipt_id == inbox.c.receipt_id)
            rows = connection.execute(late.where(receipts.c.at > since)).scalars().all()
        return ends_of(rows)

    def _score(self, subjects: list[str]) -> None:
        """Score and warn of the enterprises themselves first, so that they wait for no neighbour, then of these."""
        force = self._in_force()
        if force is None:
            return
        own = list(dict.fromkeys(subjects))
        near = self._around(own, after(force.as_of, self.desk.today))[len(own) :]
        for group in (own, near):
            made = self.again(group) if group else None
            if made is not None:
                self.desk.fresh.publish(force.snapshot.id, made.rows)
                self._warn(force, made)

    def _warn(self, force: _InForce, made: Again) -> None:
        desk, t = self.desk, after(force.as_of, self.desk.today)
        scores = _replaced(force.snapshot.scores, made.scores)
        whole = Snapshot(
            force.snapshot.id, force.model.model_id, scores, None, _replaced(force.snapshot.indicators, made.indicators)
        )  # fmt: skip
        earlier = desk.snapshots.before(t, force.model.model_id)
        before = desk.snapshots.read(earlier) if earlier else None
        events = next((latest_events(desk.rules.var / "events", n, t) for n in desk.rules.event_models), None)
        warned = warn_as_of(self.matrix, whole, before, t, events, subjects=list(made.rows))
        desk.ledger.fold_some(
            force.snapshot.id, warned.warnings, max(force.as_of, datetime.now()), int(scores["scorable"].sum()),
            still_usable(self.matrix, t), list(made.rows),
        )  # fmt: skip

    # ---- what it takes ------------------------------------------------------------------------------------

    def _in_force(self) -> _InForce | None:
        snapshots = self.desk.snapshots
        current = snapshots.current()
        if current is None:
            return None
        if self._kept is None or self._kept.snapshot.id != current:
            made_of = MadeOf.read(snapshots.folder / current)
            model, recipe = self._model(made_of.model_id), self.desk.rules.recipes[made_of.recipe]
            snapshot = Snapshot(current, made_of.model_id, folder=snapshots.folder / current)
            beside = {name: self._model(model_id) for name, model_id in made_of.beside.items()}
            numeric = [n for n in model.names if n not in model.encoder.categories]
            as_of: datetime = pd.Timestamp(snapshot.scores["as_of"].iloc[0]).to_pydatetime()
            self._kept = _InForce(
                snapshot, as_of, recipe, model, Beside.of(self.desk.rules, recipe, beside), Peers.of(snapshot, numeric)
            )  # fmt: skip
        return self._kept

    def _model(self, model_id: str) -> CreditModel:
        folder: Path = self.desk.rules.var / "models"
        return load_model(folder / model_id)

    def _around(self, subjects: list[str], t: datetime) -> list[str]:
        """Return the enterprises and their neighbours, the nearest first, at most ``FARTHEST``."""
        catalogue = self.matrix.catalogue
        over = [e.rule.over for e in catalogue.entries.values() if e.rule.over is not None]
        found = dict.fromkeys(subjects)
        for hops in sorted({one.hops for one in over}):
            every = {r for one in over if one.hops == hops for r in _relations(catalogue.rules, one.relation)}
            kinds = sorted(every)

            def write(writer: Writer, kinds: list[str] = kinds, hops: Hops = hops) -> ir.Table:
                near = writer.graph.neighbours(
                    kinds, writer.asked, "both", "enterprise", hops, among=writer.subjects
                )
                return near.select("neighbour").distinct().order_by(ibis._.neighbour)

            plan = catalogue.plans.get(["around", *kinds, hops], write)
            with Session(self.matrix.records.pool, t) as session:
                found |= dict.fromkeys(session.run(plan, subjects)["neighbour"].to_pylist())
        return list(found)[:FARTHEST]


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


def _relations(rules: Rules, named: object) -> list[str]:
    return list(rules.relations) if named == "any" else [str(n) for n in named]  # type: ignore[attr-defined]


def _replaced(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a table by subject with some rows replaced or added, in the order of subjects."""
    rest = table[~table["subject"].isin(rows["subject"])]
    joined = pd.concat([rest, rows[[c for c in table.columns if c in rows.columns]]], ignore_index=True)
    return joined.sort_values("subject", ignore_index=True)
