"""``credit-risk monitor``: is the model still fit for use?"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from credit_risk.book.recipe import Recipe
from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.score import AsOf, as_known
from credit_risk.cli.train import RecipeName
from credit_risk.errors import CheckFailed
from credit_risk.evaluation.monitor import (
    ALPHA,
    LEAST_EFFECT,
    Drift,
    decide,
    drifts,
    label_free,
    matured,
    reason_drift,
)
from credit_risk.evaluation.monitor.label_free import CAVEAT
from credit_risk.explain.contributions import Explainer
from credit_risk.features.training_set import TrainingSet, build_training_set
from credit_risk.models.model import CreditModel
from credit_risk.records import day_of
from credit_risk.records.store import atomic_path
from credit_risk.zone import Book

__all__: list[str] = []
SHOWN = 12


@app.command()
def monitor(
    as_of: AsOf,
    recipe: RecipeName = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 when there is an alarm.")] = False,
    as_json: Json = False,
) -> None:
    """模型监测 · Compare a scored month with the training reference and with matured labels: inputs, scores, reasons.

    An alarm needs an effect that matters (PSI 0.10) and p < 0.05 after correction for everything looked at, so a month
    without drift raises one in at most 1 of 20.

    Example: `credit-risk monitor --as-of 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    chosen, model = book.champion(recipe)
    with Step("监测", "Monitoring") as step:
        told = _monitored(book, chosen, model.credit, day_of(as_known(as_of)), step)
    path = book.rules.var / "monitoring" / f"{as_of:%Y-%m-%d}-{model.credit.model_id}.json"
    with atomic_path(path) as draft:
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    if as_json:
        print_json(told)
    else:
        _show(told, str(path))
    if strict and told["alarms"]:
        raise CheckFailed(f"{len(told['alarms'])} alarms: {', '.join(told['alarms'])}")


def _monitored(book: Book, recipe: Recipe, model: CreditModel, day: date, step: Any) -> dict[str, Any]:
    snapshot = book.snapshots.on(day, model.model_id)
    scores = book.snapshots.read(snapshot)
    living = scores[scores["scorable"]]
    now = book.snapshots.read(snapshot, "indicators")
    now = now[now["subject"].isin(living["subject"])].reset_index(drop=True)
    training = build_training_set(book.matrix, recipe, known_at=day, inputs=list(model.names), progress=step)
    reference = _one_day(training, recipe.split.train)
    found = _drifted(book, model, reference, now)
    known = _one_day(training, [p for p in ("test", *recipe.split.judge) if p not in recipe.split.train])
    floor = book.registry.history.champion(recipe.recipe)
    last = (
        matured(known, model, _floor(book, recipe, floor.version if floor else None)) if len(known) else None
    )
    pds = model.pd(now)
    guess = label_free(
        pds,
        model.pd(known) if last else None,
        last.metrics["roc_auc"].value if last else None,
        last.bad / last.n if last else None,
    )
    alarms = [f"{d.kind} {d.name}" for d in found if d.alarm] + (last.alarms if last else [])
    return {
        "as_of": str(day),
        "model_id": model.model_id,
        "snapshot": snapshot,
        "reference": {"as_of": str(reference["as_of"].iloc[0]), "enterprises": len(reference)},
        "enterprises": len(now),
        "rule": {"alpha": ALPHA, "least_effect": LEAST_EFFECT, "correction": "Holm", "looked_at": len(found)},
        "drift": [asdict(d) for d in found],
        "matured": {
            "as_of": last.as_of, "n": last.n, "bad": last.bad, "alarms": last.alarms,
            "metrics": {name: i.to_json() for name, i in last.metrics.items()},
            "grades": [t.to_json() for t in last.grades], "overall": last.overall.to_json(),
        } if last else None,
        "label_free": {**asdict(guess), "caveat": CAVEAT},
        "alarms": alarms,
    }  # fmt: skip


def _one_day(training: TrainingSet, parts: list[str]) -> pd.DataFrame:
    """Return the rows of the last day of some parts: one row an enterprise, so that rows are independent."""
    rows = training.part(*parts)
    return rows[rows["as_of"] == rows["as_of"].max()].reset_index(drop=True) if len(rows) else rows


def _drifted(book: Book, model: CreditModel, reference: pd.DataFrame, now: pd.DataFrame) -> list[Drift]:
    found = drifts("input", reference, now, list(model.names))
    before, after = (pd.DataFrame({"pd": model.pd(rows)}) for rows in (reference, now))
    found += drifts("score", before, after, ["pd"])
    found.append(reason_drift(*(_first_reason(book, model, rows) for rows in (reference, now))))
    return decide(found)


def _first_reason(book: Book, model: CreditModel, rows: pd.DataFrame) -> pd.Series:
    """Return of each enterprise the group of the indicator tree that moves its score most."""
    points = pd.DataFrame(Explainer(model).explain(rows).points, columns=list(model.names))
    groups = points.T.groupby(lambda name: book.rules.indicators[name].tree.split("/")[0]).sum().T
    return groups.abs().idxmax(axis=1).astype(object)


def _floor(book: Book, recipe: Recipe, version: int | None) -> float | None:
    if version is None:
        return None
    figures, _ = book.registry.figures(book.registry.version(recipe.recipe, version))
    return figures.get("test/roc_auc")


def _show(told: dict[str, Any], path: str) -> None:
    out.print(
        f"{told['model_id']} · {told['as_of']} {told['enterprises']:,} 家 · 参照 reference {told['reference']['as_of']}"
        f" {told['reference']['enterprises']:,} 家",
        markup=False,
    )
    for d in told["drift"][:SHOWN]:
        mark = "告警 ALARM" if d["alarm"] else "        "
        sizes = f"PSI {d['psi']:.3f}（偶然 chance {d['bound']:.3f}） p {d['p_adjusted']:.3g}"
        line = f"{d['kind']:<6} {d['name']:<34} {sizes}"
        out.print(f"  {mark} {line}", markup=False)
    if last := told["matured"]:
        auc = last["metrics"]["roc_auc"]
        out.print(
            f"  到期标签 matured {last['as_of']}: {last['bad']} / {last['n']:,}, AUC {auc['value']:.3f}"
            f" [{auc['low']:.3f}, {auc['high']:.3f}]; 告警 alarms: {', '.join(last['alarms']) or '—'}",
            markup=False,
        )
    guess = told["label_free"]
    wrong = (
        "—" if guess["auc_error"] is None or np.isnan(guess["auc_error"]) else f"{guess['auc_error']:+.3f}"
    )
    out.print(
        f"  无标签估计 label-free: AUC {guess['auc']:.3f}（上次误差 last error {wrong}）,"
        f" bad rate {guess['bad_rate']:.2%}",
        markup=False,
    )
    out.print(f"  {CAVEAT['zh']}\n  {CAVEAT['en']}\n  {path}", markup=False)
