"""``credit-risk simulate``: write a practice zone's files to the inbox."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from credit_risk.book import open_rules
from credit_risk.cli.app import BookFolder, app, err
from credit_risk.cli.progress import Step
from credit_risk.simulation import SimulationSummary
from credit_risk.simulation import simulate as write_zone

__all__ = ["END", "Enterprises", "Months", "Outside", "Seed", "run"]

END = date(2026, 6, 30)

Seed = Annotated[int, typer.Option(help="Of all draws; the same seed gives the same bytes.")]
Enterprises = Annotated[int, typer.Option(min=200, help="Enterprises in the zone.")]
Outside = Annotated[float, typer.Option(min=0, max=10, help="Neighbours outside, as a multiple of that.")]
Months = Annotated[int, typer.Option(min=12, help="Reported months, until June 2026.")]


@app.command()
def simulate(
    seed: Seed = 7, enterprises: Enterprises = 15000, outside: Outside = 3.0, months: Months = 60
) -> None:
    """模拟练习园区 · Write the departments' files of a zone that never was, dirt included.

    Example: `credit-risk simulate --enterprises 1000 --outside 0.2 --months 36`
    """
    summary = run(seed, enterprises, outside, months)
    err.print(
        f"  {summary.rows:,} rows in {len(summary.files)} files, "
        f"{summary.adverse_events} adverse events ({summary.adverse_rate:.1%} a year)"
    )


def run(seed: int, enterprises: int, outside: float, months: int) -> SimulationSummary:
    """Write the files of the practice zone to the book's inbox, its truth apart."""
    rules = open_rules(BookFolder.path)
    with Step("模拟园区", "Simulating the zone") as step:
        return write_zone(
            rules.inbox,
            rules.var / "truth",
            seed=seed,
            enterprises=enterprises,
            outside=outside,
            months=months,
            end=END,
            progress=step,
        )
