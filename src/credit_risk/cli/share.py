"""``credit-risk share``: write what may be shared into the outbox of the city platform."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.score import as_known
from credit_risk.serving.desk import Desk
from credit_risk.serving.exchange import results
from credit_risk.zone import Book

__all__: list[str] = []


@app.command()
def share(
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="A day; today."),
    ] = None,
    as_json: Json = False,
) -> None:
    """与市平台共享 · Write published results and retractions into the outbox, which the city platform polls.

    Only fields that the book names leave (`shares`); running it again writes nothing. Nothing is sent from here.

    Example: `credit-risk share --as-of 2026-06-30`
    """
    desk = Desk.open(Book.open(BookFolder.path).rules)
    t = as_known(as_of) if as_of else desk.today
    found = results(desk.matrix, desk.snapshots, desk.ledger, desk.overrides, t)
    shared = desk.outbox.share(found, datetime.now())
    if as_json:
        print_json({"as_of": str(t), **asdict(shared)})
        return
    out.print(
        f"新增 new {shared.new:,} · 变更 changed {shared.changed:,} · 撤回 retracted {shared.retracted:,}"
        f" · 未变 unchanged {shared.unchanged:,}",
        markup=False,
    )
