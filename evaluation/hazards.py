"""The event-risk model beside a Cox model on the same panel, out of time: ``python -m evaluation.hazards``.

Both learn from the practice zone in the book's ``var`` with what was known at the end of June 2024 and are judged at
two half-year ends after it by what followed within twelve months. Cox: proportional hazards with a ridge (lifelines),
fitted on stacked landmarks (van Houwelingen 2007, Dynamic prediction by landmarking in event history analysis), time to
the first event of any head, exits and the end of knowledge censored; inputs are the numbers that the event-risk model
reads, symmetric logarithms in robust units, with a flag where a twentieth or more is unknown. Harrell's C counts pairs
of observations; AUC takes those known to have met an event within the horizon or not; intervals draw enterprises.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.utils import concordance_index

from credit_risk.evaluation.bootstrap import judge
from credit_risk.explain.population import warned_by
from credit_risk.features.outcomes import Outcomes
from credit_risk.simulation import simulation_hash
from credit_risk.warnings.events import build_panel, event_inputs, first_exits, train_events
from credit_risk.zone import Book
from evaluation.kept import keep

Floats = npt.NDArray[np.float64]
KNOWN, UNTIL, EVERY = date(2024, 6, 30), date(2026, 6, 30), 6
DAYS = [date(2024, 12, 31), date(2025, 6, 30)]
MONTHS, DRAWS, MONTH_DAYS = 12, 200, 30.44
RIDGE, LIMIT, RARELY = 0.1, 5.0, 0.05


def main() -> int:
    """Fit both, judge both, keep the figures."""
    book = Book.open()
    rule = next(iter(book.rules.event_models.values()))
    recipe, names = book.rules.recipes[rule.population], warned_by(book.catalogue)
    days = [d.date() for d in pd.date_range(rule.first, KNOWN, freq="ME")][::EVERY]
    past = build_panel(book.matrix, recipe, days[:-1], names).rows.reset_index(drop=True)
    later = build_panel(book.matrix, recipe, DAYS, names).rows.reset_index(drop=True)
    kinds = book.catalogue.entries
    numbers = [n for n in event_inputs(book.catalogue, rule) if kinds[n].rule.kind != "category"]
    began = time.perf_counter()
    boosted = train_events(book.matrix, rule, KNOWN, every=EVERY)
    took = {"lightgbm": time.perf_counter() - began}
    began = time.perf_counter()
    encode = encoder(past[numbers])
    cox = _fitted(encode(past[numbers]), followed(book, past, KNOWN))
    took["cox"] = time.perf_counter() - began
    risks = {
        "lightgbm": boosted.risk(later)[f"event_{rule.cuts[-1]}m"].to_numpy(float),
        "cox": cox.predict_log_partial_hazard(encode(later[numbers])).to_numpy(float),
    }
    found = followed(book, later, UNTIL)
    told = {
        name: judged(later["subject"], risk, found) | {"fit_seconds": round(took[name], 1)}
        for name, risk in risks.items()
    }
    result = {
        "known_at": str(KNOWN), "observations": len(later), "events": int(found["event"].sum()), "models": told,
        "inputs": len(numbers), "simulation": simulation_hash(),
    }  # fmt: skip
    keep("hazards", result)
    print(json.dumps(result, indent=1))
    return 0


def followed(book: Book, rows: pd.DataFrame, until: date) -> pd.DataFrame:
    """Return ``months`` to the first event or to the end of following, and whether an ``event`` ended it."""
    rule = next(iter(book.rules.event_models.values()))
    events = pd.concat([Outcomes(book.records, book.rules.outcomes[h]).events(until) for h in rule.heads])
    exits = first_exits(book.matrix, rule.exits, until)
    start = pd.to_datetime(rows["as_of"])
    event, gone = (_after(rows["subject"], start, table) for table in (events, exits))
    last = pd.Series(pd.Timestamp(until), index=rows.index)
    end = pd.concat([event, gone, last, start + pd.DateOffset(months=MONTHS)], axis=1).min(axis=1)
    return pd.DataFrame({"months": (end - start).dt.days / MONTH_DAYS, "event": event == end})


def _after(subject: pd.Series, start: pd.Series, table: pd.DataFrame) -> pd.Series:
    """Return the first day of ``table`` after the start of each row, NaT without one."""
    days = table.assign(day=pd.to_datetime(table["day"]).astype("datetime64[ns]"))[
        ["subject", "day"]
    ].dropna()
    rows = pd.DataFrame(
        {"subject": subject.astype(object), "at": start.astype("datetime64[ns]"), "row": subject.index}
    )
    days = days.astype({"subject": object}).sort_values("day")
    found = pd.merge_asof(
        rows.sort_values("at"), days, left_on="at", right_on="day", by="subject", direction="forward",
        allow_exact_matches=False,
    )  # fmt: skip
    return found.set_index("row")["day"].reindex(subject.index)


def encoder(table: pd.DataFrame) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Learn how inputs are put for a linear model: from their own middle and spread, unknown ones in the middle."""
    logs = _logs(table)
    middle, spread = logs.median(), logs.std().replace(0.0, np.nan)
    used = spread.dropna().index
    flagged = [n for n in used if RARELY < table[n].isna().mean() < 1 - RARELY]

    def encode(rows: pd.DataFrame) -> pd.DataFrame:
        values = ((_logs(rows)[used] - middle[used]) / spread[used]).clip(-LIMIT, LIMIT).fillna(0.0)
        flags = rows[flagged].isna().astype(float).add_suffix("_unknown")
        return pd.concat([values, flags], axis=1)

    return encode


def _logs(table: pd.DataFrame) -> pd.DataFrame:
    values = table.astype(float)
    return np.sign(values) * np.log1p(values.abs())


def _fitted(inputs: pd.DataFrame, seen: pd.DataFrame) -> CoxPHFitter:
    table = pd.concat([inputs, seen], axis=1)
    table = table[table["months"] > 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # indicators that say nearly the same; the ridge is there for them
        return CoxPHFitter(penalizer=RIDGE).fit(table, "months", "event")


def judged(subject: pd.Series, risk: Floats, seen: pd.DataFrame) -> dict[str, Any]:
    """Return Harrell's C and the AUC at 6 and 12 months with intervals."""
    months, event = seen["months"].to_numpy(float), seen["event"].to_numpy(bool)
    told: dict[str, Any] = {"c_index": _concordance(subject, risk, months, event)}
    spread = 1 / (1 + np.exp(-(risk - risk.mean()) / risk.std()))  # any order-preserving map into (0, 1)
    for horizon in (6, 12):
        bad = event & (months <= horizon + 0.1)
        known = bad | (months >= horizon - 0.2)
        found = judge(
            bad[known].astype(int), spread[known], clusters=subject[known].to_numpy(object), threshold=0.5
        )
        told[f"auc_{horizon}m"] = found["roc_auc"].to_json()
    return told


def _concordance(
    subject: pd.Series, risk: Floats, months: Floats, event: npt.NDArray[np.bool_]
) -> dict[str, float]:
    rng = np.random.default_rng(0)
    places = list(subject.reset_index(drop=True).groupby(subject.to_numpy(object)).indices.values())
    drawn = []
    for _ in range(DRAWS):
        chosen = np.concatenate([places[i] for i in rng.integers(0, len(places), len(places))])
        drawn.append(concordance_index(months[chosen], -risk[chosen], event[chosen]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": float(concordance_index(months, -risk, event)), "low": float(low), "high": float(high)}


if __name__ == "__main__":
    sys.exit(main())
