"""Signals: the book's conditions, evaluated for every enterprise of a snapshot by columns.

``when`` may name indicators, ``pd``, ``pd_before``, ``grade_rank`` (0 best), ``grade_drop`` (grades lost since the
previous snapshot), the risks ``event_1m`` ... and ``event_HEAD`` of the event-risk model, and ``anomaly_NAME``. Where
one of them is null the condition is not met: what is not known raises no signal.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from credit_risk.book import Rules
from credit_risk.errors import InputError
from credit_risk.features.conditions import holding
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records.clock import Moment
from credit_risk.warnings.facts import conditions, fact_names

__all__ = ["check_signals", "long", "met", "raised"]


def check_signals(rules: Rules) -> None:
    """Raise BookError at the first signal whose condition is no condition over what a snapshot knows."""
    facts = _columns(ibis.table({n: _type(rules, n) for n in fact_names(rules)}, name="facts"))
    for kind, entries in (("signals", rules.signals), ("good_news", rules.good_news)):
        for name, entry in entries.items():
            place = rules.places[(kind, name)]
            try:
                condition = compile_expression(parse(entry.when), facts, "2000-01-01")
            except InputError as problem:
                raise place.error("when", "a condition", problem.message, problem.hint) from None
            if not condition.type().is_boolean():
                raise place.error("when", "a condition that is true or false", entry.when)
            for indicator in entry.evidence:
                if indicator not in rules.indicators:
                    raise place.error("evidence", "an indicator", indicator)


def raised(rules: Rules, table: pd.DataFrame, t: Moment) -> pd.DataFrame:
    """Return ``subject`` and ``signal`` of every signal whose condition holds, in the order of both."""
    return long(table, met(rules, table, t, list(rules.signals)))


def met(rules: Rules, table: pd.DataFrame, t: Moment, codes: list[str]) -> pd.DataFrame:
    """Return a column a code that says in the order of ``table`` whether its condition holds."""
    if not codes:
        return pd.DataFrame(index=table.index)
    texts = conditions(rules)
    known = set(table.columns)
    asked = {code: texts[code] for code in codes if parse(texts[code]).names <= known}
    result = pd.DataFrame(False, index=table.index, columns=codes)
    if asked:
        needed = sorted({name for text in asked.values() for name in parse(text).names})
        held = holding(asked, _typed(rules, table[needed]), t)
        result[list(asked)] = held.to_pandas()[list(asked)].to_numpy(bool)
    return result


def _typed(rules: Rules, facts: pd.DataFrame) -> pa.Table:
    kinds = {"string": pa.string(), "float64": pa.float64()}
    columns = {n: pa.array(facts[n], kinds[_type(rules, n)], from_pandas=True) for n in facts.columns}
    return pa.table(columns)


def long(table: pd.DataFrame, holds: pd.DataFrame) -> pd.DataFrame:
    """Return ``subject`` and ``signal`` of every condition that holds in a row of ``table``, in the order of both."""
    rows, columns = np.nonzero(holds.to_numpy(bool))
    subjects, codes = table["subject"].to_numpy(object), np.asarray(holds.columns, object)
    hits = pd.DataFrame({"subject": subjects[rows], "signal": codes[columns]})
    return hits.sort_values(["subject", "signal"], ignore_index=True)


def _columns(table: ir.Table) -> dict[str, ir.Value]:
    return {name: table[name] for name in table.columns}


def _type(rules: Rules, name: str) -> str:
    text = name in rules.indicators and rules.indicators[name].kind == "category"
    return "string" if text else "float64"
