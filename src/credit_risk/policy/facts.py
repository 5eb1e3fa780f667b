"""Facts: what is so of enterprises at t, by records that are known and may be used then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd

from credit_risk.book.policy import Fact, FactRule
from credit_risk.errors import BookError, InputError
from credit_risk.features.language import parse
from credit_risk.features.to_ibis import compile_expression
from credit_risk.records import Records, day_of
from credit_risk.records.clock import Moment

__all__ = ["FACT_COLUMNS", "facts_at", "latest_only"]

FACT_COLUMNS = ["subject", "fact", "kind", "record_id", "event_date", "usable_until"]


def facts_at(records: Records, t: Moment, subjects: Sequence[str] | None = None) -> pd.DataFrame:
    """Return every fact of every enterprise (or of ``subjects``) at t, one row a record that makes it.

    Columns: ``subject``, ``fact``, ``kind`` (record type), ``record_id``, ``event_date``, ``usable_until`` (null where
    the record has no end); sorted, so that the same pool gives the same table. Records received after t, outside their
    window of use, repaired, withdrawn, shielded or under objection make no fact.
    """
    rules, usable = records.pool.rules, Usable(records, t, subjects)
    parts = [
        rows
        for name, fact in rules.facts.items()
        for rows in _of_fact(records, name, fact, t, usable)
        if len(rows)
    ]
    if not parts:
        return pd.DataFrame(columns=FACT_COLUMNS)
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["subject", "fact", "record_id"]).reset_index(drop=True)


class Usable:
    """The usable records of each type at t that happened by then, read once however many facts ask."""

    def __init__(self, records: Records, t: Moment, subjects: Sequence[str] | None) -> None:
        self.records, self.t, self.subjects = records, t, subjects
        self._kept: dict[str, ir.Table] = {}

    def of(self, kind: str) -> ir.Table:
        """Return the records of one type."""
        if kind not in self._kept:
            rows = self.records.as_of(kind, self.t, self.subjects)
            self._kept[kind] = ibis.memtable(rows.filter(rows.event_date <= day_of(self.t)).to_pyarrow())
        return self._kept[kind]


def _of_fact(records: Records, name: str, fact: Fact, t: Moment, usable: Usable) -> Iterator[pd.DataFrame]:
    for rule in fact.any:
        if not records.pool.holds(rule.from_):
            continue
        rows = usable.of(rule.from_)
        if rule.latest:
            rows = latest_only(rows)
        if rule.within:
            rows = rows.filter(rows.event_date > rule.within.before(day_of(t)))
        if rule.where:
            rows = rows.filter(_condition(records, name, rule, rows, t))
        chosen = rows.select("subject", "record_id", "event_date", "usable_until").to_pandas()
        yield chosen.assign(fact=name, kind=rule.from_)[FACT_COLUMNS]


def latest_only(rows: ir.Table) -> ir.Table:
    """Return an enterprise's newest record: by event, then receipt, then id."""
    order = [ibis.desc(rows.event_date), ibis.desc(rows.received_at), ibis.desc(rows.record_id)]
    rank = ibis.row_number().over(ibis.window(group_by=rows.subject, order_by=order))
    return rows.mutate(newest=rank).filter(lambda r: r.newest == 0).drop("newest")


def _condition(records: Records, name: str, rule: FactRule, rows: ir.Table, t: Moment) -> ir.BooleanValue:
    try:
        names = {c: rows[c] for c in rows.columns}
        return compile_expression(parse(rule.where or ""), names, t)
    except InputError as problem:
        place = records.pool.rules.places[("facts", name)]
        raise BookError(
            file=place.file,
            line=place.line,
            key="any.where",
            expected=f"a condition over fields of {rule.from_}",
            came=problem.message,
        ) from None
