"""What the simulation planted: which schemes the warnings found and how early, and whether honest ones alarmed.

Honest look-alikes (seasonal traders, disclosers and their kin) are to be warned of no more than everybody, and while a
department's line is dead no more enterprises than in other months.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from scipy.stats import binomtest

from credit_risk.evaluation.history import History
from credit_risk.evaluation.warned import MONTH_DAYS, episodes_of
from credit_risk.simulation.outages import OUTAGES
from credit_risk.zone import Book

__all__ = ["planted_found"]


def planted_found(
    book: Book,
    history: History,
    chosen: pd.DataFrame,
    references: Mapping[str, pd.DataFrame],
    since: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Return what ``chosen`` (``subject``, ``at``) found of each scheme, and how often honest look-alikes were listed.

    Of a scheme: members *due* struck while the lists were kept, and were *found* when listed before it was told, with
    the median lead from the first month of the episode. Episodes are those of ``since``, the same lists and earlier
    ones, so that a lead is not cut off where the judged lists begin. Whoever stood on the very first of them could
    not have been led by more, whatever finds it: those are counted (``on_first``), and ``lead_settled`` is the median
    lead of all due by Kaplan and Meier, to whom such a lead is one of at least so many months, and one never found is
    none; ``lead_possible`` is the median of who is listed from the first day on. Members *under way* were at it at
    some month end, whether they struck or not, and were *seen* when listed at such a one. Exact 95 % intervals, as
    few are planted; ``references`` are other lists, told beside it.

    Of honest look-alikes: the share of enterprise-months under an open warning from their first day on, beside the
    share of everybody.
    """
    truth = book.rules.var / "truth"
    schemes = pd.read_parquet(truth / "schemes.parquet")
    for day in ("first_day", "last_day"):
        schemes[day] = pd.to_datetime(schemes[day])
    due, under_way = _due(schemes, history, chosen, since), _under_way(schemes, history, chosen)
    beside = {name: _due(schemes, history, listed) for name, listed in references.items()}
    everybody = len(chosen) / len(history.population)
    return {
        "schemes": {
            str(name): {
                **_counted(group["found"], "due", "found"),
                "lead_months": _middle(group),
                "on_first": int((group["found"] & group["first"]).sum()),
                "lead_settled": _settled(group),
                "lead_possible": float(group["possible"].median()) if len(group) else None,
                **_counted(under_way.loc[under_way["scheme"] == name, "seen"], "under_way", "seen"),
                "references": {
                    n: _rate(table.loc[table["scheme"] == name, "found"]) for n, table in beside.items()
                },
            }
            for name in sorted({*due["scheme"], *under_way["scheme"]})
            for group in [due[due["scheme"] == name]]
        },
        "look_alikes": {
            str(name): {
                "members": int(group["uscc"].nunique()),
                "months_warned": _share(group, history, chosen),
            }
            for name, group in pd.read_parquet(truth / "look_alikes.parquet").groupby("kind")
        },
        "everybody_months_warned": everybody,
        "outages": _outages(book, history),
    }


