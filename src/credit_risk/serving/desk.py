"""What every answer is made from: the rules, the store, and what was published."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pandas as pd
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from credit_risk.archive import Archive, Asking, read_archive
from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.explain import Snapshots
from credit_risk.explain.suppose import Change, WhatIf
from credit_risk.features import Catalogue, Matrix
from credit_risk.graph import Graph
from credit_risk.graph.network import Network
from credit_risk.models.artefact import load_model
from credit_risk.models.model import CreditModel
from credit_risk.policy import Overrides, Policy
from credit_risk.records import Inbox, Pool, Records
from credit_risk.records.reader import Reader
from credit_risk.serving.access import Keys
from credit_risk.serving.again import Rescorer
from credit_risk.serving.audit import Audit, Walk
from credit_risk.serving.board import Boards
from credit_risk.serving.day import Day
from credit_risk.serving.dimensions import Dimensions
from credit_risk.serving.directory import Directory
from credit_risk.serving.exchange import Outbox
from credit_risk.serving.fresh import Fresh
from credit_risk.serving.people import People
from credit_risk.serving.published import Published
from credit_risk.serving.report import CreditReport, Living, compose_report, told_of
from credit_risk.serving.sources import SourceWatch
from credit_risk.serving.spill import Spill
from credit_risk.serving.supposing import Supposing
from credit_risk.serving.ways import Way
from credit_risk.serving.workbench import Workbench
from credit_risk.store import open_store
from credit_risk.warnings.ledger import Ledger

__all__ = ["Desk", "Published"]

T = TypeVar("T")
TABS = 32  # enterprises whose records are held in memory, for whoever goes from one page of them to the next


@dataclass(frozen=True)
class Desk(Day):
    """The desk of one book. Reading the pool is one at a time (``pool_lock``): DuckDB's connection is not shared."""

    rules: Rules
    engine: Engine
    pool_lock: threading.RLock = field(default_factory=threading.RLock)
    inbox_lock: threading.RLock = field(default_factory=threading.RLock)
    once_lock: threading.RLock = field(default_factory=threading.RLock)
    look_lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: dict[str, Published] = field(default_factory=dict)
    _networks: dict[str, Network] = field(default_factory=dict)
    _models: dict[str, CreditModel] = field(default_factory=dict)
    _texts: dict[datetime, str] = field(default_factory=dict)
    _views: dict[tuple[str, str], tuple[Hashable, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, rules: Rules) -> Desk:
        """Open the store of a book."""
        return cls(rules, open_store(rules.var))

    @cached_property
    def metrics(self) -> CollectorRegistry:
        """What is counted about this service."""
        return CollectorRegistry()

    @cached_property
    def keys(self) -> Keys:
        """Keys of calling systems."""
        return Keys(self.engine, self.rules)

    @cached_property
    def people(self) -> People:
        """Accounts and sessions."""
        return People(self.engine, self.rules)

    @cached_property
    def audit(self) -> Audit:
        """The chain of audit lines."""
        spill = Spill(self.rules.var / "spill")
        spill.adopt()
        return Audit(self.engine, spill)

    @cached_property
    def walk(self) -> Walk:
        """How far the audit's chain was walked."""
        return Walk(self.audit)

    @cached_property
    def ledger(self) -> Ledger:
        """The cases."""
        return Ledger(self.engine, self.rules)

    @cached_property
    def fresh(self) -> Fresh:
        """Scores computed anew since the snapshot."""
        return Fresh(self.engine)

    @cached_property
    def outbox(self) -> Outbox:
        """What waits for the city platform."""
        return Outbox(self.engine)

    @cached_property
    def sources(self) -> SourceWatch:
        """Which sources are overdue or cannot be read."""
        return SourceWatch()

    @cached_property
    def rescorer(self) -> Rescorer:
        """Scores again what was posted."""
        return Rescorer(self)

    @cached_property
    def inbox(self) -> Inbox:
        """Takes in single records."""
        return Inbox(Pool(self.rules))

    @cached_property
    def overrides(self) -> Overrides:
        """The human decisions about public classes."""
        return Overrides(self.engine, self.rules, lambda: self.now)

    @cached_property
    def policy(self) -> Policy:
        """Where enterprises stand around their scores."""
        return Policy(self.rules, self.snapshots, lambda: self.overrides)

    @cached_property
    def workbench(self) -> Workbench:
        """What takes seconds."""
        return Workbench()

    @cached_property
    def boards(self) -> Boards:
        """The cases in the order of work, for lists."""
        return Boards(self.ledger, self.rules)

    @cached_property
    def snapshots(self) -> Snapshots:
        """What was scored."""
        return Snapshots(self.rules.var / "snapshots")

    @cached_property
    def matrix(self) -> Matrix:
        """Records, relations and catalogue as one; use it with ``pool_lock`` held."""
        pool = Pool(self.rules)
        return Matrix(Catalogue.of(self.rules), Records(pool), Graph(pool))

    @cached_property
    def supposing(self) -> Supposing:
        """What would be, and why something changed."""
        return Supposing(self.matrix.catalogue)

    @cached_property
    def looking(self) -> Matrix:
        """The same over a pool of its own, for the records of one enterprise; use it with ``look_lock`` held.

        It has one thread: over a handful of rows more of them only wait for each other.
        """
        pool = Pool(self.rules)
        pool.connection.raw_sql("SET threads = 1")
        return Matrix(self.matrix.catalogue, Records(pool), Graph(pool))

    @cached_property
    def reader(self) -> Reader:
        """Reads all records of one enterprise, once for all that is looked at of it; use it with ``look_lock`` held."""
        return Reader(self.looking.records.pool, kept=TABS)

    def local(self, moment: datetime) -> datetime:
        """Return a moment of the pool, which is local time, with the zone's offset."""
        return moment.replace(tzinfo=ZoneInfo(self.rules.settings.timezone))

    def published(self) -> Published | None:
        """Return the published snapshot, read once; None before the first."""
        snapshot_id = self.snapshots.current()
        if snapshot_id is None:
            return None
        kept = self._kept.get(snapshot_id)  # without the lock: a slow question must not hold up readers
        if kept is not None:
            return kept
        with self.pool_lock:
            if snapshot_id not in self._kept:
                self._kept.clear()
                self._kept[snapshot_id] = self._read(snapshot_id)
            return self._kept[snapshot_id]

    def once(self, name: str, published: Published, make: Callable[[], T], mark: Hashable = None) -> T:
        """Return what ``make`` returns, computed once for a snapshot and a mark and kept until either changes."""
        key = (published.snapshot_id, name)
        with self.once_lock:
            if key not in self._views or self._views[key][0] != mark:
                for old in [k for k in self._views if k[0] != published.snapshot_id]:
                    del self._views[old]
                self._views[key] = mark, make()
            kept: T = self._views[key][1]
            return kept

    def _read(self, snapshot_id: str) -> Published:
        scores = self.snapshots.read(snapshot_id).set_index("subject")
        t = pd.Timestamp(scores["as_of"].iloc[0])
        earlier = self.snapshots.before(t.to_pydatetime(), str(scores["model_id"].iloc[0]))
        before, before_on = None, None
        if earlier:
            table = self.snapshots.read(earlier)
            before_on = pd.Timestamp(table["as_of"].iloc[0]).date()
            before = table[["subject", "pd", "grade", "grade_rank"]].set_index("subject")
        directory = Directory(
            self.rules, self.matrix.records, t.to_pydatetime(), scores.index[scores["scorable"].astype(bool)]
        )
        return Published(snapshot_id, t, scores, directory, before, before_on)

    def row(self, snapshot_id: str, subject: str) -> dict[str, Any] | None:
        """Return the score of an enterprise as it is served now, None when the snapshot lacks it."""
        return self.fresh.row(snapshot_id, subject) or self.snapshots.row(snapshot_id, subject)

    def flags(
        self, subject: str, days: int, unseen_category: str | None, fresh: bool = False
    ) -> tuple[str, ...]:
        """Return what a caller should mind about an enterprise's row, which is some days old.

        ``unseen_category:NAME``; ``stale``; ``fresh``: scored again since the snapshot; ``records_waiting``: records
        came in that the score does not know yet; ``store_unavailable``; ``source_overdue:SOURCE`` and
        ``unreadable:TYPE``: what cannot be relied on when it says nothing new.
        """
        unseen = unseen_category.split(",") if unseen_category else []
        flags = [f"unseen_category:{name}" for name in unseen]
        if days > self.rules.settings.service.stale_days:
            flags.append("stale")
        if fresh:
            flags.append("fresh")
        if self.rescorer.awaits(subject):
            flags.append("records_waiting")
        if self.audit.degraded:
            flags.append("store_unavailable")
        return (*flags, *self.sources.flags)

    def told_at(self, moment: datetime) -> str:
        """Return a moment of the pool as ISO text with the zone's offset."""
        kept = self._texts.get(moment)
        if kept is None:
            if len(self._texts) > 1000:
                self._texts.clear()
            kept = self._texts[moment] = self.local(moment).isoformat()
        return kept

    def profile(self, subject: str) -> dict[str, float] | None:
        """Return per dimension of the tree the share of its peers that do worse (ties count half).

        What is compared are the points that the indicators of the dimension add to the score. None when the
        enterprise is not scorable.
        """
        published = self.published()
        if published is None:
            return None
        return self.once("dimensions", published, lambda: self._dimensions(published)).of(subject)

    def _dimensions(self, published: Published) -> Dimensions:
        """Read one dimension after another: all contributions of a million enterprises together fill a machine."""
        tree = {name: rule.tree.split("/")[0] for name, rule in self.rules.indicators.items()}
        return Dimensions(self.snapshots.sums(published.snapshot_id, tree), published.scores["peer_group"])

    def network(self) -> Network | None:
        """Return the relations known at the published snapshot's t, read once; None before the first."""
        published = self.published()
        if published is None:
            return None
        kept = self._networks.get(published.snapshot_id)
        if kept is not None:
            return kept
        with self.pool_lock:
            if published.snapshot_id not in self._networks:
                self._networks.clear()
                at = published.as_of.to_pydatetime()
                self._networks[published.snapshot_id] = Network.of(self.matrix.graph, at)
            return self._networks[published.snapshot_id]

    def archive(self, subject: str, everything: bool) -> Archive:
        """Return the archive of an enterprise as known at the published t; raises InputError without one."""
        t = self._published_or_refused().as_of.to_pydatetime()
        with self.look_lock:
            return read_archive(self.rules, self.reader, subject, t, everything=everything)

    def report(self, subject: str, scene: str) -> CreditReport:
        """Return the credit report of an enterprise for a scene, as known at the published snapshot's t.

        Raises InputError where nothing is published or known, CheckFailed where the scene has no reports.
        """
        published = self._published_or_refused()
        t, network = published.as_of.to_pydatetime(), self.network()
        assert network is not None
        row = self.snapshots.row(published.snapshot_id, subject)
        others, kinds = told_of(row)
        with self.look_lock:
            archive = read_archive(self.rules, self.reader, subject, t, everything=False)
            near = self.reader.read(others, [], kinds)
            with (
                Asking(self.rules, near, t) as of_near,
                Asking(self.rules, self.looking.records.pool, t) as asking,
            ):
                living = Living(archive, network, row, of_near, asking)
                return compose_report(self.rules, archive, row, scene, living.usable)

    def what_if(self, subject: str, record_ids: Sequence[str]) -> WhatIf:
        """Return the published score of an enterprise as it would be if records were repaired; nothing is stored.

        Raises InputError where nothing is published, the enterprise is not scored, or a record is not usable.
        """
        t, model = self.in_force(subject)
        return self.supposing.what_if(model, subject, t, record_ids)

    def way(self, subject: str, again: bool = False) -> Way:
        """Return the search for the fewest lawful actions that lead to a better grade (``Supposing.way``)."""
        t, model = self.in_force(subject)
        return self.supposing.way(model, subject, t, self.snapshots.current(), again)

    def change(self, subject: str, since: date) -> Change:
        """Return why the published score of an enterprise differs from that of an earlier day, same model."""
        t, model = self.in_force(subject)
        return self.supposing.change(model, subject, since, t)

    def _published_or_refused(self) -> Published:
        published = self.published()
        if published is None:
            raise InputError("nothing is published yet", hint="credit-risk warn --as-of DATE")
        return published

    def in_force(self, subject: str) -> tuple[datetime, CreditModel]:
        """Return the published t and the model of an enterprise; raises InputError where it is not scored."""
        published = self.published()
        if published is None or subject not in published.scores.index:
            raise InputError(f"{subject} is not in the published snapshot")
        row = published.scores.loc[subject]
        if not row["scorable"]:
            raise InputError(f"{subject} is not scorable: {row['why_not']}")
        model_id = str(row["model_id"])
        if model_id not in self._models:
            self._models.clear()
            self._models[model_id] = load_model(self.rules.var / "models" / model_id)
        moment: datetime = published.as_of.to_pydatetime()
        return moment, self._models[model_id]

    def record(self, kind: str, record_id: str, t: Any, everything: bool) -> dict[str, Any] | None:
        """Return one record or relation in its version known at t; None when it was not known.

        None as well where it was repaired, withdrawn or shielded, unless ``everything`` may be seen.
        """
        if kind not in self.rules.relations and kind not in self.rules.records:
            return None
        with self.look_lock, Asking(self.rules, self.looking.records.pool, t) as asking:
            if not everything and asking.ended([record_id]):
                return None
            rows = asking.named(kind, record_id)
        return rows[0] if rows else None
