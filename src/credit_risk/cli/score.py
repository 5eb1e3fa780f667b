"""``credit-risk score``: score and explain everybody as known at a time, and publish it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.train import RecipeName
from credit_risk.errors import InputError
from credit_risk.explain import Snapshot
from credit_risk.models.artefact import load_model
from credit_risk.zone import Book, Model

__all__ = ["AsOf", "run", "show", "tell_ahead"]

AsOf = Annotated[
    datetime,
    typer.Option("--as-of", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="A date is the end of that day."),
]


@app.command()
def score(
    as_of: AsOf,
    recipe: RecipeName = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="With the challenger instead, unpublished: it decides nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """企业评分 · Score and explain every enterprise with the champion as known at a time, and publish the snapshot.

    Example: `credit-risk score --as-of 2026-06-30`
    """
    book = Book.open(BookFolder.path)
    snapshot = _shadowed(book, as_of, recipe) if shadow else run(book, as_of, recipe)
    if not shadow:
        tell_ahead(book, snapshot)
    counts = snapshot.scores["grade"].value_counts()
    if as_json:
        print_json(
            {
                "snapshot": snapshot.id,
                "model_id": snapshot.model_id,
                "enterprises": len(snapshot.scores),
                "scorable": int(snapshot.scores["scorable"].sum()),
                "grades": {g: int(counts.get(g, 0)) for g in book.rules.grades},
            }
        )
    else:
        show(book, snapshot)


def run(book: Book, t: datetime, recipe: str | None, model: Model | None = None) -> Snapshot:
    """Score, store and publish."""
    with Step("评分与解释", "Scoring and explaining") as step:
        snapshot = book.score(as_known(t), name=recipe, model=model, progress=step)
    book.snapshots.publish(snapshot.id)
    return snapshot


def tell_ahead(book: Book, snapshot: Snapshot) -> None:
    """Make the answers about a published snapshot ready; they are told one by one until then."""
    with Step("预先写好答复", "Telling the answers ahead") as step:
        book.snapshots.tell_ahead(snapshot.id, step)


def _shadowed(book: Book, t: datetime, recipe: str | None) -> Snapshot:
    """Score with the challenger and store; the published snapshot stays."""
    name = book.recipe(recipe).recipe
    event = book.registry.history.challenger(name)
    if event is None:
        raise InputError(
            f"recipe {name}: no challenger", hint=f"credit-risk shadow {name} --by NAME --reason WHY"
        )
    model = Model(load_model(book.models / event.model_id))
    with Step("影子评分", "Scoring in the shadow") as step:
        return book.score(as_known(t), name=name, model=model, progress=step, evidence=False)


def as_known(t: datetime) -> datetime | str:
    """Return a bare date (midnight) as the text of its day, which stands for its end."""
    return t if t.time() != t.min.time() else str(t.date())


def show(book: Book, snapshot: Snapshot) -> None:
    """Print how many enterprises have which grade."""
    scored = snapshot.scores[snapshot.scores["scorable"]]
    err.print(
        f"  {len(scored):,} 家已评分 scored, {len(snapshot.scores) - len(scored):,} 家不可评分 not scorable"
    )
    counts = scored["grade"].value_counts()
    largest = max(int(counts.max()), 1) if len(counts) else 1
    for grade, band in book.rules.grades.items():
        number = int(counts.get(grade, 0))
        bar = "█" * round(36 * number / largest)
        err.print(f"  {grade:<4} {band.title.zh} {bar} {number:,}", markup=False)
