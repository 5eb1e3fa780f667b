"""MLflow tracking and registry: log a run, register a version, promote, roll back.

By default everything lies in ``var/mlflow`` (SQLite and files); ``CREDIT_RISK_MLFLOW_URI`` names a server instead.
"""

from __future__ import annotations

import logging
import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import mlflow
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, Schema

from credit_risk.book import Rules
from credit_risk.book.recipe import Gate, Recipe
from credit_risk.errors import CheckFailed, InputError
from credit_risk.evaluation.backtest import Backtest
from credit_risk.models.model import CreditModel
from credit_risk.registry.history import History, Promotion

__all__ = ["Registered", "Registry"]

CHAMPION, CHALLENGER = "champion", "challenger"
OUTPUTS = {
    "score": "double",
    "pd": "double",
    "pd_low": "double",
    "pd_high": "double",
    "grade": "string",
    "public_class": "string",
    "reasons": "string",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A version in the registry and the run it came from."""

    name: str
    version: int
    run_id: str
    model_id: str


class Registry:
    """The models of one book."""

    def __init__(self, rules: Rules, clock: Callable[[], datetime] = datetime.now) -> None:
        for noisy in ("alembic", "mlflow"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        self.rules, self.clock = rules, clock
        self.folder = rules.var / "mlflow"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.uri = os.environ.get("CREDIT_RISK_MLFLOW_URI", f"sqlite:///{self.folder / 'mlflow.db'}")
        self.client = MlflowClient(self.uri)
        self.history = History(rules.var / "registry" / "history.jsonl")

    def register(self, backtest: Backtest, folder: Path) -> Registered:
        """Log a judged model as a run and register it as the next version of its recipe.

        A model that was registered before (same ``model_id``) keeps its version.
        """
        recipe, model = backtest.recipe, backtest.model
        known = [v for v in self.versions(recipe.recipe) if v.model_id == model.model_id]
        if known:
            self._judged_again(known[0], backtest)
            return known[0]
        mlflow.set_tracking_uri(self.uri)  # global to the process; another book may have set its own
        mlflow.set_experiment(experiment_id=self._experiment(recipe))
        with mlflow.start_run(run_name=model.model_id) as run:
            mlflow.log_params(_params(recipe))
            now = self.champion(recipe.recipe)
            mlflow.set_tags(
                {"model_id": model.model_id, "champion": now.model_id if now else "", **model.lineage}
            )
            mlflow.set_tag("tells_reasons", "yes" if model.tells_reasons else "no")
            mlflow.set_tags({f"about.{name}": text[:400] for name, text in backtest.examined.about.items()})
            mlflow.log_metrics(_metrics(backtest))
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*[Ii]nput example.*")
                info = mlflow.pyfunc.log_model(
                    name="model",
                    loader_module="credit_risk.registry.flavour",
                    data_path=str(folder),
                    signature=_signature(model),
                    pip_requirements=["credit-risk"],
                )
        name = self.name(recipe.recipe)
        if not self.client.search_registered_models(f"name = '{name}'"):
            self.client.create_registered_model(name)
        tags = {"model_id": model.model_id}
        made = self.client.create_model_version(
            name, info.model_uri, run.info.run_id, tags=tags, model_id=info.model_id
        )
        return Registered(name, int(made.version), run.info.run_id, model.model_id)

    def _judged_again(self, version: Registered, backtest: Backtest) -> None:
        """Keep the figures of the newest judgement, and against which champion it was made."""
        now = self.champion(backtest.recipe.recipe)
        self.client.set_tag(version.run_id, "champion", now.model_id if now else "")
        for name, value in _metrics(backtest).items():
            self.client.log_metric(version.run_id, name, value)
        for name, text in backtest.examined.about.items():
            self.client.set_tag(version.run_id, f"about.{name}", text[:400])

    def name(self, recipe: str) -> str:
        """Return the name of a recipe's registered model."""
        return f"{self.rules.settings.name}.{recipe}"

    def versions(self, recipe: str) -> list[Registered]:
        """Return all versions of a recipe, oldest first."""
        found = self.client.search_model_versions(f"name = '{self.name(recipe)}'")
        made = [Registered(v.name, int(v.version), v.run_id, v.tags["model_id"]) for v in found]
        return sorted(made, key=lambda v: v.version)

    def champion(self, recipe: str) -> Promotion | None:
        """Return the promotion now in force, None while no model was promoted."""
        return self.history.champion(recipe)

    def promote(self, recipe: Recipe, version: int | None, *, by: str, reason: str) -> Promotion:
        """Make a version (the newest by default) champion, if it passes every gate of its recipe.

        One that is the champion already stays it: nothing is written, and its promotion of then is returned.

        Raises
        ------
        InputError
            There is no such version, or nobody is named.
        CheckFailed
            A gate says no; the message gives every gate with what was asked and what came. Or the model is a network
            or a blend, which tells no reasons.

        """
        _named(by, reason)
        chosen = self.passing(recipe, version)
        now = self.champion(recipe.recipe)
        if now is not None and now.model_id == chosen.model_id:
            return now
        return self._enthrone(recipe.recipe, chosen, "promote", by, reason)

    def passing(self, recipe: Recipe, version: int | None) -> Registered:
        """Return the version (the newest by default) that passes every gate of its recipe; raises as ``promote``."""
        chosen = self.version(recipe.recipe, version)
        run = self.client.get_run(chosen.run_id).data
        _tells_reasons(chosen, run.tags)
        now = self.champion(recipe.recipe)
        own = now is not None and now.model_id == chosen.model_id  # it cannot gain on itself
        gates = [gate for gate in recipe.gates if not (now is None and gate.unless_first)]
        gates = [gate for gate in gates if not (own and ".gain" in gate.metric)]
        self._check_champion(recipe, gates, chosen, run.tags)
        self._check_gates(gates, run.metrics, chosen, run.tags)
        return chosen

    def rollback(self, recipe: str, *, by: str, reason: str) -> Promotion:
        """Make the champion before this one champion again.

        Raises
        ------
        InputError
            There was none before, or nobody is named.

        """
        _named(by, reason)
        return self._enthrone(recipe, self.earlier(recipe), "rollback", by, reason)

    def earlier(self, recipe: str) -> Registered:
        """Return the version that was champion before the one in force; InputError where there was none."""
        ids = [event.model_id for event, _ in self.history.reigns(recipe)]
        before = [model_id for model_id in ids if model_id != ids[-1]]
        if not before:
            raise InputError(
                f"recipe {recipe}: no earlier champion to go back to",
                hint="the one in force is the first; rollback undoes the promotion of another model",
            )
        return next(v for v in self.versions(recipe) if v.model_id == before[-1])

    def shadow(self, recipe: str, version: int | None, *, by: str, reason: str) -> Promotion:
        """Name a version (the newest by default) the challenger: scored beside the champion, deciding nothing."""
        _named(by, reason)
        chosen = self.version(recipe, version)
        _tells_reasons(chosen, self.client.get_run(chosen.run_id).data.tags)
        now = self.champion(recipe)
        if now is not None and now.model_id == chosen.model_id:
            raise InputError(f"{chosen.model_id} is the champion; a challenger is another model")
        self.client.set_registered_model_alias(chosen.name, CHALLENGER, str(chosen.version))
        at = self.clock().isoformat(timespec="microseconds")
        event = Promotion(at, "shadow", recipe, chosen.version, chosen.model_id, by, reason)
        self.history.append(event)
        return event

    def gates_told(self, recipe: Recipe, version: Registered) -> list[str]:
        """Return what every gate of the recipe says of a version."""
        metrics, tags = self.figures(version)
        return [
            f"{'passed' if _passes(gate, metrics) else 'FAILED'} {_told(gate, metrics, tags)}"
            for gate in recipe.gates
        ]

    def figures(self, version: Registered) -> tuple[dict[str, float], dict[str, str]]:
        """Return the figures and tags that a version was registered with."""
        run = self.client.get_run(version.run_id).data
        return dict(run.metrics), dict(run.tags)

    def _enthrone(self, recipe: str, chosen: Registered, action: str, by: str, reason: str) -> Promotion:
        self.client.set_registered_model_alias(chosen.name, CHAMPION, str(chosen.version))
        at = self.clock().isoformat(timespec="microseconds")
        event = Promotion(at, action, recipe, chosen.version, chosen.model_id, by, reason)
        self.history.append(event)
        return event

    def version(self, recipe: str, version: int | None) -> Registered:
        """Return one version, the newest by default; raises InputError when there is none."""
        made = self.versions(recipe)
        if not made:
            raise InputError(f"recipe {recipe}: no model is registered", hint=f"credit-risk train {recipe}")
        found = [v for v in made if v.version == version] if version is not None else made[-1:]
        if not found:
            raise InputError(
                f"recipe {recipe}: no version {version}; there are {', '.join(str(v.version) for v in made)}"
            )
        return found[0]

    def _check_champion(
        self, recipe: Recipe, gates: Sequence[Gate], chosen: Registered, tags: dict[str, str]
    ) -> None:
        """Refuse a comparison with a champion that is no longer in force."""
        now = self.champion(recipe.recipe)
        asked = any(".gain" in gate.metric for gate in gates)
        if asked and now is not None and now.model_id not in (chosen.model_id, tags.get("champion", "")):
            raise CheckFailed(
                f"{chosen.model_id} was judged against {tags.get('champion') or 'no champion'},"
                f" but {now.model_id} is in force",
                hint=f"judge it again: credit-risk train {recipe.recipe}",
            )

    def _check_gates(
        self, gates: Sequence[Gate], metrics: dict[str, float], chosen: Registered, tags: dict[str, str]
    ) -> None:
        said = [(_passes(gate, metrics), _told(gate, metrics, tags)) for gate in gates]
        if not all(passed for passed, _ in said):
            raise CheckFailed(
                f"{chosen.model_id} may not be promoted:\n"
                + "\n".join(f"  {'passed' if passed else 'FAILED'}  {text}" for passed, text in said),
                hint="train a better model, or change the gates of the recipe in the book",
            )

    def _experiment(self, recipe: Recipe) -> str:
        name = self.name(recipe.recipe)
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        local = self.uri.startswith("sqlite:")
        place = (self.folder / "artifacts" / recipe.recipe).as_uri() if local else None
        return str(self.client.create_experiment(name, artifact_location=place))


def _named(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise InputError(f"expected a named person and a reason, came {by!r} and {reason!r}")


def _tells_reasons(chosen: Registered, tags: dict[str, str]) -> None:
    """Refuse a model whose scores nobody could explain; one registered before this was asked is of trees."""
    if tags.get("tells_reasons") == "no":
        raise CheckFailed(
            f"{chosen.model_id} is a network or a blend: it tells no reasons, so it is judged and scores nobody",
            hint="promote a recipe of trees",
        )


def _passes(gate: Gate, metrics: dict[str, float]) -> bool:
    value = metrics.get(f"{gate.part}/{gate.metric}", math.nan)
    high_enough = gate.at_least is None or value >= gate.at_least
    low_enough = gate.at_most is None or value <= gate.at_most
    return high_enough and low_enough and not math.isnan(value)


def _told(gate: Gate, metrics: dict[str, float], tags: dict[str, str]) -> str:
    bounds = [f"at least {gate.at_least}"] if gate.at_least is not None else []
    bounds += [f"at most {gate.at_most}"] if gate.at_most is not None else []
    value = metrics.get(f"{gate.part}/{gate.metric}")
    came = "nothing" if value is None else f"{value:.4f}"
    about = tags.get(f"about.{gate.part}/{gate.metric}")
    named = f" ({about})" if about else ""
    return f"{gate.metric} on {gate.part}: expected {' and '.join(bounds)}, came {came}{named}"


def _params(recipe: Recipe) -> dict[str, Any]:
    learner = recipe.learner
    return {
        "recipe": recipe.recipe,
        "outcome": recipe.outcome,
        "horizon": str(recipe.horizon),
        "learner": learner.kind,
        "rounds": learner.rounds,
        "seeds": learner.seeds,
        "monotone": learner.monotone,
        "calibration": recipe.calibration.kind,
        **{f"learner.{key}": value for key, value in learner.params.items()},
    }


def _metrics(backtest: Backtest) -> dict[str, float]:
    judged = [(part.name, part.metrics) for part in backtest.parts]
    judged += [(f"{v.part}_{v.name}", v.metrics) for v in backtest.variants]
    flat = {f"{part}/{name}": i.value for part, metrics in judged for name, i in metrics.items()}
    flat |= backtest.examined.figures
    return {name: value for name, value in flat.items() if not math.isnan(value)}


def _signature(model: CreditModel) -> ModelSignature:
    text = model.encoder.categories
    inputs = [ColSpec("string" if n in text else "double", n, required=n not in text) for n in model.names]
    outputs = [ColSpec(kind, name) for name, kind in OUTPUTS.items()]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))
