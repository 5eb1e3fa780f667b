"""``credit-risk validate``: the validation report of a recipe, as an independent validator would ask for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.train import KnownAt, RecipeName
from credit_risk.evaluation.backtest import Backtest
from credit_risk.evaluation.report import PlainTable, Words, write_report
from credit_risk.evaluation.report.compose import compose
from credit_risk.evaluation.segments import judge_segments, segment_classes, segment_values
from credit_risk.evaluation.validation import (
    ablation_table,
    calibration_tables,
    challenger_tables,
    rankings,
    reason_stability,
    score_stability,
    segment_tables,
    stress_table,
    swap_table,
    thin_table,
)
from credit_risk.models.artefact import load_model
from credit_risk.models.model import CreditModel
from credit_risk.zone import Book, Trained

__all__: list[str] = []
FLOOR = 0.65
STEPS = 5
ALONE: Words = {
    "zh": "没有另一个启用过、输入可比的模型，故无换入换出表。",
    "en": "No other model with inputs of these rows was ever in force, so there is no swap set.",
}


@app.command()
def validate(
    recipe: RecipeName = None,
    known_at: KnownAt = None,
    to: Annotated[Path | None, typer.Option(help="An HTML file; the reports of the book by default.")] = None,
    as_json: Json = False,
) -> None:
    """模型验证 · Write the validation report: calibration, segments, stability, stress, challengers, swaps.

    Example: `credit-risk validate credit-12m --known-at 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    with Step("构建与训练", "Building and training") as step:
        trained = book.train(recipe, known_at=known_at.date() if known_at else None, progress=step)
    with Step("检验模型", "Judging") as step:
        judged = book.evaluate(trained, step)
    with Step("验证", "Validating") as step:
        tables = _tables(book, trained, judged, step)
    page = to or book.rules.var / "reports" / f"validation-{trained.model.credit.model_id}.html"
    t = known_at.date() if known_at else date.today()
    content = compose(book.rules, judged, as_of=t, tables=tables, notes=_notes(trained, tables))
    title = book.rules.settings.title
    content = replace(content, title={"zh": f"{title.zh}模型验证报告", "en": f"{title.en}: validation"})
    write_report(page, content)
    err.print(f"  报告 report: {page}", markup=False)
    if as_json:
        print_json(
            {
                "recipe": trained.recipe.recipe,
                "model_id": trained.model.credit.model_id,
                "report": str(page),
                "marked": {t.name: [t.rows[i][0] for i in t.marked] for t in tables if t.marked},
                "tables": {t.name: {"columns": [c["en"] for c in t.columns], "rows": t.rows} for t in tables},
            }
        )


def _notes(trained: Trained, tables: list[PlainTable]) -> list[Words]:
    """Return which observations are in no part, and why there is no swap set where there is none."""
    left = trained.training.left_out
    numbers = [f"{left.get(why, 0):,}" for why in ("not_matured", "not_eligible", "kept_out")]
    counted: Words = {
        "zh": "未使用的观测：未到期 {}、不属于对象 {}、留出家族 {}。".format(*numbers),
        "en": "Observations left out: not matured {}, not eligible {}, families kept out {}.".format(
            *numbers
        ),
    }
    return [counted] if any(table.name == "swaps" for table in tables) else [counted, ALONE]


def _tables(book: Book, trained: Trained, judged: Backtest, step: Step) -> list[PlainTable]:
    model, recipe, training = trained.model.credit, trained.recipe, trained.training
    part = judged.parts[-1].name
    rows = training.part(part)
    tables = calibration_tables(model, rows)
    rules = book.rules
    values = segment_values(book.records, rules.settings.segments, rows)
    values = pd.concat([values, segment_classes(book.matrix, rows)], axis=1)
    if len(values.columns):
        segments = judge_segments(values, rows["label"].to_numpy(int), model.pd(rows))
        tables += [
            *segment_tables(segments, FLOOR, values, rows, model),
            thin_table(rules, values, rows, model),
        ]
    step("stability", 1, STEPS)
    if recipe.split.kind == "time":
        tables.append(score_stability(model, training, recipe, part))
    tables.append(reason_stability(rules, model, training, recipe, part))
    step("ablation", 2, STEPS)
    tables.append(ablation_table(rules, model, training, recipe, part))
    tables.append(stress_table(rules, model, rows))
    step("challengers", 3, STEPS)
    ranked = rankings(book.matrix, recipe, training, model, part, trained.groups)
    tables += challenger_tables(ranked, rows, values if len(values.columns) else None)
    step("swaps", 4, STEPS)
    champion = _other(book, recipe.recipe, model)
    if champion is not None and set(champion.names) <= set(rows.columns):
        newest = rows[rows["as_of"] == rows["as_of"].max()].reset_index(drop=True)
        tables.append(swap_table(rules, champion, model, newest))
    step("", STEPS, STEPS)
    return tables


def _other(book: Book, recipe: str, model: CreditModel) -> CreditModel | None:
    """Return the champion, or the one before it where this model is the champion."""
    ids = [event.model_id for event, _ in book.registry.history.reigns(recipe)]
    others = [model_id for model_id in ids if model_id != model.model_id]
    return load_model(book.models / others[-1]) if others else None
