"""``credit-risk evaluate --warnings`` (and ``judge-warnings``): warnings judged as warnings, against simpler policies.

The models are fitted as known a month before the first month end; every month end sees what was known then.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.train import RecipeName
from credit_risk.errors import InputError
from credit_risk.evaluation.history import Stage, replay
from credit_risk.evaluation.policies import candidates, chosen_by, judge_policies, plain, segments
from credit_risk.evaluation.warned import WarningFigures
from credit_risk.records import day_of
from credit_risk.zone import Book

__all__ = ["judged"]

TITLES = {
    "signals": "预警信号\nsignals",
    "rules": "仅规则\nrules only",
    "score": "仅分数\nscore only",
    "last_grade": "上期等级\nlast grade",
}
HEADS = (
    "策略\npolicy",
    "预警\nepisodes",
    "命中率\nprecision",
    "倍数\nlift",
    "事件预警率\nwarned",
    "提前月\nlead",
    "重复\nrepeats",
)


@app.command(name="judge-warnings")
def judge(
    first: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="The first month end; models know the month before it."),
    ],
    last: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last; 12 months after it must be known.")
    ],
    recipe: RecipeName = None,
    as_json: Json = False,
) -> None:
    """检验预警 · Judge warnings by what happened in the 12 months after them, within the alert budget of the book.

    Models are fitted with what was known a month before the first month end. Nothing is entered into the ledger.

    Example: `credit-risk judge-warnings --first 2025-04-30 --last 2025-06-30`
    """
    judged(Book.open(BookFolder.path), first, last, recipe, as_json)


def judged(book: Book, first: datetime, last: datetime, recipe: str | None, as_json: bool) -> None:
    """Judge the warnings of month ends from ``first`` to ``last`` and show or print the figures."""
    days = pd.date_range(first, last, freq="ME")
    if not len(days):
        raise InputError(f"no month end from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
    chosen = book.recipe(recipe)
    until = (days[-1] + pd.DateOffset(months=12)).date()
    stage = Stage((days[0] - pd.offsets.MonthEnd(1)).date(), [day_of(d.to_pydatetime()) for d in days])
    with Step("回放预警", "Warning again as known then") as step:
        history = replay(book.matrix, chosen, [stage], until, step)
    alerts = book.rules.settings.alerts
    tables = candidates(history, alerts)
    figures = judge_policies(tables, history, alerts, pd.Timestamp(until))
    if not as_json:
        _show(figures)
        return
    own = chosen_by(tables["signals"], history.population, alerts)
    told = {
        by: {name: plain(f) for name, f in segments(own, history, by, pd.Timestamp(until)).items()}
        for by in ("industry", "zone", "size")
    }
    print_json({"policies": {name: plain(f) for name, f in figures.items()}, "segments": told})


def _show(figures: dict[str, WarningFigures]) -> None:
    table = Table(box=None, header_style="bold")
    for head in HEADS:
        table.add_column(head, justify="left" if head.startswith("策略") else "right", no_wrap=True)
    for name, f in figures.items():
        rates = (f.precision, f.warned)
        shown = [f"{i.value:.1%}\n{i.low:.0%}–{i.high:.0%}" for i in rates]
        lead = f"{f.lead_months.value:.1f}"
        table.add_row(
            TITLES[name], f"{f.episodes:,}", shown[0], f"{f.lift:.1f}", shown[1], lead, f"{f.repeats:.0%}"
        )
    out.print(table)
    one = next(iter(figures.values()))
    out.print(
        f"  事件 events {one.events:,} · 十二个月发生率 12-month rate {one.base_rate:.1%}", markup=False
    )
