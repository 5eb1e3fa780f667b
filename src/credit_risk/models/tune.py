"""Search for a learner's parameters (Optuna) on folds in the order of time, inside the training part only.

A fold is fitted on rows whose horizon was over at its as-of date and judged on the rows of that date, so no fold
knows more than one would have known. The measure is the log-loss, which a model can lower only by better PDs. The
recipe's own parameters are the first trial: what is chosen is never worse than they are, on these folds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
import pandas as pd
import yaml
from sklearn.metrics import log_loss

from credit_risk.book import Span
from credit_risk.book.recipe import LearnerRule, Recipe
from credit_risk.errors import InputError
from credit_risk.features.hashes import text_hash
from credit_risk.models.learner import fit_boosters, raw_scores

__all__ = ["Tuned", "time_folds", "tune", "write_tuned"]

Progress = Callable[[str, int, int], None]
Rows = npt.NDArray[np.int64]
Folds = list[tuple[Rows, Rows]]
MOST_FOLDS = 3


@dataclass(frozen=True)
class Tuned:
    """What was chosen, its log-loss and that of the recipe's own parameters, and every trial."""

    rule: LearnerRule
    value: float
    own: float
    trials: pd.DataFrame


def time_folds(
    as_of: pd.Series, labels: npt.NDArray[np.int64], horizon: Span, asked_by: str = "tuning"
) -> Folds:
    """Return (fit, hold) positions: one fold an as-of date, the last three that have both classes on both sides.

    Raises
    ------
    InputError
        No date lies one horizon after another one.

    """
    days = pd.to_datetime(as_of).dt.date.to_numpy()
    over = np.array([horizon.after(day) for day in days])
    folds = []
    for day in sorted(set(days)):
        fit, hold = np.flatnonzero(over <= day), np.flatnonzero(days == day)
        if len(fit) and len(np.unique(labels[fit])) == 2 and len(np.unique(labels[hold])) == 2:
            folds.append((fit, hold))
    if not folds:
        raise InputError(
            f"{asked_by}: no as-of date of the training part lies {horizon} after another one",
            hint="widen observations.first to split.train_until",
        )
    return folds[-MOST_FOLDS:]


def tune(
    rule: LearnerRule,
    matrix: npt.NDArray[np.float32],
    labels: npt.NDArray[np.int64],
    folds: Folds,
    names: Sequence[str],
    categories: Sequence[str],
    monotone: Sequence[int],
    *,
    trials: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> Tuned:
    """Try ``trials`` sets of parameters and return the best; one seed of the learner is tried, all are kept."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1),
    )

    def objective(trial: optuna.Trial) -> float:
        if progress:
            progress(f"trial {trial.number + 1}", trial.number, trials)
        tried = rule if trial.number == 0 else _suggested(rule, trial)
        losses: list[float] = []
        for step, (fit, hold) in enumerate(folds):
            one = tried.model_copy(update={"seeds": rule.seeds[:1]})
            fitted = fit_boosters(one, matrix[fit], labels[fit], names, categories, monotone)
            chance = 1 / (1 + np.exp(-raw_scores(fitted, matrix[hold])))
            losses.append(float(log_loss(labels[hold], chance, labels=[0, 1])))
            trial.report(float(np.mean(losses)), step)
            if trial.number and trial.should_prune():
                raise optuna.TrialPruned
        trial.set_user_attr("rule", tried.model_dump())
        return float(np.mean(losses))

    study.optimize(objective, n_trials=trials)
    best = LearnerRule.model_validate(study.best_trial.user_attrs["rule"])
    own = float(study.trials[0].value or np.nan)
    return Tuned(best, float(study.best_value), own, _told(study))


def write_tuned(found: Tuned, recipe: Recipe, folder: Path) -> Path:
    """Write every trial and the chosen parameters, ready to be put into the book by a person; return their folder."""
    chosen = {"rounds": found.rule.rounds, "params": found.rule.params}
    target = folder / f"{recipe.recipe}-{text_hash([chosen, found.value])[:12]}"
    target.mkdir(parents=True, exist_ok=True)
    head = f"# {recipe.recipe}: log-loss {found.value:.6f}, the book's own {found.own:.6f}, on time-ordered folds\n"
    text = head + yaml.safe_dump({"learner": chosen}, sort_keys=False)
    (target / "chosen.yaml").write_text(text, encoding="utf-8")
    found.trials.to_csv(target / "trials.csv", index=False)
    return target


def _suggested(rule: LearnerRule, trial: optuna.Trial) -> LearnerRule:
    params: dict[str, Any] = {
        **rule.params,
        "num_leaves": trial.suggest_int("num_leaves", 3, 31, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.1, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 400, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.05, 0.8, log=True),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.4, 1.0),
        "bagging_freq": 1,
    }
    rounds = trial.suggest_int("rounds", 80, 600, log=True)
    return rule.model_copy(update={"params": params, "rounds": rounds})


def _told(study: optuna.Study) -> pd.DataFrame:
    rows = [{"trial": t.number, "state": t.state.name, "log_loss": t.value, **t.params} for t in study.trials]
    return pd.DataFrame(rows)
