"""``credit-risk plan``: which enterprises to inspect, within a capacity, and how each was chosen."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from credit_risk.cli.app import BookFolder, Json, app, out, print_json
from credit_risk.cli.score import AsOf, as_known
from credit_risk.errors import InputError
from credit_risk.features.outcomes import Outcomes
from credit_risk.policy import Standing
from credit_risk.policy.planner import LEAST_RANDOM, burden, hits, plan_inspections
from credit_risk.records import day_of, moment
from credit_risk.records.store import atomic_path
from credit_risk.warnings.ledger.states import STATES
from credit_risk.zone import Book

__all__: list[str] = []
SHOWN = 15


@app.command()
def plan(
    as_of: AsOf,
    inspections: Annotated[int, typer.Option(help="How many inspections there are staff for.")],
    random_share: Annotated[float, typer.Option(help="Share drawn at random, 0.10 at least.")] = LEAST_RANDOM,
    judge: Annotated[
        bool,
        typer.Option(
            "--judge", help="Judge the plan of a past day by what became known in the horizon after it."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """检查计划 · Plan N inspections by risk with a random floor; each says how it was chosen, and is kept.

    Example: `credit-risk plan --as-of 2026-06-30 --inspections 100`
    """
    book = Book.open(BookFolder.path)
    population = _population(book, as_of)
    chosen = plan_inspections(population, inspections, random_share=random_share, seed=f"{as_of:%Y-%m-%d}")
    told: dict[str, Any] = {
        "as_of": f"{as_of:%Y-%m-%d}",
        "inspections": len(chosen),
        "random": int((chosen["method"] == "random").sum()),
        "population": len(population),
        "burden": {**asdict(b := burden(chosen, population)), "relative": b.relative},
    }
    if judge:
        told["judged"] = _judged(book, chosen, population, as_of)
    path = book.rules.var / "inspections" / f"{as_of:%Y-%m-%d}-{inspections}.parquet"
    with atomic_path(path) as draft:
        chosen.to_parquet(draft)
    if as_json:
        print_json({**told, "file": str(path), "plan": json.loads(chosen.to_json(orient="records"))})
    else:
        _show(told, chosen, str(path))


def _population(book: Book, t: datetime) -> pd.DataFrame:
    recipe, model = book.champion()
    day = day_of(as_known(t))
    snapshot = book.snapshots.on(day, model.credit.model_id)
    scores = book.snapshots.read(snapshot)
    living = scores[scores["scorable"]].set_index("subject")
    warned = _warned(book, as_known(t))
    prompts = {fact for table in book.rules.supervision.values() for fact in table.prompted_by}
    standings = [s for s in book.policy.all(snapshot, day) if s.subject in living.index]
    rows = [_row(s, living["pd"], s.subject in warned or bool(prompts & set(s.facts))) for s in standings]
    if not rows:
        raise InputError(f"nobody to inspect on {day} by {recipe.recipe}")
    return pd.DataFrame(rows)


def _warned(book: Book, t: datetime | str) -> set[str]:
    """Return who had an open case at t: a case opened later, or closed by then, prompts nothing."""
    at = moment(t).isoformat()
    cases = book.ledger.queue(states=list(STATES), limit=10_000_000).cases
    return {c.subject for c in cases if c.first_seen <= at and not (c.closed_at and c.closed_at <= at)}


def _row(s: Standing, pds: pd.Series, prompted: bool) -> dict[str, Any]:
    general = s.treatments.get("general")
    return {
        "subject": s.subject,
        "pd": float(pds[s.subject]),
        "tier": s.tier,
        "rate": general.rate if general else 1.0,
        "prompted": prompted,
    }


def _judged(book: Book, chosen: pd.DataFrame, population: pd.DataFrame, t: datetime) -> dict[str, Any]:
    recipe, _ = book.champion()
    day = day_of(as_known(t))
    if recipe.split.train_until and day <= recipe.split.train_until:
        raise InputError(
            f"judge: expected a day after training ends ({recipe.split.train_until}), came {day}"
        )
    until = recipe.horizon.after(day)
    events = Outcomes(book.records, book.rules.outcomes[recipe.outcome]).events(until)
    days = pd.to_datetime(events["day"])
    bad = set(events.loc[(days > pd.Timestamp(day)) & (days <= pd.Timestamp(until)), "subject"])
    told = population["subject"].isin(bad).astype(float).set_axis(population["subject"])
    targeted = chosen[chosen["method"] == "targeted"]
    return {"whole": hits(chosen, told, population), "targeted": hits(targeted, told, population)}


def _show(told: dict[str, Any], chosen: pd.DataFrame, path: str) -> None:
    b = told["burden"]
    lines = [
        f"{told['inspections']:,} 次检查 inspections，随机 random {told['random']:,}"
        f" · 范围 population {told['population']:,}",
        f"A级与AEO class A and AEO: {b['planned']:,} ({b['of_plan']:.0%} of the plan,"
        f" {b['of_population']:.0%} of all)",
    ]
    if "judged" in told:
        j = told["judged"]["whole"]
        lines.append(
            f"命中 hits {j['hits']} / {j['inspections']} = {j['per_inspection']:.1%}，"
            f"随机 at random {j['at_random']:.1%}，倍数 lift {j['lift']:.1f}"
        )
    for line in lines:
        out.print(f"  {line}", markup=False)
    for row in chosen.head(SHOWN).itertuples():
        shown = "—" if np.isnan(row.pd) else f"{row.pd:.1%}"
        out.print(f"  {row.order:>4}  {row.subject}  {row.tier:<5}  PD {shown}  {row.why}", markup=False)
    out.print(f"  全部 all: {path}", markup=False)
