"""What a book may say of sharing: which results leave for the city platform, field by field, and on what basis."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from credit_risk.book.policy import Dated
from credit_risk.book.schema import Name, SpanField, Text

__all__ = ["CONCLUSIONS", "SHAREABLE", "Share"]

Conclusion = Literal["confirmed", "rejected", "data_error"]
CONCLUSIONS: tuple[Conclusion, ...] = ("confirmed", "rejected", "data_error")

SHAREABLE: dict[str, tuple[str, ...]] = {
    "grade": ("as_of", "bounds", "data_depth", "grade", "model_id", "objection", "pd", "public_class"),
    "warning": ("case_id", "conclusion", "decided_on", "level", "opened_on", "signals"),
    "list": ("basis", "department", "list", "record_id", "remedy", "since", "title", "until"),
    "records": ("record_id", "since", "until"),
}


class Share(Dated):
    """One kind of result that is shared while the entry holds; what ``fields`` does not name never leaves.

    ``grade``: the published grade with what stands around it. ``warning``: cases that people decided with one of
    ``conclusions``. ``list``: entries of the mirrored list ``from``. ``records``: usable records of the type ``from``;
    beside those of ``SHAREABLE`` the fields of the type may be named, and ``within`` leaves out what happened earlier.
    """

    share: Annotated[Name, Field(max_length=32)]
    title: Text
    what: Literal["grade", "warning", "list", "records"]
    from_: Name | None = Field(default=None, alias="from")
    fields: Annotated[list[Name], Field(min_length=1)]
    within: SpanField | None = None
    conclusions: list[Conclusion] = Field(default=["confirmed"])

    @model_validator(mode="after")
    def _whence(self) -> Share:
        if (self.from_ is not None) != (self.what in ("list", "records")):
            raise ValueError("from for a list or records, and for nothing else")
        return self
