"""The refusal of a model whose values could not be exact."""

from __future__ import annotations

from credit_risk.errors import InputError

__all__ = ["UnsupportedModel"]


class UnsupportedModel(InputError, ValueError):
    """The model has a part that the method does not cover exactly; ``fields["feature"]`` names it.

    Nothing is ever approximated instead.
    """

    def __init__(self, feature: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{feature}: {message}", hint=hint, feature=feature)
