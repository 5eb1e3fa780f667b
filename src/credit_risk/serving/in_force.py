"""What enterprises are scored and warned of again with: read and worked out once for a snapshot and a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.recipe import Recipe
from credit_risk.explain.again import Peers
from credit_risk.explain.beside import Beside
from credit_risk.explain.contributions import Explainer
from credit_risk.explain.graded import Held
from credit_risk.explain.replay import MadeOf
from credit_risk.explain.snapshot import Snapshot, Snapshots
from credit_risk.features import Matrix
from credit_risk.features.near import Near
from credit_risk.models.artefact import load_model
from credit_risk.models.model import CreditModel
from credit_risk.warnings.anomaly import Usual
from credit_risk.warnings.coverage import dead_lines
from credit_risk.warnings.events import EventRisk, latest_events
from credit_risk.warnings.facts import usual_at

__all__ = ["InForce", "Now"]


@dataclass(frozen=True)
class InForce:
    """What the published snapshot was made with, and what it holds."""

    rules: Rules
    snapshots: Snapshots
    snapshot: Snapshot
    recipe: Recipe
    model: CreditModel
    beside: Beside

    @classmethod
    def of(cls, rules: Rules, snapshots: Snapshots, snapshot_id: str) -> InForce:
        """Read a snapshot's lineage and load its models."""
        made_of = MadeOf.read(snapshots.folder / snapshot_id)
        recipe, folder = rules.recipes[made_of.recipe], rules.var / "models"
        beside = {name: load_model(folder / model_id) for name, model_id in made_of.beside.items()}
        snapshot = Snapshot(snapshot_id, made_of.model_id, folder=snapshots.folder / snapshot_id)
        model = load_model(folder / made_of.model_id)
        return cls(rules, snapshots, snapshot, recipe, model, Beside.of(rules, recipe, beside))

    @cached_property
    def as_of(self) -> datetime:
        """The moment of the snapshot."""
        moment: datetime = pd.Timestamp(self.snapshot.scores["as_of"].iloc[0]).to_pydatetime()
        return moment

    @cached_property
    def scorable(self) -> list[str]:
        """The enterprises that have a score."""
        scores = self.snapshot.scores
        return [str(one) for one in scores.loc[scores["scorable"].astype(bool), "subject"]]

    @cached_property
    def peers(self) -> Peers:
        """The peer groups and their values."""
        numeric = [n for n in self.model.names if n not in self.model.encoder.categories]
        return Peers.of(self.snapshot, numeric)

    @cached_property
    def explainer(self) -> Explainer:
        """Explains the scores of the model."""
        return Explainer(self.model, threads=1)

    @cached_property
    def usual(self) -> list[Usual]:
        """What is usual among everybody in the snapshot."""
        return usual_at(self.rules, self.snapshot)


@dataclass(frozen=True)
class Now:
    """The same for one day, that of ``t``: what was known before it, and who is near whom."""

    force: InForce
    matrix: Matrix
    t: datetime

    @cached_property
    def held(self) -> Held | None:
        """The grades that new ones are held against."""
        return self.force.snapshots.grades_before(self.t, self.force.model.model_id)

    @cached_property
    def _before(self) -> pd.DataFrame | None:
        earlier = self.force.snapshots.before(self.t, self.force.model.model_id)
        return self.force.snapshots.read(earlier).set_index("subject") if earlier else None

    def before(self, subjects: list[str]) -> pd.DataFrame | None:
        """Return the scores of the snapshot before t of some enterprises, None when there is none."""
        if self._before is None:
            return None
        return self._before.loc[self._before.index.intersection(subjects)].reset_index()

    @cached_property
    def events(self) -> EventRisk | None:
        """The newest event-risk model that knows nothing after t."""
        rules = self.force.rules
        return next((latest_events(rules.var / "events", n, self.t) for n in rules.event_models), None)

    @cached_property
    def outages(self) -> dict[str, float]:
        """The record types whose line is down at t."""
        kinds = [k for s in self.force.rules.signals.values() for k in s.silence_of]
        return dead_lines(self.matrix.records, kinds, self.t)

    @cached_property
    def near(self) -> Near:
        """Who is near whom."""
        return Near(self.matrix, self.t)
