"""Signals: the book's conditions, evaluated for every enterprise of a snapshot.

``when`` may name indicators, ``pd``, ``pd_before``, ``grade_rank`` (0 best) and ``grade_drop`` (grades lost since the
previous snapshot). Where one of them is null the condition is not met: what is not known raises no signal.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.explain import Snapshot
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records.clock import Moment

__all__ = ["check_signals", "facts", "raised"]

SCORE_FACTS = ("pd", "pd_before", "grade_rank", "grade_drop")


def check_signals(rules: Rules) -> None:
    """Raise BookError at the first signal whose condition is no condition over what a snapshot knows."""
    known = [*rules.indicators, *SCORE_FACTS]
    probe = ibis.table({n: "string" if _is_text(rules, n) else "float64" for n in known}, name="facts")
    for name, signal in rules.signals.items():
        place = rules.places[("signals", name)]
        try:
            condition = compile_expression(parse(signal.when), _columns(probe), "2000-01-01")
        except InputError as problem:
            raise place.error("when", "a condition", problem.message, problem.hint) from None
        if not condition.type().is_boolean():
            raise place.error("when", "a condition that is true or false", signal.when)
        for indicator in signal.evidence:
            if indicator not in rules.indicators:
                raise place.error("evidence", "an indicator", indicator)


def facts(snapshot: Snapshot, before: pd.DataFrame | None) -> pd.DataFrame:
    """Return indicators and score facts of every enterprise, sorted by subject.

    One that is not scorable has its indicators, so that signals by rule reach it, and null score facts. ``before``
    is the score table of the previous snapshot, None when there is none.
    """
    scores = snapshot.scores[["subject", "pd", "grade_rank"]]
    table = scores.merge(snapshot.indicators, on="subject")
    earlier = pd.DataFrame({"subject": [], "pd_before": [], "rank_before": []})
    if before is not None:
        earlier = before[["subject", "pd", "grade_rank"]]
        earlier = earlier.rename(columns={"pd": "pd_before", "grade_rank": "rank_before"})
    table = table.merge(earlier.astype({"subject": object}), on="subject", how="left")
    table["grade_drop"] = table["grade_rank"].astype(float) - table.pop("rank_before").astype(float)
    return table.astype({"pd_before": float, "grade_rank": float}).sort_values("subject", ignore_index=True)


def raised(rules: Rules, table: pd.DataFrame, t: Moment) -> pd.DataFrame:
    """Return ``subject`` and ``signal`` of every signal whose condition holds, in the order of both."""
    connection = ibis.duckdb.connect()
    view = connection.create_table("facts", pa.Table.from_pandas(table, preserve_index=False))
    conditions = {
        name: compile_expression(parse(signal.when), _columns(view), t).fill_null(False)
        for name, signal in rules.signals.items()
    }
    if not conditions:
        return pd.DataFrame({"subject": [], "signal": []})
    wide = view.select("subject", **conditions).to_pandas()
    long = wide.melt("subject", var_name="signal", value_name="holds")
    hits = long.loc[long["holds"].astype(bool), ["subject", "signal"]]
    return hits.sort_values(["subject", "signal"], ignore_index=True)


def _columns(table: ir.Table) -> dict[str, ir.Value]:
    return {name: table[name] for name in table.columns}


def _is_text(rules: Rules, name: str) -> bool:
    return name in rules.indicators and rules.indicators[name].kind == "category"
