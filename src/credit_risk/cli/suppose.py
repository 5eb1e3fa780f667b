"""``credit-risk what-if`` and ``credit-risk change``: the real pipeline over a pool seen otherwise."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.score import AsOf, as_known
from credit_risk.cli.train import RecipeName
from credit_risk.errors import InputError
from credit_risk.explain.remedies import (
    Supposed,
    ended_relation,
    fulfilled,
    owner_of,
    repaired,
    together,
)
from credit_risk.explain.suppose import CAUSES, Moved, change_between, what_if
from credit_risk.records import day_of
from credit_risk.records.clock import Moment
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__: list[str] = []

Subject = Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")]


Ids = list[str] | None


@app.command(name="what-if")
def what_if_command(
    subject: Subject,
    as_of: AsOf,
    repair: Annotated[
        Ids, typer.Option(help="A record supposed to be repaired, its own or a neighbour's; may be repeated.")
    ] = None,
    fulfil: Annotated[
        Ids,
        typer.Option(
            help="A record whose duty is supposed to be performed: arrears paid, a commitment kept."
        ),
    ] = None,
    end: Annotated[Ids, typer.Option(help="A relation supposed to have ended; may be repeated.")] = None,
    recipe: RecipeName = None,
    as_json: Json = False,
) -> None:
    """修复试算 · Show the score as it would be if facts were mended, by running the real pipeline.

    Record ids stand in `credit-risk archive USCC --format json` and in `credit-risk recourse USCC`.

    Example: `credit-risk what-if 91310115MA1K3YJ12X --as-of 2026-06-30 --repair 3d6b39b04c24b7bc64f2b8a40412b211`
    """
    book = Book.open(BookFolder.path)
    _, model = book.champion(recipe)
    code, t = normalise(subject), as_known(as_of)
    supposed = _supposed(book, code, t, repair or [], fulfil or [], end or [])
    found = what_if(book.matrix, model.credit, code, t, supposed)
    if as_json:
        print_json(asdict(found))
        return
    for zh, en, one in [("现在", "now", found.before), ("如果", "then", found.after)]:
        out.print(f"  {zh} {en:9} 分数 {one.score:7.1f}  PD {one.pd:6.2%}  等级 {one.grade}", markup=False)
    _show_moved(book, found.moved)


def _supposed(
    book: Book, subject: str, t: Moment, repair: list[str], fulfil: list[str], end: list[str]
) -> Supposed:
    if not (repair or fulfil or end):
        raise InputError("nothing is supposed: expected --repair, --fulfil or --end with an id")
    parts = [ended_relation(book.matrix, t, relation) for relation in end]
    for record_id in repair:
        owner = owner_of(book.matrix, t, record_id)
        if owner is None:
            raise InputError(f"record {record_id}: expected a record that is usable at {day_of(t)}")
        parts.append(repaired(book.rules, owner, t, [record_id]))
    if fulfil:
        parts.append(fulfilled(book.matrix, subject, t, fulfil))
    return together(parts)


@app.command()
def change(
    subject: Subject,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The earlier day.")],
    as_of: AsOf,
    recipe: RecipeName = None,
    as_json: Json = False,
) -> None:
    """评分变化原因 · Split the change of a score between two days into its causes; they add up exactly.

    Example: `credit-risk change 91310115MA1K3YJ12X --since 2026-03-31 --as-of 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    _, model = book.champion(recipe)
    start, end = as_known(since), as_known(as_of)
    found = change_between(book.matrix, model.credit, model.credit, normalise(subject), start, end)
    if as_json:
        print_json(asdict(found))
        return
    out.print(
        f"  {day_of(since)} {found.before.score:.1f} ({found.before.grade}) → "
        f"{day_of(as_of)} {found.after.score:.1f} ({found.after.grade})", markup=False,
    )  # fmt: skip
    shown = found.shown
    for step, points in zip(found.steps, shown, strict=True):
        words = CAUSES[step.cause]
        out.print(f"  {points:+7.1f}  {words.zh} {words.en}", markup=False)
    _show_moved(book, found.moved)


def _plain(value: object) -> str:
    if value is None:
        return "无 none"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
    return str(value)


def _show_moved(book: Book, moved: list[Moved]) -> None:
    for one in moved[:8]:
        title = book.rules.indicators[one.name].title
        out.print(
            f"  {one.points:+7.1f}  {title.zh} {title.en}: {_plain(one.before)} → {_plain(one.after)}",
            markup=False,
            style="dim",
        )
