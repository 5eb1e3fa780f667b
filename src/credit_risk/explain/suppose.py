"""What if, and why did it change: the real pipeline run again over a pool seen otherwise.

Nothing is estimated. A supposed repair is a repair record added to the view, so the answer is the score that the
engine will give once the repair is really received. A change between two times is split by letting in what happened
between them step by step; the steps add up to the change exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd

from credit_risk.book.schema import Text
from credit_risk.errors import InputError
from credit_risk.explain.contributions import Explainer
from credit_risk.explain.remedies import Supposed, repaired, seen_with
from credit_risk.features import Matrix
from credit_risk.features.plan import Writer
from credit_risk.features.session import Session
from credit_risk.models.model import CreditModel
from credit_risk.records import View, day_of, moment
from credit_risk.records.clock import Moment

__all__ = [
    "CAUSES",
    "Change",
    "Moved",
    "Scored",
    "Step",
    "WhatIf",
    "change_between",
    "scored_at",
    "what_if",
    "what_if_repaired",
]

CAUSES = {
    "aged": Text(
        zh="时间推移（事实变旧、移出统计窗口）", en="Time passing: facts aged or left their windows"
    ),
    "repaired": Text(zh="修复与撤销", en="Repairs and withdrawals"),
    "new": Text(zh="本企业的新事实", en="New facts of the enterprise"),
    "neighbours": Text(zh="关联企业与关联关系的新事实", en="New facts of neighbours and relations"),
    "model": Text(zh="模型更换", en="Another model"),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """One enterprise's score and what it rests on."""

    score: float
    pd: float
    grade: str
    values: dict[str, Any]
    points: dict[str, float]


@dataclass(frozen=True, slots=True)
class Moved:
    """An indicator whose value or points moved."""

    name: str
    before: Any
    after: Any
    points: float


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The score now and as it would be; ``moved`` holds the indicators that make the difference, largest first."""

    before: Scored
    after: Scored
    moved: list[Moved]


@dataclass(frozen=True, slots=True)
class Step:
    """One cause of a change, its points, and what it moved (``Moved``), largest first."""

    cause: str
    points: float
    moved: list[Moved]


@dataclass(frozen=True, slots=True)
class Change:
    """The change of a score between two times; ``after.score - before.score`` is the sum of the steps' points."""

    before: Scored
    after: Scored
    steps: list[Step]
    moved: list[Moved]

    @property
    def shown(self) -> list[float]:
        """Points of the steps in tenths, as people read them: they add up from the score before to the one after."""
        return in_tenths(self.before.score, [step.points for step in self.steps])


def in_tenths(start: float, steps: list[float]) -> list[float]:
    """Return steps in tenths that lead from the rounded start to the rounded end, so that what is shown adds up."""
    levels = [start, *(start + sum(steps[: n + 1]) for n in range(len(steps)))]
    tenths = [round(level * 10) for level in levels]
    return [(after - before) / 10 for before, after in pairwise(tenths)]


def what_if(matrix: Matrix, model: CreditModel, subject: str, t: Moment, supposed: Supposed) -> WhatIf:
    """Return the score of an enterprise at t if these rows had been received by then (``remedies.py``)."""
    seen = matrix.over(seen_with(matrix.records.pool, supposed))
    before, after = scored_at(matrix, model, subject, t), scored_at(seen, model, subject, t)
    return WhatIf(before, after, _moved(before, after))


def what_if_repaired(
    matrix: Matrix,
    model: CreditModel,
    subject: str,
    t: Moment,
    record_ids: Sequence[str],
    owner: str | None = None,
) -> WhatIf:
    """Return the score of an enterprise at t if these records had been repaired by then.

    The records are its own, or those of ``owner``, a neighbour.

    Raises
    ------
    InputError
        No record is named, one is not usable for its owner at t, or the book has no repair record.

    """
    owner = owner or subject
    repair = repaired(matrix.catalogue.rules, owner, t, record_ids)
    if not record_ids:
        raise InputError("records: expected at least one record id")
    known = set(_usable(matrix, owner, t))
    for record_id in record_ids:
        if record_id not in known:
            raise InputError(f"record {record_id} is not a usable record of {owner} at {day_of(t)}")
    return what_if(matrix, model, subject, t, repair)


