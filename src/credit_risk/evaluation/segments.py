"""Segments of the rows that judge a model: how it does in each industry, size, age, zone, depth of data.

What makes segments is the book's, read as known at the row's own t: ``segments`` in ``credit-risk.toml`` (name ->
``record.field``; a date is read as an age in bands), ``segments_when`` (name -> classes by conditions over indicators),
and its classes of data depth. A segment is for judging fairness and need not be an input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit_risk.book import Rules
from credit_risk.book.load import MARK
from credit_risk.errors import BookError, InputError, nearest
from credit_risk.evaluation.metrics import roc_auc
from credit_risk.features import Matrix
from credit_risk.features.classed import Conditions, classed, names_in
from credit_risk.records import Records

__all__ = [
    "LEAST_BAD",
    "NEW",
    "Segment",
    "check_segments",
    "judge_segments",
    "segment_classes",
    "segment_values",
]

LEAST_BAD = 20  # fewer bad rows say little about ranking
NEW = "<90d"
AGES = ((90, NEW), (365, "90d-1y"), (3 * 365, "1-3y"), (10 * 365, "3-10y"))


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as judged.

    ``auc`` is NaN and ``enough`` False where it has fewer than ``LEAST_BAD`` bad rows or no good one; ``gap`` is the
    observed rate minus the mean PD and ``z`` that gap in standard errors (of rows taken as independent).
    """

    by: str
    value: str
    n: int
    bad: int
    rate: float
    foreseen: float
    auc: float
    gap: float
    z: float
    enough: bool


def segment_values(records: Records, rules: Mapping[str, str], rows: pd.DataFrame) -> pd.DataFrame:
    """Return a column per segment rule for ``rows`` (``subject``, ``as_of``), as known at each row's t."""
    found = pd.DataFrame("?", index=rows.index, columns=list(rules), dtype="object")
    for kind in dict.fromkeys(place.split(".")[0] for place in rules.values()):
        asked = {name: place.split(".")[1] for name, place in rules.items() if place.startswith(f"{kind}.")}
        for t, group in rows.groupby("as_of"):
            latest = _latest(records, kind, sorted(set(asked.values())), pd.Timestamp(str(t)).date())
            for name, field in asked.items():
                told = group["subject"].map(latest[field].to_dict()).astype(object)
                found.loc[group.index, name] = told.where(told.notna(), "?")
    return found


def segment_classes(matrix: Matrix, rows: pd.DataFrame) -> pd.DataFrame:
    """Return a column per ``segments_when`` of the book, and ``depth``, of ``rows`` as known at each row's t."""
    by = _class_rules(matrix.catalogue.rules)
    if not by:
        return pd.DataFrame(index=rows.index)
    found = pd.DataFrame("?", index=rows.index, columns=list(by), dtype="object")
    needed = sorted({name for conditions in by.values() for name in names_in(conditions)})
    for t, group in rows.groupby("as_of"):
        day = pd.Timestamp(str(t)).date()
        values = matrix.build(group["subject"].tolist(), day, needed).to_pandas().set_index("subject")
        values = values.loc[group["subject"]].reset_index(drop=True)
        for name, conditions in by.items():
            told = pd.Series(classed(values, conditions, day), group.index, dtype=object)
            found.loc[group.index, name] = told.where(told.notna(), "?")
    return found


def check_segments(rules: Rules) -> None:
    """Raise BookError at the first class of a segment whose condition is none over the book's indicators."""
    for name, conditions in rules.settings.segments_when.items():
        for value, text in conditions.items():
            key, hint = f"segments_when.{name}.{value}", None
            try:
                unknown = sorted(set(names_in({value: text})) - set(rules.indicators))
                came = unknown[0] if unknown else None
                hint = nearest(came, rules.indicators) if came else None
            except InputError as problem:
                came = problem.message
            if came:
                expected = "a condition over indicators"
                raise BookError(file=MARK, line=0, key=key, expected=expected, came=came, hint=hint)


def _class_rules(rules: Rules) -> dict[str, Conditions]:
    found: dict[str, Conditions] = dict(rules.settings.segments_when)
    if rules.depths:
        found["depth"] = {depth: band.when for depth, band in rules.depths.items()}
    return found


def _latest(records: Records, kind: str, fields: list[str], t: date) -> pd.DataFrame:
    """Return the fields of every enterprise's newest record as texts, dates as bands of age."""
    keys = ["event_date", "received_at", "record_id"]
    table = records.as_of(kind, t).select("subject", *fields, *keys).to_pandas()
    newest = table.sort_values(["subject", *keys]).drop_duplicates("subject", keep="last")
    return newest.set_index("subject")[fields].apply(lambda column: _banded(column, t))


def _banded(column: pd.Series, t: date) -> pd.Series:
    if not pd.api.types.is_datetime64_any_dtype(column):
        return column.astype(str)
    days = (pd.Timestamp(t) - column).dt.days
    bands = np.select([days < limit for limit, _ in AGES], [name for _, name in AGES], ">10y")
    return pd.Series(bands, index=column.index)


def judge_segments(values: pd.DataFrame, y: np.ndarray, pds: np.ndarray) -> list[Segment]:
    """Return every segment of every rule, the largest first within a rule."""
    found = []
    for by in values.columns:
        for value, count in values[by].value_counts().items():
            here = (values[by] == value).to_numpy()
            found.append(_judge(by, str(value), int(count), y[here], pds[here]))
    return found


def _judge(by: str, value: str, n: int, y: np.ndarray, pds: np.ndarray) -> Segment:
    bad = int(y.sum())
    enough = LEAST_BAD <= bad < n
    spread = float(np.sqrt((pds * (1 - pds)).sum())) / n
    gap = float(y.mean() - pds.mean())
    return Segment(
        by, value, n, bad, bad / n, float(pds.mean()), roc_auc(y, pds) if enough else float("nan"), gap,
        gap / spread if spread else float("nan"), enough,
    )  # fmt: skip
