"""A zone opened: its book, its records, its models, and the few verbs that everything is made of.

book = Book.open("path/to/book")
book.ingest()
trained = book.train("credit-12m")
trained.model.score(book.features(observations))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from joblib import delayed

from credit_risk.book import Rules, open_rules
from credit_risk.book.recipe import Recipe
from credit_risk.book.warning_rules import EventModel
from credit_risk.errors import InputError, nearest
from credit_risk.evaluation.backtest import Backtest, backtest
from credit_risk.evaluation.blend import blended
from credit_risk.evaluation.examine import examine
from credit_risk.evaluation.segments import check_segments
from credit_risk.explain import Snapshot, Snapshots, Wording, score_as_of
from credit_risk.explain.beside import Beside
from credit_risk.explain.contributions import Contributions, Explainer
from credit_risk.explain.graded import Held, check_depths
from credit_risk.explain.replay import MadeOf, Replayed, compare
from credit_risk.features import Catalogue, Matrix
from credit_risk.features.at_once import at_once
from credit_risk.features.hashes import code_hash, environment
from credit_risk.features.networks import Work
from credit_risk.features.training_set import TrainingSet, build_training_set
from credit_risk.graph import Graph, components, find_patterns
from credit_risk.models.artefact import load_model, save_model
from credit_risk.models.model import CreditModel
from credit_risk.models.network import check_extra, is_missing, train_network
from credit_risk.models.train import OutOfFold, check_learner, fold_groups, train_recipe, tune_recipe
from credit_risk.models.tune import write_tuned
from credit_risk.policy import Overrides, Policy
from credit_risk.records import FileReport, Pool, Records, ingest
from credit_risk.records.clock import Moment, day_of, moment
from credit_risk.registry import Registered, Registry
from credit_risk.store import open_store
from credit_risk.warnings import QUIET_SCHEMA, WARNINGS_SCHEMA, Warned, check_signals, warn_as_of
from credit_risk.warnings.events import EventRisk, latest_events, save_events, train_events
from credit_risk.warnings.leads import LEADS_SCHEMA, leads, leads_table
from credit_risk.warnings.ledger import AuditSample, Folded, Ledger, publish_verdicts, still_usable

__all__ = ["Book", "Model", "Trained"]

Progress = Callable[[str, int, int], None]
FEWEST_LOOKED_UP = (
    5000  # enterprises whose signals get their evidence in any case; of a large zone twice the budget
)


@dataclass(frozen=True)
class Model:
    """A credit model with what an analyst asks of it; tables are matched by column name."""

    credit: CreditModel

    def score(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return score, PD, grade and public class per row, in the order and with the index of ``table``."""
        return self.credit.score(table)

    def explain(self, table: pd.DataFrame) -> Contributions:
        """Return the points of every indicator per row; base + points + calibration = score."""
        return Explainer(self.credit).explain(table)


@dataclass(frozen=True)
class Trained:
    """A fitted model, the training set it was fitted on, its fold groups, its artefact folder and what tuning chose."""

    recipe: Recipe
    model: Model
    training: TrainingSet
    groups: npt.NDArray[np.object_] | None
    folder: Path
    tuned: Path | None = None


