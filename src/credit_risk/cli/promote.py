"""``credit-risk promote``, ``rollback``, ``shadow``, ``history``, ``card``: a named person makes a model champion."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.train import RecipeName, WithBeside, named
from credit_risk.errors import InputError
from credit_risk.models.artefact import load_model
from credit_risk.records.store import atomic_path
from credit_risk.registry import Promotion
from credit_risk.registry.card import card_html, card_markdown
from credit_risk.zone import Book

__all__: list[str] = []

By = Annotated[str, typer.Option("--by", help="Name of the person who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the history.")]
NEXT = (
    "  已发布的评分仍出自原模型 published scores are still the other model's"
    " → 下一步 next: credit-risk warn --as-of 日期 DATE"
)


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

    With `--beside` either all are promoted or, where one does not pass, none.

    Example: `credit-risk promote credit-12m --by 张三 --reason "季度重训"`
    """
    book = Book.open(BookFolder.path)
    champion = book.recipe(recipe).recipe
    names = named(book.recipe(recipe), beside)
    chosen = {name: version if name == champion else None for name in names}
    for name in names if beside else []:
        book.registry.passing(book.recipe(name), chosen[name])
    changed = False
    for name in names:
        before = book.registry.champion(name)
        made = book.registry.promote(book.recipe(name), chosen[name], by=by, reason=reason)
        if made != before:
            _tell(made, as_json)
            changed = True
            continue
        err.print(
            f"  {name}: {made.model_id} 自 {made.at[:10]} 起已在用 is the champion already, nothing changed;"
            " the same dates give the same model: move them on in models/recipes.yaml, then train",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    if changed and not as_json:
        err.print(NEXT, markup=False, soft_wrap=True)


@app.command()
def rollback(
    by: By, reason: Reason, recipe: RecipeName = None, beside: WithBeside = False, as_json: Json = False
) -> None:
    """回退模型 · Make the champion before this one champion again.

    With `--beside` either all go back or, where one has no champion before, none.

    Example: `credit-risk rollback credit-12m --beside --by 张三 --reason "新版本误报偏多"`
    """
    book = Book.open(BookFolder.path)
    names = named(book.recipe(recipe), beside)
    for name in names:
        book.registry.earlier(name)
    for name in names:
        _tell(book.registry.rollback(name, by=by, reason=reason), as_json)
    if not as_json:
        err.print(NEXT, markup=False, soft_wrap=True)


@app.command()
def shadow(
    by: By,
    reason: Reason,
    recipe: RecipeName = None,
    version: Annotated[int | None, typer.Option(help="Version; the newest by default.")] = None,
    as_json: Json = False,
) -> None:
    """影子运行 · Name a challenger: `score --shadow` scores it beside the champion, and it decides nothing.

    Example: `credit-risk shadow credit-12m --by 张三 --reason "观察一个季度"`
    """
    book = Book.open(BookFolder.path)
    _tell(book.registry.shadow(book.recipe(recipe).recipe, version, by=by, reason=reason), as_json)


@app.command()
def history(
    recipe: RecipeName = None,
    on: Annotated[str | None, typer.Option(help="Only the champion of this day.")] = None,
    as_json: Json = False,
) -> None:
    """模型沿革 · Tell which model was live when, and who decided it.

    Example: `credit-risk history credit-12m --on 2026-03-31`
    """
    book = Book.open(BookFolder.path)
    name = book.recipe(recipe).recipe
    if on:
        live = book.registry.history.champion(name, on)
        if live is None:
            raise InputError(f"recipe {name}: no champion on {on}")
        _tell(live, as_json)
        return
    reigns = book.registry.history.reigns(name)
    challenger = book.registry.history.challenger(name)
    if as_json:
        print_json(
            {
                "recipe": name,
                "champions": [{**asdict(event), "until": until} for event, until in reigns],
                "challenger": asdict(challenger) if challenger else None,
            }
        )
        return
    if not reigns:
        err.print(
            f"  {name}: 尚无启用的模型 no champion yet → credit-risk promote {name} --by 姓名 --reason 理由",
            markup=False,
        )
    for event, until in reigns:
        span = f"{event.at[:19]} – {until[:19] if until else ''}"
        what = f"{event.model_id} (v{event.version})  {event.action}  {event.by}: {event.reason}"
        err.print(f"  {span}  {what}", markup=False)
    if challenger:
        err.print(
            f"  影子 challenger: {challenger.model_id} (v{challenger.version})  {challenger.by}", markup=False
        )


@app.command()
def card(
    recipe: RecipeName = None,
    version: Annotated[int | None, typer.Option(help="Version; the newest by default.")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder; the reports of the book by default.")] = None,
) -> None:
    """模型卡 · Write the model card (Markdown and HTML) from lineage, figures, gates and history.

    Example: `credit-risk card credit-12m`
    """
    book = Book.open(BookFolder.path)
    chosen = book.recipe(recipe)
    made = book.registry.version(chosen.recipe, version)
    text = card_markdown(book.rules, book.registry, chosen, made, load_model(book.models / made.model_id))
    folder = to or book.rules.var / "reports"
    for suffix, content in (("md", text), ("html", card_html(text))):
        with atomic_path(folder / f"{made.model_id}.{suffix}") as draft:
            draft.write_text(content, encoding="utf-8")
        err.print(f"  {folder / made.model_id}.{suffix}", markup=False)


def _tell(event: Promotion, as_json: bool) -> None:
    if as_json:
        print_json(asdict(event))
    else:
        err.print(f"  {event.recipe}: {event.model_id} (v{event.version}) 自 from {event.at}", markup=False)
