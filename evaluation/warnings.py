"""Warnings of the practice zone judged as warnings, beside the oracle: ``python -m evaluation.warnings``.

The zone is the whole practice zone, simulated and ingested (``--keep`` takes the one that is there). Models trained
with what was known at the end of June 2024 warn at the twelve month ends after it; what happened is known to the end
of June 2026. Models of a year before warn at the twelve month ends before those: nothing is judged by these lists,
but whoever stands on a judged one may stand there since then (``evaluation/planted.py``). Nothing is tuned on the
judged months: the weights of levels (in the book) and how long a warning stays open were chosen on the six months of
``--tune``, by events known at the end of June 2024, and so were the lanes of the budget. What the truth would have
listed stands beside it (``evaluation.foresight``). The figures are kept in ``evaluation/results/warnings.json``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import fields
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from credit_risk.evaluation.history import History, Stage, replay
from credit_risk.evaluation.policies import STAY, candidates, chosen_by, judge_policies, plain, segments
from credit_risk.simulation import simulation_hash
from credit_risk.warnings import LEVELS
from credit_risk.zone import Book
from evaluation.foresight import foresight
from evaluation.kept import keep
from evaluation.planted import planted_found

HERE = Path(__file__).parent
END = date(2026, 6, 30)
TUNE = [
    Stage(
        date(2022, 12, 31),
        [d.date() for d in pd.date_range("2023-01-31", "2023-06-30", freq="ME")],
        every=3,
        first=date(2021, 12, 31),
    )
]
TUNED_BY = date(2024, 6, 30)  # nothing received later has any part in what is chosen
JUDGED_FROM = pd.Timestamp("2024-07-01")
JUDGE = [
    Stage(
        date(2023, 6, 30),
        [d.date() for d in pd.date_range("2023-07-31", "2024-06-30", freq="ME")],
        every=3,
        first=date(2021, 12, 31),
    ),
    Stage(
        date(2024, 6, 30), [d.date() for d in pd.date_range("2024-07-31", "2025-06-30", freq="ME")], every=3
    ),
]
WEIGHTS = [(1.0, 0.6, 0.3, 0.1), (1.0, 0.8, 0.6, 0.4), (1.0, 0.9, 0.8, 0.7), (1.0, 1.0, 1.0, 1.0)]
STAYS = (1.0, 1.5, 2.0, 3.0)
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4)


def main() -> int:
    """Judge and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="take the zone that is there")
    parser.add_argument("--rejudge", action="store_true", help="judge again what was replayed the last time")
    parser.add_argument(
        "--tune", action="store_true", help="show the earlier months that choices are made on"
    )
    asked = parser.parse_args()
    if not (asked.keep or asked.rejudge):
        _run("simulate")
        _run("ingest", "--now", f"{END}T23:59:59")
    book = Book.open(HERE.parent)
    if asked.tune:
        return _tuned(book, asked.rejudge)
    history = _replayed(book, "judged", JUDGE, END, asked.rejudge)
    found = _judged(book, history, STAY)
    keep("warnings", {**found, "stay": STAY, "simulation": simulation_hash()})
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def _replayed(book: Book, name: str, stages: list[Stage], until: date, again: bool) -> History:
    """Replay, and keep the tables beside the zone; ``again`` takes them from there."""
    folder = book.rules.var / "replayed" / name
    if not again:
        history = replay(book.matrix, book.recipe(), stages, until, _tell)
        folder.mkdir(parents=True, exist_ok=True)
        for field in fields(History):
            getattr(history, field.name).to_parquet(folder / f"{field.name}.parquet")
    return History(*(pd.read_parquet(folder / f"{field.name}.parquet") for field in fields(History)))


def _tuned(book: Book, again: bool) -> int:
    """Print what levels' weights, ways to stay open and lanes would have done in the earlier months; keep nothing."""
    history = _replayed(book, "tuned", TUNE, TUNED_BY, again)
    alerts = book.rules.settings.alerts
    own = candidates(history, alerts)["signals"]
    chance = own.merge(history.warnings[["subject", "at", "chance"]], on=["subject", "at"])["chance"].fillna(
        0.0
    )
    for weights in WEIGHTS:
        weight = own["level"].map(dict(zip(LEVELS, weights, strict=True))).astype(float)
        for stay in STAYS:
            tables = {"signals": own.assign(priority=(weight * chance).to_numpy())}
            found = judge_policies(tables, history, alerts, pd.Timestamp(TUNED_BY), stay)["signals"]
            print(f"{weights} {stay}: precision {found.precision.value:.3f}, warned {found.warned.value:.3f}")
    for shares in product(SHARES, repeat=len(alerts.lanes)):
        _laned(book, history, dict(zip(alerts.lanes, shares, strict=True)))
    return 0


