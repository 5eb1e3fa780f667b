"""What every stored batch must keep: a pandera schema per type, made from the book, checked where the rows lie.

Ingest judges rows as they come (``ingest/judge.py``) and says for each why it was refused. This is the second look, by
another hand and at what is stored: a batch that was judged under an older book, restored from a copy or written by
another tool is found by it. Decision record 15 says why there are two and what each costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
import pandera.ibis as pa
from pandera.errors import SchemaError, SchemaErrors

from credit_risk.book import Rules
from credit_risk.book.schema import FieldRule
from credit_risk.records.person import PREFIX
from credit_risk.records.store import Pool

__all__ = ["Breach", "breaches", "contract"]

USCC = "^[0-9A-HJ-NPQRTUWXY]{18}$"
PSEUDONYM = f"^{PREFIX}[0-9a-f]{{32}}$"
SHOWN = 3
REQUIRED = {
    "record_id",
    "version",
    "source",
    "source_record_id",
    "event_date",
    "valid_from",
    "received_at",
    "target",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule of the book that stored rows break; ``column`` is None for a rule about several, ``came`` shows a few."""

    kind: str
    column: str | None
    rule: str
    came: tuple[str, ...]


def contract(pool: Pool, kind: str) -> pa.DataFrameSchema:
    """Return what the rows of a record or relation type must keep.

    Types and columns of the envelope and of the fields, no null where one is required, codes and least values of the
    book, the shape of unified codes and of pseudonyms (a person's number is a breach), one row per version of a record,
    received on or after the day of the event, ended no earlier than begun.
    """
    rules = pool.rules
    columns = {
        name: pa.Column(dtype, [], nullable=name not in REQUIRED)
        for name, dtype in ibis.Schema.from_pyarrow(pool.schema(kind)).items()
    }
    for name, pattern in _ends(rules, kind).items():
        columns[name] = pa.Column(str, [pa.Check.str_matches(pattern)] if pattern else [], nullable=False)
    if kind in rules.records:
        for name, rule in rules.records[kind].fields.items():
            columns[name] = pa.Column(columns[name].dtype, _field(rule), nullable=not rule.required)
    begun, ended = ("event_date", "usable_until") if kind in rules.records else ("valid_from", "valid_to")
    return pa.DataFrameSchema(
        columns,
        checks=[
            _of_rows("received before it began", lambda t: t[begun] <= t.received_at.date()),
            _of_rows("ended before it began", lambda t: t[ended].isnull() | (t[ended] >= t[begun])),
        ],
        unique=["record_id", "version"],
        strict=True,
    )


def breaches(pool: Pool, kind: str) -> list[Breach]:
    """Return every rule that stored rows of a type break, in the order of its columns; an empty list if none."""
    try:
        contract(pool, kind).validate(pool.scan(kind), lazy=True)
    except SchemaErrors as problem:
        return [_breach(kind, one) for one in problem.schema_errors]
    return []


def _ends(rules: Rules, kind: str) -> dict[str, str]:
    enterprise = USCC if rules.settings.subject == "uscc" else ""
    if kind in rules.records:
        return {"subject": enterprise}
    relation = rules.relations[kind]
    pattern = {"enterprise": enterprise, "person": PSEUDONYM, "group": ""}
    return {"src": pattern[relation.src], "dst": pattern[relation.dst]}


def _field(rule: FieldRule) -> list[pa.Check]:
    checks = []
    if rule.codes:
        checks.append(pa.Check.isin(sorted(rule.codes), n_failure_cases=SHOWN))
    if rule.minimum is not None:
        checks.append(pa.Check.ge(rule.minimum, n_failure_cases=SHOWN))
    return checks


def _of_rows(name: str, holds: Callable[[ir.Table], ir.BooleanValue]) -> pa.Check:
    return pa.Check(lambda data: holds(data.table), name=name, n_failure_cases=SHOWN)


def _breach(kind: str, one: SchemaError) -> Breach:
    column, cases = getattr(one.schema, "name", None), one.failure_cases
    rule = str(getattr(one.check, "name", None) or one.check)
    rows = cases.head(SHOWN).to_pyarrow().to_pylist() if isinstance(cases, ir.Table) else []
    if isinstance(cases, pd.DataFrame):
        rows = [row for row in cases["failure_case"].head(SHOWN) if isinstance(row, dict)]
    told = (row.get(column or "record_id") for row in rows)
    return Breach(kind, column, rule, tuple(str(value) for value in told if value is not None))
