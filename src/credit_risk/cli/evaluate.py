"""``credit-risk evaluate``: judge recipes on the parts they never saw, doing first whatever is missing."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
import typer

from credit_risk.cli import ingest as ingesting
from credit_risk.cli import train as training
from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.judge_warnings import judged as judged_warnings
from credit_risk.cli.train import KnownAt, RecipeName
from credit_risk.evaluation.ladder import ladder_result
from credit_risk.evaluation.report import write_report
from credit_risk.evaluation.report.compose import compose
from credit_risk.evaluation.result import result_of, results_together
from credit_risk.records import newest_delivery
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def evaluate(
    recipe: RecipeName = None,
    known_at: KnownAt = None,
    warnings: Annotated[
        bool,
        typer.Option(
            "--warnings", help="Judge warnings instead: 12 month ends, the last a year before known."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """检验模型 · Ingest, build and train what is missing, then judge; without RECIPE every recipe of the book.

    Each figure comes with its 95 % interval (bootstrap over enterprises, 2,000 draws). No fit sees a part named
    validation or test. A report with figures is written for each recipe.

    Without RECIPE, recipes of a network are left out where the extra `graph` (PyTorch) is not installed.

    Example: `credit-risk --book evaluation/cases/smesd evaluate --json`
    """
    book = Book.open(BookFolder.path)
    files = ingesting.run(book)
    if warnings:
        known = known_at or newest_delivery(book.records.pool)
        ends = pd.date_range(end=known - pd.DateOffset(years=1), periods=12, freq="ME")
        judged_warnings(book, ends[0].to_pydatetime(), ends[-1].to_pydatetime(), recipe, as_json)
        return
    results, told, rows = [], {}, None
    for name in [recipe] if recipe else _possible(book):
        judged, registered, trained = training.run(book, name, known_at)
        results.append(result_of(book.rules.settings.name, judged))
        told[judged.recipe.recipe], rows = judged, trained.training.rows
        training.show(judged, registered)
        page = book.rules.var / "reports" / f"{judged.recipe.recipe}.html"
        last = max(trained.training.rows["as_of"])
        write_report(page, compose(book.rules, judged, as_of=str(last), files=files))
        err.print(f"  报告 report: {page}", markup=False)
    for ladder in book.rules.ladders.values():
        if rows is not None and set(ladder.steps) <= set(told):
            results.insert(0, ladder_result(book.rules.settings.name, ladder, told, rows))
    if as_json:
        print_json(results_together(book.rules.settings.name, results))


def _possible(book: Book) -> list[str]:
    """Return the recipes of the book, but those whose learner is not installed; they are named."""
    missing = book.missing_learners()
    if missing:
        err.print(
            f"  未装 graph 扩展，略去 left out, the extra graph is not installed: {', '.join(missing)}",
            markup=False,
        )
    return [name for name in book.rules.recipes if name not in missing]
