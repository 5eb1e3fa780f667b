"""``credit-risk train``: from records to a judged, registered model."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from credit_risk.book.recipe import Recipe
from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.evaluation.backtest import Backtest
from credit_risk.evaluation.report import Part, Variant
from credit_risk.evaluation.result import result_of
from credit_risk.registry import Registered
from credit_risk.zone import Book, Trained

__all__ = ["KnownAt", "RecipeName", "WithBeside", "named", "run", "show"]

RecipeName = Annotated[str | None, typer.Argument(help="A recipe of the book; its champion by default.")]
KnownAt = Annotated[
    datetime | None,
    typer.Option("--known-at", formats=["%Y-%m-%d"], help="The training date; today by default."),
]

SAME = (
    "  与已登记的版本相同 the same model as before: 训练期未变 to retrain on later months, move split.train_until,"
    " split.test_from and observations.last of the recipe on"
)

WithBeside = Annotated[
    bool, typer.Option("--beside", help="Also the recipes of its heads and shorter terms, scored beside it.")
]

Tune = Annotated[
    int,
    typer.Option(
        min=0, help="Sets of parameters to try first (Optuna, folds in the order of time); the book stays."
    ),
]


@app.command()
def train(
    recipe: RecipeName = None,
    known_at: KnownAt = None,
    beside: WithBeside = False,
    tune: Tune = 0,
    as_json: Json = False,
) -> None:
    """训练模型 · Build the training set, fit, judge on the parts never seen, register a new version.

    The recipe says which months train and which judge: to retrain on later ones, move its dates on in the book first.

    Example: `credit-risk train credit-12m --known-at 2026-06-30 --beside`
    """
    book = Book.open(BookFolder.path)
    told = []
    for name in named(book.recipe(recipe), beside):
        before = {version.model_id for version in book.registry.versions(name)}
        judged, registered, trained = run(book, name, known_at, tune)
        told.append({**result_of(book.rules.settings.name, judged), "version": registered.version})
        if not as_json:
            show(judged, registered)
            show_left_out(trained)
            if registered.model_id in before:
                err.print(SAME, markup=False)
    if not as_json:
        also = " --beside" if beside else ""
        err.print(
            f"  下一步 next: credit-risk promote {book.recipe(recipe).recipe}{also} --by 姓名 --reason 理由",
            markup=False,
        )
    if as_json:
        print_json({"case": book.rules.settings.name, "results": told} if beside else told[0])


def named(recipe: Recipe, beside: bool) -> list[str]:
    """Return the recipe's name, and those of its heads and terms if they are wanted."""
    return [recipe.recipe, *(recipe.heads + recipe.terms if beside else [])]


def run(
    book: Book, recipe: str | None, known_at: datetime | None, tune: int = 0
) -> tuple[Backtest, Registered, Trained]:
    """Train, judge and register one recipe."""
    t = known_at.date() if known_at else None
    with Step("构建与训练", "Building and training") as step:
        trained = book.train(recipe, known_at=t, tune=tune, progress=step)
    with Step("检验模型", "Judging") as step:
        judged = book.evaluate(trained, step)
    with Step("登记模型", "Registering"):
        registered = book.register(trained, judged)
    return judged, registered, trained


def show_left_out(trained: Trained) -> None:
    """Print which rows are in no part and why, and what tuning chose."""
    told = {"not_matured": "未到期 not matured", "not_eligible": "不属于对象 not eligible",
            "kept_out": "留出家族 families kept out"}  # fmt: skip
    left = [f"{told[why]} {number:,}" for why, number in trained.training.left_out.items() if why in told]
    err.print("  未使用 left out: " + " · ".join(left), markup=False)
    if trained.tuned:
        err.print(f"  调参结果 tuned: {trained.tuned / 'chosen.yaml'} (the book is unchanged)", markup=False)


def show(judged: Backtest, registered: Registered) -> None:
    """Print the key figures of every part."""
    err.print(f"  模型 model [bold]{registered.model_id}[/] · 版本 version {registered.version}")
    rows: list[tuple[str, Part | Variant]] = [(p.name, p) for p in judged.parts]
    rows += [(f"{v.part}_{v.name}", v) for v in judged.variants]
    for name, part in rows:
        auc, ks = part.metrics["roc_auc"], part.metrics["ks"]
        err.print(
            f"  {name:<28} n {part.n:>7,}  坏 bad {part.bad_rate:6.2%}  "
            f"AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]  KS {ks.value:.3f}",
            markup=False,
        )