def _laned(book: Book, history: History, shares: dict[str, float]) -> None:
    """Print what these shares of the lanes would have warned, and which schemes under way they would have listed."""
    alerts = book.rules.settings.alerts
    lanes = {name: lane.model_copy(update={"share": shares[name]}) for name, lane in alerts.lanes.items()}
    alerts = alerts.model_copy(update={"lanes": lanes})
    own = candidates(history, alerts)["signals"]
    found = judge_policies({"signals": own}, history, alerts, pd.Timestamp(TUNED_BY))["signals"]
    listed = chosen_by(own, history.population, alerts)
    schemes = planted_found(book, history, listed, {})["schemes"]
    seen = ", ".join(f"{name} {told['seen']:.0%} of {told['under_way']}" for name, told in schemes.items())
    print(f"{shares}: precision {found.precision.value:.3f}, warned {found.warned.value:.3f}; listed {seen}")


def _from(history: History, first: pd.Timestamp) -> History:
    """Return the same without the month ends before ``first``; events stay."""
    people, warned = (t[t["at"] >= first] for t in (history.population, history.warnings))
    return History(people, warned, history.events)


def _judged(book: Book, longer: History, stay: float) -> dict[str, Any]:
    until = pd.Timestamp(END)
    alerts = book.rules.settings.alerts
    since = chosen_by(candidates(longer, alerts)["signals"], longer.population, alerts, stay)
    history = _from(longer, JUDGED_FROM)
    tables = candidates(history, alerts)
    tables["without_lanes"] = tables["signals"].drop(columns="lanes")
    tables["event_risk"] = history.population.assign(priority=history.population["risk"])
    known = foresight(book, history.population)
    change = known.pop("felt_change")  # no policy: the mark for trends alone
    tables |= known
    figures = judge_policies(tables, history, alerts, until, stay)
    chosen = chosen_by(tables["signals"], history.population, alerts, stay)
    references = {
        name: chosen_by(table, history.population, alerts, stay)
        for name, table in {**known, "felt_change": change}.items()
        if name != "oracle"
    }
    warned = {name: f.warned.value for name, f in figures.items()}
    return {
        "zone": f"seed 7, {history.population['subject'].nunique():,} enterprises scored",
        "month_ends": len(history.population["at"].unique()),
        "share": alerts.open_share,
        **{f"of_{name}": warned["signals"] / warned[name] for name in known},
        "policies": {name: plain(f) for name, f in figures.items()},
        "segments": {
            by: {name: plain(f) for name, f in segments(chosen, history, by, until).items()}
            for by in ("industry", "zone", "size")
        },
        "levels": _by_level(history),
        "planted": planted_found(book, history, since[since["at"] >= JUDGED_FROM], references, since),
    }


def _by_level(history: History) -> dict[str, dict[str, float]]:
    """Return per level how many an average month has and how many of them met an event within 12 months."""
    warned = history.warnings.merge(history.population[["subject", "at"]], on=["subject", "at"])
    warned = warned[warned["at"] + pd.DateOffset(months=12) <= pd.Timestamp(END)]
    first = history.events.assign(day=pd.to_datetime(history.events["day"])).sort_values("day")
    after = pd.merge_asof(
        warned.sort_values("at").astype({"subject": object}), first.assign(at=first["day"]).astype({"subject": object}),
        on="at", by="subject", direction="forward", allow_exact_matches=False,
    )  # fmt: skip
    hit = after["day"] <= after["at"] + pd.DateOffset(months=12)
    months = after["at"].nunique()
    return {
        str(level): {"a_month": len(group) / months, "event_rate_12m": float(hit[group.index].mean())}
        for level, group in after.groupby("level")
    }


def _tell(what: str, done: int, total: int) -> None:
    print(f"  {what} {done}/{total}", file=sys.stderr, flush=True)


def _run(*words: str) -> None:
    program = [sys.executable, "-c", "from credit_risk.cli import main; main()", *words]
    subprocess.run(program, check=True, cwd=HERE.parent)


if __name__ == "__main__":
    sys.exit(main())