class Book:
    """A zone's book opened for work."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.catalogue = Catalogue.of(rules)
        check_signals(rules)
        check_depths(rules)
        check_segments(rules)
        self.pool = Pool(rules)
        self.records = Records(self.pool)
        self.graph = Graph(self.pool)
        self.matrix = Matrix(self.catalogue, self.records, self.graph)
        self.snapshots = Snapshots(rules.var / "snapshots")

    @classmethod
    def open(cls, path: str | Path = ".") -> Book:
        """Open the book at ``path`` or its nearest parent; raises InputError or BookError."""
        return cls(open_rules(path))

    @cached_property
    def registry(self) -> Registry:
        """The models of this book under version."""
        return Registry(self.rules)

    def recipe(self, name: str | None = None) -> Recipe:
        """Return a recipe by name; the book's champion recipe, or its only one, by default."""
        recipes = self.rules.recipes
        chosen = name or self.rules.settings.champion or (next(iter(recipes)) if len(recipes) == 1 else None)
        if chosen is None:
            raise InputError(f"name a recipe: {', '.join(recipes)}")
        if chosen not in recipes:
            raise InputError(f"no recipe {chosen!r} in this book", hint=nearest(chosen, recipes))
        return recipes[chosen]

    def missing_learners(self) -> list[str]:
        """Return the recipes whose learner, or that of their partner, needs an extra that is not installed."""
        recipes = self.rules.recipes
        return [
            name
            for name, one in recipes.items()
            if is_missing(one) or (one.blend_with and is_missing(recipes[one.blend_with]))
        ]

    def ingest(self, *, now: datetime | None = None, progress: Progress | None = None) -> list[FileReport]:
        """Ingest what is new in the inbox; a second call changes nothing."""
        return ingest(self.pool, now=now, progress=progress)

    def features(self, observations: pd.DataFrame, names: list[str] | None = None) -> pd.DataFrame:
        """Return indicators for observations with the columns ``subject`` and ``as_of``, in their order.

        Each row knows what was received by the end of its ``as_of`` day and nothing more.
        """
        missing = {"subject", "as_of"} - set(observations.columns)
        if missing:
            raise InputError(f"observations: column {sorted(missing)[0]!r} is missing")
        names = names or self.catalogue.inputs()
        parts: list[pd.DataFrame] = []
        for t, group in observations.groupby("as_of"):
            table: pa.Table = self.matrix.build(
                group["subject"].tolist(), day_of(pd.Timestamp(str(t))), names
            )
            parts.append(table.to_pandas().assign(as_of=t))
        keys = observations[["subject", "as_of"]]
        return keys.merge(pd.concat(parts, ignore_index=True), on=["subject", "as_of"], how="left")

    def train(
        self,
        name: str | None = None,
        *,
        known_at: Moment | None = None,
        tune: int = 0,
        progress: Progress | None = None,
    ) -> Trained:
        """Build the training set of a recipe with what is known at ``known_at`` (today) and fit its model.

        ``tune`` is how many sets of parameters are tried first (Optuna); what is chosen goes into the model and a
        file of this run (``Trained.tuned``), never into the book.
        """
        recipe, t = self.recipe(name), known_at or date.today()
        partners = [self.recipe(recipe.blend_with)] if recipe.blend_with else []
        for one in (recipe, *partners):
            check_learner(self.catalogue, one)
            check_extra(one)
        training, others = self._training_sets(recipe, partners, t, progress)
        groups = None
        if recipe.split.fold_by == "component":
            rows = training.part(*recipe.split.train)
            groups = fold_groups(rows, components(self.graph, t))
        tuned = None
        if tune:
            recipe, found = tune_recipe(self.catalogue, recipe, training, tune, progress)
            tuned = write_tuned(found, recipe, self.rules.var / "tuned")
        model, own = self.fit(recipe, training, groups, progress)
        for partner, other in zip(partners, others, strict=True):
            joining = self.fit(partner, other, groups, progress)
            model, own = blended(self.catalogue, recipe, training, (model, own), joining)
        words = Wording.of(self.catalogue, model.names).to_json()
        model = save_model(model, self.models, words)
        return Trained(recipe, Model(model), training, groups, self.models / model.model_id, tuned)

    def _training_sets(
        self, recipe: Recipe, partners: list[Recipe], t: Moment, progress: Progress | None
    ) -> tuple[TrainingSet, list[TrainingSet]]:
        """Return the same rows for a recipe and for those that it blends with, each with its own inputs."""
        asked = [self.catalogue.inputs(one.indicators, one.without) for one in (recipe, *partners)]
        together = list(dict.fromkeys(name for names in asked for name in names))
        rows = build_training_set(self.matrix, recipe, known_at=t, inputs=together, progress=progress)
        first, *others = [replace(rows, inputs=names) for names in asked]
        return first, others

    def fit(
        self,
        recipe: Recipe,
        training: TrainingSet,
        groups: npt.NDArray[np.object_] | None = None,
        progress: Progress | None = None,
        deal: int = 0,
    ) -> tuple[CreditModel, OutOfFold]:
        """Fit the learner of a recipe, trees or a network, and score its training rows out of fold."""
        if recipe.learner.kind == "graph-network":
            return train_network(self.matrix, recipe, training, groups, progress, deal)
        return train_recipe(self.rules, self.catalogue, recipe, training, groups, progress, deal)

    def evaluate(
        self, trained: Trained, progress: Progress | None = None, everything: bool = False
    ) -> Backtest:
        """Judge a trained model on the parts it never saw, its variants beside it.

        What its gates ask is examined as well, or ``everything`` that gates could ask.
        """
        recipe, model = trained.recipe, trained.model.credit
        judged = backtest(self.catalogue, recipe, trained.training, model, trained.groups, progress)
        event = self.registry.champion(recipe.recipe)
        known = event is not None and event.model_id != model.model_id
        champion = load_model(self.models / event.model_id) if event and known else None
        parts = [part.name for part in judged.parts]
        told = examine(self.matrix, recipe, trained.training, model, parts, champion, everything)
        return replace(judged, examined=told)

    def register(self, trained: Trained, judged: Backtest) -> Registered:
        """Put a judged model under version."""
        return self.registry.register(judged, trained.folder)

    def champion(self, name: str | None = None) -> tuple[Recipe, Model]:
        """Return the recipe and the model now in force; raises InputError before the first promotion."""
        recipe = self.recipe(name)
        event = self.registry.champion(recipe.recipe)
        if event is None:
            raise InputError(
                f"recipe {recipe.recipe}: no champion yet",
                hint=f"train and promote one: credit-risk train {recipe.recipe} && credit-risk promote --by NAME",
            )
        return recipe, Model(load_model(self.models / event.model_id))

    def score(
        self,
        t: Moment,
        *,
        name: str | None = None,
        model: Model | None = None,
        progress: Progress | None = None,
        evidence: bool = True,
    ) -> Snapshot:
        """Score and explain everybody as known at t with the champion (or ``model``) and store the snapshot.

        A snapshot without ``evidence`` is for comparison and history; it names no records and is not to be published.
        """
        recipe = self.recipe(name)
        credit = (model or self.champion(name)[1]).credit
        held = self.snapshots.grades_before(t, credit.model_id)
        snapshot = score_as_of(
            self.matrix, credit, recipe, t, self.snapshots.folder, progress=progress, beside=self.beside(recipe),
            evidence=evidence, held=held,
        )  # fmt: skip
        made_of = MadeOf(
            recipe.recipe, credit.model_id, str(moment(t)), self._beside_ids(recipe), held.snapshot if held else None,
            evidence, self.rules.hash, code_hash(), environment(),
        )  # fmt: skip
        made_of.write(self.snapshots.folder / snapshot.id)
        self.policy.write(self.records, snapshot, t)
        return snapshot

    def replay(self, snapshot_id: str, progress: Progress | None = None) -> Replayed:
        """Derive a stored snapshot again from its lineage and compare; nothing is written.

        The same model, heads, terms and held grades; records and relations as known at its t. Raises InputError when
        the snapshot or a model is gone, TamperedError when an artefact was changed.
        """
        made_of = MadeOf.read(self.snapshots.folder / snapshot_id)
        recipe = self.recipe(made_of.recipe)
        held = None
        if made_of.held:
            held = Held.of(made_of.held, self.snapshots.read(made_of.held))
        models = {name: load_model(self.models / model_id) for name, model_id in made_of.beside.items()}
        with TemporaryDirectory(dir=self.snapshots.folder.parent, prefix="replay-") as apart:
            again = score_as_of(
                self.matrix, load_model(self.models / made_of.model_id), recipe, made_of.as_of, Path(apart),
                progress=progress, beside=self._beside(recipe, models), evidence=made_of.evidence, held=held,
            )  # fmt: skip
            return compare(made_of, self.snapshots, snapshot_id, again, self.rules.hash)

    def beside(self, recipe: Recipe) -> Beside:
        """Return the champions of the recipe's heads and terms; those without one are left out."""
        ids = self._beside_ids(recipe)
        return self._beside(recipe, {name: load_model(self.models / ids[name]) for name in ids})

    def _beside_ids(self, recipe: Recipe) -> dict[str, str]:
        events = {name: self.registry.champion(name) for name in [*recipe.heads, *recipe.terms]}
        return {name: event.model_id for name, event in events.items() if event is not None}

    def _beside(self, recipe: Recipe, found: dict[str, CreditModel]) -> Beside:
        return Beside.of(self.rules, recipe, found)

    def warn(self, t: Moment, snapshot: Snapshot) -> Warned:
        """Return the warnings of a snapshot, compared with the one before t, and store them beside it.

        Leads of violation are packed from them with what the book's patterns find in the relations known at t.
        """
        earlier = self.snapshots.before(t, snapshot.model_id)
        before = self.snapshots.read(earlier) if earlier else None
        share = self.rules.settings.alerts.open_share
        most = max(FEWEST_LOOKED_UP, int(2 * share * len(snapshot.scores)))
        warn = partial(warn_as_of, self.matrix, snapshot, before, t, self.events_at(t), most=most)
        with Work(self.matrix, t, []) as work:  # patterns need nothing of warnings, only of the relations
            find = partial(find_patterns, self.graph, t, read=work.reading)
            warned, patterns = at_once(delayed(call)() for call in (warn, find))
        self.snapshots.add(snapshot.id, "warnings", warned.warnings, WARNINGS_SCHEMA)
        self.snapshots.add(snapshot.id, "suppressed", warned.suppressed, QUIET_SCHEMA)
        found = leads(self.rules, warned.warnings, patterns)
        self.snapshots.add(snapshot.id, "leads", leads_table(found), LEADS_SCHEMA)
        told: Warned = replace(warned, leads=found)
        return told

    def train_events(
        self,
        name: str | None = None,
        *,
        known_at: Moment | None = None,
        every: int = 1,
        progress: Progress | None = None,
    ) -> EventRisk:
        """Fit an event-risk model (the book's first by default) with what is known at ``known_at`` and store it."""
        rule, t = self._event_model(name), known_at or date.today()
        model = train_events(self.matrix, rule, t, progress, every)
        save_events(model, self.rules.var / "events")
        return model

    def events_at(self, t: Moment, name: str | None = None) -> EventRisk | None:
        """Return the newest stored event-risk model that knows nothing after t, None when there is none."""
        if not self.rules.event_models:
            return None
        return latest_events(self.rules.var / "events", self._event_model(name).event_model, t)

    def _event_model(self, name: str | None) -> EventModel:
        models = self.rules.event_models
        chosen = name or next(iter(models), "")
        if chosen not in models:
            raise InputError(f"no event model {chosen!r} in this book", hint=nearest(chosen, models))
        return models[chosen]

    @cached_property
    def ledger(self) -> Ledger:
        """The cases that warnings became."""
        return Ledger(open_store(self.rules.var), self.rules)

    @cached_property
    def overrides(self) -> Overrides:
        """The human decisions outside the model."""
        return Overrides(open_store(self.rules.var), self.rules)

    @cached_property
    def policy(self) -> Policy:
        """Where enterprises stand: model, bounds, decisions, other departments' ratings, measures."""
        return Policy(self.rules, self.snapshots, lambda: self.overrides)

    def fold(self, t: Moment, snapshot: Snapshot, warned: Warned) -> Folded:
        """Fold the warnings of a snapshot into the ledger, within the alert budget; raises InputError backwards."""
        scorable = snapshot.scores.loc[snapshot.scores["scorable"].astype(bool), "subject"]
        usable = still_usable(self.matrix, t)
        folded = self.ledger.fold(snapshot.id, warned.warnings, moment(t), len(scorable), usable)
        count = round(folded.opened * self.rules.settings.alerts.audit_share)
        sample = AuditSample(self.ledger.engine)
        sample.draw(snapshot.id, scorable.tolist(), warned.warnings["subject"].tolist(), count, moment(t))
        return folded

    def publish_verdicts(self) -> int:
        """Write what people decided into the pool, received at the moment of each decision; return how many are new."""
        return publish_verdicts(self.ledger.engine, self.pool)

    @property
    def models(self) -> Path:
        """Folder of the model artefacts."""
        return self.rules.var / "models"
