"""Carousels: the same goods sold round a ring within days, in the same quantity, at nearly the same price.

A round starts with a sale and follows the goods: each next sale is by the last buyer, not earlier, of the same goods
and within the tolerance of the first quantity and amount, until the first seller has them back. Sales that lie on no
ring of their goods are cut before the search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from credit_risk.book import Span
from credit_risk.book.networks import Pattern
from credit_risk.graph.as_of import Graph
from credit_risk.graph.patterns.circles import in_rings
from credit_risk.graph.patterns.finding import Edge, Finding, Reading
from credit_risk.records.when import When, day_before, day_value

__all__ = ["Sale", "carousels", "rounds_of"]


@dataclass(frozen=True, slots=True)
class Sale:
    """One sale of goods; ``day`` is a number of days."""

    seller: str
    buyer: str
    day: int
    quantity: float
    amount: float
    record_id: str


def carousels(read: Reading, pattern: Pattern) -> list[Finding]:
    """Return rings that went round at least ``at_least`` times in the ``months`` before t, with all their rounds."""
    sales = _sales(read, pattern)
    seller = (sales["goods"] + "|" + sales["seller"]).to_numpy(object)
    buyer = (sales["goods"] + "|" + sales["buyer"]).to_numpy(object)
    codes, names = pd.factorize(np.concatenate([seller, buyer]), sort=True)
    sales = sales[in_rings(codes[: len(sales)], codes[len(sales) :], len(names))]
    by_ring: dict[tuple[str, ...], list[list[Sale]]] = {}
    for _, group in groupby(sales.itertuples(), lambda row: row.goods):
        chosen = [Sale(r.seller, r.buyer, r.day, r.quantity, r.amount, r.record_id) for r in group]
        for found in rounds_of(chosen, pattern.within_days, pattern.tolerance, pattern.longest):
            by_ring.setdefault(tuple(sorted({s.seller for s in found})), []).append(found)
    about = sales.set_index("record_id")
    return [
        _finding(pattern, members, found, about)
        for members, found in sorted(by_ring.items())
        if len(found) >= pattern.at_least and len(members) >= 2
    ]


def rounds_of(sales: list[Sale], within: int, tolerance: float, longest: int) -> Iterator[list[Sale]]:
    """Return rounds of one kind of goods; a sale belongs to one round, the one that starts first.

    Ties are broken by day and record id, so the order of rows does not matter.
    """
    ordered = sorted(sales, key=lambda s: (s.day, s.record_id))
    by_seller: dict[str, list[Sale]] = {}
    for sale in ordered:
        by_seller.setdefault(sale.seller, []).append(sale)
    used: set[str] = set()
    for start in ordered:
        if start.record_id in used:
            continue
        found = _round(by_seller, [start], used, within, tolerance, longest)
        if found:
            used |= {s.record_id for s in found}
            yield found


def _round(
    by_seller: dict[str, list[Sale]],
    way: list[Sale],
    used: set[str],
    within: int,
    tolerance: float,
    longest: int,
) -> list[Sale] | None:
    first, last = way[0], way[-1]
    if last.buyer == first.seller:
        return way
    if len(way) == longest or last.buyer in {s.seller for s in way}:
        return None
    for sale in by_seller.get(last.buyer, []):
        if (
            sale.record_id not in used
            and last.day <= sale.day <= first.day + within
            and _near(sale.quantity, first.quantity, tolerance)
            and _near(sale.amount, first.amount, tolerance)
        ):
            found = _round(by_seller, [*way, sale], used, within, tolerance, longest)
            if found:
                return found
    return None


def _near(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(abs(one), abs(other))


def _sales(read: Reading, pattern: Pattern) -> pd.DataFrame:
    table = read.ask(["pattern sales", pattern.model_dump_json()], partial(_rows, pattern))
    frame = table.to_pandas().dropna(subset=["seller", "buyer", "goods", "quantity", "amount"])
    frame["event_date"] = pd.to_datetime(frame["event_date"])
    frame["day"] = (frame["event_date"] - pd.Timestamp(0)).dt.days
    frame = frame[frame["seller"] != frame["buyer"]]
    return frame.sort_values(["goods", "day", "record_id"], ignore_index=True)


def _rows(pattern: Pattern, graph: Graph, t: When) -> ir.Table:
    rows = graph.records.as_of(str(pattern.records), t)
    since = day_before(t, Span(months=pattern.months))
    rows = rows.filter(rows.event_date > since, rows.event_date <= day_value(t))
    quantity, amount = rows[str(pattern.quantity)], rows[str(pattern.amount)]
    return rows.select(
        seller=rows.subject, buyer=rows[str(pattern.partner)], goods=rows[str(pattern.goods)],
        quantity=quantity.cast("float64"), amount=amount.cast("float64"), event_date=rows.event_date,
        record_id=rows.record_id, source=rows.source,
    )  # fmt: skip


def _finding(
    pattern: Pattern, members: tuple[str, ...], found: list[list[Sale]], about: pd.DataFrame
) -> Finding:
    edges = [
        Edge(s.seller, s.buyer, str(pattern.records), about.at[s.record_id, "event_date"].date(), s.record_id,
             str(about.at[s.record_id, "source"]), s.amount)
        for sales in found for s in sales
    ]  # fmt: skip
    days = [e.since for e in edges]
    return Finding(pattern.pattern, list(members), edges, min(days), max(days), float(len(found)))
