"""``credit-risk simulate``: write a practice zone's files to the inbox."""

from __future__ import annotations

from typing import Annotated

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.cli.progress import Step
from credit_risk.simulation import SimulationSummary
from credit_risk.simulation import simulate as write_zone

__all__ = ["Enterprises", "Months", "Seed", "run"]

Seed = Annotated[int, typer.Option(help="Of all draws; the same seed gives the same bytes.")]
Enterprises = Annotated[int, typer.Option(min=200, help="Enterprises in the zone.")]
Months = Annotated[int, typer.Option(min=12, help="Reported months, from January 2021.")]


@app.command()
def simulate(seed: Seed = 7, enterprises: Enterprises = 5000, months: Months = 48) -> None:
    """模拟练习园区 · Write the departments' files of a zone that never was, dirt included.

    Example: `credit-risk simulate --enterprises 1000 --months 36`
    """
    summary = run(seed, enterprises, months)
    err.print(
        f"  {summary.rows:,} rows in {len(summary.files)} files, "
        f"{summary.adverse_events} adverse events ({summary.adverse_rate:.1%} a year)"
    )


def run(seed: int, enterprises: int, months: int) -> SimulationSummary:
    """Write the files of the practice zone to the book's inbox, its truth apart."""
    rules = open_rules(BookFolder.path)
    with Step("模拟园区", "Simulating the zone") as step:
        return write_zone(
            rules.inbox,
            rules.var / "truth",
            seed=seed,
            enterprises=enterprises,
            months=months,
            progress=step,
        )
