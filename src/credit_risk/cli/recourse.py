"""``credit-risk recourse``: what an enterprise can lawfully do to reach the next better grade."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, err, out, print_json
from credit_risk.cli.score import AsOf, as_known
from credit_risk.cli.train import RecipeName
from credit_risk.explain.recourse import Recourse, find_recourse
from credit_risk.explain.remedies import Action, days_left
from credit_risk.records.clock import Moment
from credit_risk.records.uscc import normalise
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def recourse(
    subject: Annotated[str, typer.Argument(metavar="USCC", help="Unified social credit code.")],
    as_of: AsOf,
    recipe: RecipeName = None,
    as_json: Json = False,
) -> None:
    """提升路径 · Show the smallest set of lawful actions that reaches the next better grade, with waiting times.

    Only the remedies of the book on the enterprise's own usable records are tried, each set by the real pipeline.

    Example: `credit-risk recourse 91310115MA1K3YJ12X --as-of 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    _, model = book.champion(recipe)
    t = as_known(as_of)
    found = find_recourse(
        book.matrix,
        model.credit,
        normalise(subject),
        t,
        lambda n, most: err.print(f"  试算 tried {n} / {most}", end="\r"),
    )
    if as_json:
        print_json(_plain(found))
        return
    show(found, t)


def show(found: Recourse, t: Moment) -> None:
    """Print what can be done, the way, and what it leads to."""
    out.print(
        f"  现在 now    分数 {found.now.score:.1f}  PD {found.now.pd:.2%}  等级 {found.now.grade}",
        markup=False,
    )
    if not found.possible:
        out.print("  没有可以修复或补正的记录 nothing on record can be repaired or made good", markup=False)
        return
    out.print("  可以采取的措施 what can be done", markup=False)
    for action, points in found.possible:
        worth = "" if points is None else f"{points:+.1f}"
        out.print(f"  {worth:>7}  {_told(action, t)}", markup=False)
    if found.chosen is None:
        out.print(
            f"  试算 {found.tried} 组，没有一组能改善等级，最好的一组分数 {found.after.score:.1f}，"
            f"仍为{found.after.grade}级 none of {found.tried} sets tried leads to a better grade, the best is this",
            markup=False,
        )
        return
    what = (
        "所需最少的措施 the fewest needed"
        if found.smallest
        else "缺一不可的措施 none of these can be left out"
    )
    out.print(f"  {what}", markup=False)
    for action in found.chosen:
        out.print(f"    {action.title.zh} {action.title.en}: {action.record_id}", markup=False)
    out.print(
        f"  之后 then   分数 {found.after.score:.1f}  PD {found.after.pd:.2%}  等级 {found.after.grade}，"
        f"最早 not before {found.lawful_on}",
        markup=False,
    )


def _told(action: Action, t: Moment) -> str:
    wait = days_left(action, t)
    when = "现在即可 now" if wait == 0 else f"{action.lawful_on} 起 from then, {wait} 天 days"
    return f"{action.title.zh} {action.title.en} · {action.kind} {action.happened} · {when} · {action.basis}"


def _plain(found: Recourse) -> dict[str, object]:
    def told(action: Action) -> dict[str, object]:
        plain = asdict(action) | {"title": {"zh": action.title.zh, "en": action.title.en}}
        return {
            n: str(v) if n in ("happened", "lawful_on") else v for n, v in plain.items() if n != "supposed"
        }

    return {
        "now": asdict(found.now),
        "chosen": [told(a) for a in found.chosen] if found.chosen is not None else None,
        "after": asdict(found.after),
        "possible": [told(a) | {"points": points} for a, points in found.possible],
        "smallest": found.smallest,
        "lawful_on": str(found.lawful_on) if found.lawful_on else None,
    }
