"""What a report says, as plain data. Whatever is left empty does not appear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt

from credit_risk.book.scale import GradeBand
from credit_risk.errors import InputError
from credit_risk.evaluation.bootstrap import Interval

__all__ = [
    "Enterprise",
    "Importance",
    "Part",
    "PlainTable",
    "ReportContent",
    "SourceFile",
    "Variant",
    "WarningLine",
    "Words",
]

Metrics = Mapping[str, Interval]


class Words(TypedDict):
    """One text in both languages, as reasons and the book say it."""

    zh: str
    en: str


@dataclass(frozen=True)
class Part:
    """A part of the observations and how the model did on it.

    ``y`` (1 bad, 0 good) and ``pd`` are for the figures and may be None; they have ``n`` rows in
    one order.
    """

    name: str
    n: int
    bad_rate: float
    metrics: Metrics
    y: npt.NDArray[Any] | None = None
    pd: npt.NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that are not of this part."""
        given = [a for a in (self.y, self.pd) if a is not None]
        if len(given) == 1 or any(a.shape != (self.n,) for a in given):
            raise InputError(
                f"part {self.name}: expected y and pd with {self.n} rows each, or neither, "
                f"came {[a.shape for a in given]}"
            )


@dataclass(frozen=True)
class Variant:
    """The same recipe with something changed, judged on the ``n`` rows of the part named ``part``."""

    name: str
    part: str
    n: int
    bad_rate: float
    metrics: Metrics
    title: Words | None = None


@dataclass(frozen=True)
class Importance:
    """A group of the indicator tree and the mean of its absolute points."""

    group: str
    title: Words
    points: float


@dataclass(frozen=True)
class Enterprise:
    """One enterprise as scored; ``reasons`` are those of its snapshot row, evidence included."""

    subject: str
    score: float
    pd: float
    grade: str
    reasons: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class WarningLine:
    """One warning; ``level`` is red, orange, yellow or blue."""

    signal: str
    level: str
    title: Words
    says: Words
    subject: str
    department: str
    action: Words


@dataclass(frozen=True)
class SourceFile:
    """What became of the rows of one department's file; ``read`` is the sum of the other four."""

    source: str
    file: str
    read: int
    new: int
    corrected: int
    known: int
    quarantined: int


@dataclass(frozen=True)
class PlainTable:
    """A table of texts with a title: the first column names the row, ``marked`` rows (by position) need a look."""

    name: str
    title: Words
    columns: Sequence[Words]
    rows: Sequence[Sequence[str]]
    note: Words | None = None
    marked: Sequence[int] = ()


@dataclass(frozen=True)
class ReportContent:
    """A whole report.

    Parameters
    ----------
    title, recipe
        Title of the report, and of the recipe that made the model.
    model_id, as_of
        Which model, and the moment as of which everything was known.
    lineage
        What the model was made from: name to value, in the order shown.
    parts
        Training, validation, test and so on; the *last* one gives the key figures at the top.
    grades
        Bands of the master scale from best to worst, for the grade figure.
    importance, enterprises, warnings, sources, variants, tables, notes
        Shown in the order given, except importance, which is sorted.

    """

    title: Words
    recipe: Words
    model_id: str
    as_of: str
    lineage: Mapping[str, object] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    grades: Sequence[GradeBand] = ()
    importance: Sequence[Importance] = ()
    enterprises: Sequence[Enterprise] = ()
    warnings: Sequence[WarningLine] = ()
    sources: Sequence[SourceFile] = ()
    variants: Sequence[Variant] = ()
    notes: Sequence[Words] = ()
    tables: Sequence[PlainTable] = ()