def _due(
    schemes: pd.DataFrame, history: History, chosen: pd.DataFrame, since: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return who struck while the lists were kept: ``found``, ``lead`` and ``possible`` in months, ``first``."""
    begin, last = history.population["at"].min(), history.population["at"].max()
    struck = schemes["struck"] & (schemes["last_day"] > begin) & (schemes["last_day"] <= last)
    due = schemes[struck & schemes["uscc"].isin(history.population["subject"])]
    told = history.events.assign(day=pd.to_datetime(history.events["day"])).groupby("subject")["day"].min()
    known = due["uscc"].map(told).fillna(due["last_day"])
    lists = chosen if since is None else since
    first = min(begin, lists["at"].min()) if len(lists) else begin
    months = list(pd.date_range(first, last, freq="ME"))
    warned_at = _last_before(episodes_of(lists, months), due["uscc"], known)
    # who stood on an earlier list keeps a place that goes to somebody else where lists begin later: a few differ
    own = _last_before(episodes_of(chosen, months), due["uscc"], known)
    warned_at, found = warned_at.fillna(own), own.notna()
    lead = ((known - warned_at).dt.days / MONTH_DAYS).where(found)
    possible = (known - due["first_day"].clip(lower=first)).dt.days / MONTH_DAYS
    return due.assign(lead=lead, found=found, first=found & (warned_at == first), possible=possible)


def _last_before(rows: pd.DataFrame, who: pd.Series, known: pd.Series) -> pd.Series:
    """Return for each of ``who`` the last ``at`` of ``rows`` that lies before it was known; NaT where none does."""
    ends = pd.to_datetime(rows["subject"].map(pd.Series(known.to_numpy(), index=who.to_numpy())))
    return (
        rows[pd.to_datetime(rows["at"]) < ends]
        .groupby("subject")["at"]
        .max()
        .reindex(who)
        .set_axis(who.index)
    )


def _under_way(schemes: pd.DataFrame, history: History, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return members of the population while at it, struck or not, with ``seen``: listed at such a month end."""
    people = history.population[["subject", "at"]].merge(schemes, left_on="subject", right_on="uscc")
    people = people[(people["first_day"] <= people["at"]) & (people["at"] <= people["last_day"])]
    listed = people.merge(chosen[["subject", "at"]], on=["subject", "at"], how="left", indicator=True)
    seen = (listed["_merge"] == "both").groupby([listed["scheme"], listed["subject"]]).max()
    return seen.rename("seen").reset_index()


def _counted(flags: pd.Series, many: str, rate: str) -> dict[str, Any]:
    """Return how many, the share that is true, and its exact 95 % interval."""
    if not len(flags):
        return {many: 0, rate: None, f"{rate}_low": None, f"{rate}_high": None}
    spread = binomtest(int(flags.sum()), len(flags)).proportion_ci(method="exact")
    low, high = float(spread.low), float(spread.high)
    return {many: len(flags), rate: float(flags.mean()), f"{rate}_low": low, f"{rate}_high": high}


def _outages(book: Book, history: History) -> dict[str, Any]:
    """Return what share of everybody has any warning at month ends with a dead line, and at the others."""
    last = pd.to_datetime(
        pd.read_parquet(book.rules.var / "truth" / "months.parquet", columns=["month_end"]).max()
    )
    end = pd.Timestamp(last.iloc[0]) + pd.Timedelta(days=1)
    spans = [(end - pd.DateOffset(months=m), pd.Timedelta(days=d)) for m, d in OUTAGES.values()]
    ends = pd.Series(sorted(history.population["at"].unique()))
    dead = ends.map(lambda t: any(begun < t < begun + length for begun, length in spans)).to_numpy(bool)
    share = history.warnings.groupby("at").size() / history.population.groupby("at").size()
    told = {"dead": share[ends[dead]], "others": share[ends[~dead]]}
    return {"month_ends_dead": int(dead.sum())} | {
        f"warned_{name}": float(shares.mean()) if len(shares) else None for name, shares in told.items()
    }


def _rate(flags: pd.Series) -> float | None:
    return float(flags.mean()) if len(flags) else None


def _middle(group: pd.DataFrame) -> float | None:
    known = group.loc[group["found"], "lead"]
    return float(known.median()) if len(known) else None


def _settled(group: pd.DataFrame) -> float | None:
    """Return the median lead where a lead from the first list on is only known to be no less; None beyond the last."""
    if group.empty:
        return None
    lead = group["lead"].where(group["found"], 0.0)
    median = float(KaplanMeierFitter().fit(lead, ~group["first"]).median_survival_time_)
    return median if np.isfinite(median) else None


def _share(group: pd.DataFrame, history: History, chosen: pd.DataFrame) -> float | None:
    first = pd.to_datetime(group.groupby("uscc")["first_day"].min())
    months, warned = (
        int((table["subject"].map(first) <= table["at"]).sum()) for table in (history.population, chosen)
    )
    return warned / months if months else None
