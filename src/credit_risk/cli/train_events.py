"""``credit-risk train-events``: fit the event-risk models that warnings rest on."""

from __future__ import annotations

from datetime import datetime

from credit_risk.cli.app import BookFolder, Json, app, err, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.train import KnownAt
from credit_risk.warnings.events import EventRisk
from credit_risk.zone import Book

__all__ = ["run"]


@app.command(name="train-events")
def train(known_at: KnownAt = None, as_json: Json = False) -> None:
    """训练事件风险模型 · Fit the hazards of events within 1, 3 and 6 months with what is known at a day.

    A model warns from the day it knows on, never of earlier days.

    Example: `credit-risk train-events --known-at 2026-03-31`
    """
    book = Book.open(BookFolder.path)
    for name in book.rules.event_models:
        model = run(book, name, known_at)
        told = {"event_model": name, "known_at": str(model.known_at), "person_periods": model.person_periods}
        if as_json:
            print_json(told)
        else:
            err.print(
                f"  {name}: {model.person_periods:,} 人期 person-periods, {model.known_at}", markup=False
            )


def run(book: Book, name: str, known_at: datetime | None, every: int = 1) -> EventRisk:
    """Train one event-risk model with progress and store it; ``every``: on every so many month ends."""
    with Step("事件风险模型", "Training event-risk models") as step:
        return book.train_events(
            name, known_at=known_at.date() if known_at else None, every=every, progress=step
        )
