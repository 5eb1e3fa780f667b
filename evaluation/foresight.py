"""What the simulation's truth would have listed: references that the warnings of the practice zone stand beside.

    oracle          the hidden hazard at t, and first whoever met an event that no department had told by t
    hidden_hazard   the hidden hazard at t alone: the hidden risk known at t. It holds the simulation's plans: from its
                    first day on, whoever will strike at the end of a scheme stands near the top of it
    felt_hazard     the same without the plans: what the hidden process alone says, the mark for signs that only grow
    felt_change     by how much the hidden risk rose within 12 months: what the best of all trends could list

Only evaluation reads the truth; nothing here is a model.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from credit_risk.zone import Book
from evaluation.oracle import SCHEMED

__all__ = ["foresight"]

HEADS = ["hazard_compliance", "hazard_insolvency", "hazard_vanishing", "hazard_trade"]


def foresight(book: Book, people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return ``subject``, ``at`` and ``priority`` of everybody in ``people`` (month ends), a table a reference."""
    folder = book.rules.var / "truth"
    at = people["at"].astype("datetime64[ns]")
    rows = people[["subject"]].assign(at=at).reset_index(drop=True)
    months = pd.read_parquet(folder / "months.parquet", columns=["uscc", "month_end", "risk", *HEADS])
    months["month_end"] = pd.to_datetime(months["month_end"]).astype("datetime64[ns]")
    now = _at(rows, months)
    before = _at(rows.assign(at=rows["at"] - pd.offsets.MonthEnd(12)), months)
    hazard = now[HEADS].sum(axis=1)
    untold = _untold(rows, pd.read_parquet(folder / "events.parquet"))
    planned = _planned(rows, pd.read_parquet(folder / "schemes.parquet"))
    change = (now["risk"] - before["risk"]).fillna(-np.inf)
    references = {
        "oracle": hazard + untold,
        "hidden_hazard": hazard,
        "felt_hazard": hazard - SCHEMED * planned,
        "felt_change": change,
    }
    return {name: rows.assign(priority=values.to_numpy(float)) for name, values in references.items()}


def _at(rows: pd.DataFrame, months: pd.DataFrame) -> pd.DataFrame:
    joined = rows.merge(months, left_on=["subject", "at"], right_on=["uscc", "month_end"], how="left")
    return joined.fillna(dict.fromkeys(HEADS, 0.0))


def _untold(rows: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Return 1.0 where an event had happened by the end of the day that was received only later."""
    pairs = rows.reset_index(names="row").merge(events, left_on="subject", right_on="uscc")
    end = pairs["at"] + pd.Timedelta(days=1)
    late = (pd.to_datetime(pairs["event_date"]) < end) & (pd.to_datetime(pairs["received_at"]) >= end)
    return rows.index.isin(pairs.loc[late, "row"]) * pd.Series(1.0, index=rows.index)


def _planned(rows: pd.DataFrame, schemes: pd.DataFrame) -> pd.Series:
    """Return 1.0 where a scheme is under way that will strike."""
    pairs = rows.reset_index(names="row").merge(
        schemes[schemes["struck"]], left_on="subject", right_on="uscc"
    )
    first, last = pd.to_datetime(pairs["first_day"]), pd.to_datetime(pairs["last_day"])
    under_way = (first <= pairs["at"]) & (pairs["at"] < last)
    return rows.index.isin(pairs.loc[under_way, "row"]) * pd.Series(1.0, index=rows.index)
