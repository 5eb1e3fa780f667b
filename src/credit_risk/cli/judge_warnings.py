"""``credit-risk judge-warnings``: warnings judged as warnings, against simpler policies of the same capacity."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from credit_risk.book.settings import Alerts
from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.progress import Step
from credit_risk.cli.score import as_known
from credit_risk.cli.train import RecipeName
from credit_risk.errors import InputError
from credit_risk.evaluation.warned import WarningFigures, judge_warnings, listed
from credit_risk.features.outcomes import Outcomes
from credit_risk.records import day_of
from credit_risk.warnings import warn_as_of
from credit_risk.zone import Book

__all__: list[str] = []

TITLES = {
    "signals": "预警信号 signals",
    "rules": "仅规则 rules only",
    "score": "仅分数 score only",
    "last_grade": "上期等级 last grade",
}


@app.command(name="judge-warnings")
def judge(
    first: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The first month end, after training.")
    ],
    last: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The last; 12 months after it must be known.")
    ],
    recipe: RecipeName = None,
    as_json: Json = False,
) -> None:
    """检验预警 · Judge warnings by what happened in the 12 months after them, within the alert budget of the book.

    Every month end is scored as it was known then. Nothing is entered into the ledger.

    Example: `credit-risk judge-warnings --first 2025-04-30 --last 2025-06-30`
    """
    book = Book.open(BookFolder.path)
    chosen, model = book.champion(recipe)
    days = pd.date_range(first, last, freq="ME")
    if not len(days):
        raise InputError(f"no month end from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
    if chosen.split.train_until and days[0].date() <= chosen.split.train_until:
        raise InputError(f"first: expected a day after training ends ({chosen.split.train_until})")
    scored, raised, before = [], [], None
    for day in days:
        t = as_known(day.to_pydatetime())
        with Step(f"{day:%Y-%m-%d}", "Scoring and warning as known then"):
            snapshot = book.score(t, name=chosen.recipe, model=model)
            warned = warn_as_of(book.matrix, snapshot, before, t).warnings
        before = snapshot.scores
        live = snapshot.scores[snapshot.scores["scorable"]]
        scored.append(live[["subject", "pd", "grade_rank"]].assign(at=day))
        raised.append(warned[warned["subject"].isin(live["subject"])].assign(at=day))
    population = pd.concat(scored, ignore_index=True)
    warnings = pd.concat(raised, ignore_index=True)
    rule = book.rules.outcomes[chosen.outcome]
    events = Outcomes(book.records, rule).events(chosen.horizon.after(day_of(days[-1])))
    figures = _policies(population, warnings, events, book.rules.settings.alerts)
    if as_json:
        print_json({name: _plain(f) for name, f in figures.items()})
    else:
        _show(figures)


def _policies(
    population: pd.DataFrame, warnings: pd.DataFrame, events: pd.DataFrame, rules: Alerts
) -> dict[str, WarningFigures]:
    sizes = population.groupby("at").size().to_dict()
    merged = warnings.drop(columns="pd").merge(population, on=["subject", "at"])
    value = merged["level"].map(rules.weight).astype(float) * merged["pd"] + (merged["level"] == "red")
    kinds = merged["signals"].map(lambda s: {signal["kind"] for signal in json.loads(s)})
    by_rule = kinds.map(lambda k: "rule" in k)
    ordered = population.sort_values(["subject", "at"])
    last = ordered.groupby("subject")["grade_rank"].shift().fillna(-1)
    candidates = {
        "signals": merged.assign(priority=value),
        "rules": merged[by_rule].assign(priority=value[by_rule] / merged["pd"][by_rule]),
        "score": population.assign(priority=population["pd"]),
        "last_grade": ordered.assign(priority=last)[lambda t: t["at"] > t["at"].min()],
    }
    return {
        name: judge_warnings(
            listed(table[["subject", "at", "priority"]], sizes, rules.open_share), population, events
        )
        for name, table in candidates.items()
    }


def _plain(figures: WarningFigures) -> dict[str, object]:
    told = asdict(figures)
    return told | {n: getattr(figures, n).to_json() for n in ("precision", "warned", "lead_months")}


def _show(figures: dict[str, WarningFigures]) -> None:
    table = Table(box=None, header_style="bold")
    heads = (
        "策略 policy",
        "预警 episodes",
        "命中率 precision",
        "倍数 lift",
        "事件预警率 warned",
        "提前月数 lead",
    )
    for head in heads:
        table.add_column(head, justify="left" if head.startswith("策略") else "right", no_wrap=True)
    for name, f in figures.items():
        shown = [f"{i.value:.1%} [{i.low:.1%}, {i.high:.1%}]" for i in (f.precision, f.warned)]
        table.add_row(
            TITLES[name], f"{f.episodes:,}", shown[0], f"{f.lift:.1f}", shown[1], f"{f.lead_months.value:.1f}"
        )
    out.print(table)
    one = next(iter(figures.values()))
    out.print(
        f"  事件 events {one.events:,} · 十二个月发生率 12-month rate {one.base_rate:.1%}", markup=False
    )
