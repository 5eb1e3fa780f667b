"""``credit-risk promote`` and ``rollback``: a named person makes a model champion."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.train import RecipeName, WithBeside, named
from credit_risk.registry import Promotion
from credit_risk.zone import Book

__all__: list[str] = []

By = Annotated[str, typer.Option("--by", help="Name of the person who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the history.")]


@app.command()
def promote(
    by: By,
    reason: Reason,
    recipe: RecipeName = None,
    version: Annotated[int | None, typer.Option(help="Version; the newest by default.")] = None,
    beside: WithBeside = False,
    as_json: Json = False,
) -> None:
    """启用模型 · Make a version the champion, if it passes every gate of its recipe (exit code 1 if not).

    Example: `credit-risk promote credit-12m --by 张三 --reason "季度重训"`
    """
    book = Book.open(BookFolder.path)
    for name in named(book.recipe(recipe), beside):
        chosen = version if name == book.recipe(recipe).recipe else None
        _tell(book.registry.promote(book.recipe(name), chosen, by=by, reason=reason), as_json)


@app.command()
def rollback(by: By, reason: Reason, recipe: RecipeName = None, as_json: Json = False) -> None:
    """回退模型 · Make the champion before this one champion again.

    Example: `credit-risk rollback credit-12m --by 张三 --reason "新版本误报偏多"`
    """
    book = Book.open(BookFolder.path)
    _tell(book.registry.rollback(book.recipe(recipe).recipe, by=by, reason=reason), as_json)


def _tell(event: Promotion, as_json: bool) -> None:
    if as_json:
        print_json(asdict(event))
    else:
        err.print(f"  {event.recipe}: {event.model_id} (v{event.version}) 自 from {event.at}", markup=False)
