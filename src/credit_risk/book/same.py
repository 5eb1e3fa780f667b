"""Which source prevails where several report the same fact."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["SameFact"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class SameFact(BaseModel):
    """Records of one enterprise that agree in ``by`` tell the same fact; the first of ``prevails`` counts.

    What identifies a fact is read from the first version of each record and never changes after it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: list[Name] = Field(min_length=1)
    prevails: list[Name] = Field(min_length=2)
