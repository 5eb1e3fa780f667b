"""What posting records takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints

from credit_risk.serving.messages import Plain

__all__ = ["RecordProblem", "RecordsPosted", "RecordsReceipt"]

Text = Annotated[str, StringConstraints(max_length=2000)]
Value = Text | bool | int | FiniteFloat | None


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordsPosted(_Message):
    """Rows of one source, all in the words of its file or all in those of the engine."""

    source: Plain = Field(
        description="A source of the book, or a type that one source delivers.",
        examples=["penalties"],
    )
    rows: list[dict[Plain, Value]] = Field(min_length=1, max_length=1000)


class RecordProblem(_Message):
    """Why a row was refused; ``row`` counts from 1."""

    row: int
    field: str
    came: str | None
    reason: str


class RecordsReceipt(_Message):
    """What became of a post: ``read = new + corrected + known + quarantined + waiting``."""

    receipt_id: str
    at: datetime
    by: str
    source: str
    kind: str
    read: int
    new: int
    corrected: int
    known: int
    quarantined: int
    waiting: int
    problems: list[RecordProblem]
    repeated: bool = Field(
        description="The key was used before for the same rows; this is the receipt of then."
    )
    audit_id: str