def change_between(
    matrix: Matrix, before: CreditModel, after: CreditModel, subject: str, since: Moment, t: Moment
) -> Change:
    """Split the change of a score from ``since`` to ``t`` into its causes (``CAUSES``).

    The causes are let in one after another, in the order of ``CAUSES``: first the day moves on with what was known at
    ``since``, then repairs and withdrawals received since, then the enterprise's own records, then everything else, at
    last the other model. Another order would give other points; the sum would be the same.
    """
    pool = matrix.records.pool
    start, lives = moment(since), {n for n, rule in pool.rules.records.items() if rule.life}
    if moment(t) <= start:
        raise InputError(f"since: expected a time before {day_of(t)}, came {day_of(since)}")

    def old(_: str, rows: ir.Table) -> ir.BooleanValue:
        return rows.received_at <= start

    def with_lives(kind: str, rows: ir.Table) -> ir.BooleanValue:
        return rows.received_at.notnull() if kind in lives else rows.received_at <= start

    def with_own(kind: str, rows: ir.Table) -> ir.BooleanValue:
        own = rows.subject == subject if kind in pool.rules.records else rows.received_at <= start
        return with_lives(kind, rows) | own

    first = last = scored_at(matrix, before, subject, since)
    steps = []

    def step(cause: str, then: Scored) -> Scored:
        steps.append(Step(cause, then.score - last.score, _moved(last, then)))
        return then

    stages: list[tuple[str, Callable[[str, ir.Table], ir.BooleanValue] | None]] = [
        ("aged", old), ("repaired", with_lives), ("new", with_own), ("neighbours", None),
    ]  # fmt: skip
    for cause, only in stages:
        seen = matrix if only is None else matrix.over(View(pool, only=only))
        last = step(cause, scored_at(seen, before, subject, t))
    if after.model_id != before.model_id:
        last = step("model", scored_at(matrix, after, subject, t))
    return Change(first, last, steps, _moved(first, last))


def scored_at(
    matrix: Matrix, model: CreditModel, subject: str, t: Moment, explainer: Explainer | None = None
) -> Scored:
    """Return one enterprise scored at t by the real pipeline, with the values and points of its indicators.

    ``explainer`` is that of the model, where it is made already.
    """
    table = matrix.build([subject], t, list(model.names)).to_pandas()
    told = model.score(table).iloc[0]
    points = (explainer or Explainer(model, threads=1)).explain(table).points[0]
    values = {n: None if pd.isna(table[n].iloc[0]) else table[n].iloc[0] for n in model.names}
    return Scored(
        float(told["score"]), float(told["pd"]), str(told["grade"]), values,
        dict(zip(model.names, points.tolist(), strict=True)),
    )  # fmt: skip


def _moved(before: Scored, after: Scored) -> list[Moved]:
    names = [*after.points, *(n for n in before.points if n not in after.points)]
    found = [
        Moved(
            n, before.values.get(n), after.values.get(n), after.points.get(n, 0.0) - before.points.get(n, 0.0)
        )
        for n in names
    ]
    return sorted(
        (m for m in found if abs(m.points) > 0.05 or m.before != m.after), key=lambda m: -abs(m.points)
    )


def _usable(matrix: Matrix, subject: str, t: Moment) -> list[str]:
    """Return the ids of all records of an enterprise that are usable at t, by one plan over all types."""
    kinds = [n for n, rule in matrix.catalogue.rules.records.items() if rule.life is None]

    def every(writer: Writer) -> ir.Table:
        parts = [
            writer.records.as_of(kind, writer.asked, writer.subjects).select("record_id") for kind in kinds
        ]
        return parts[0] if len(parts) == 1 else ibis.union(*parts)

    plan = matrix.catalogue.plans.get(["usable", *kinds], every)
    with Session(matrix.records.pool, t) as session:
        found: list[str] = session.run(plan, [subject])["record_id"].to_pylist()
    return found
