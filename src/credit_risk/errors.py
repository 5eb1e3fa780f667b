"""Every error the engine raises on purpose.

    CreditRiskError                 message, hint, fields
    ├── InputError          (2)     what the user gave is wrong
    │   ├── BookError       (2)     a file of the book is wrong: file, line, key, expected, came
    │   └── SourceError     (2)     a department's file is missing, unreadable or lacks a column
    ├── CheckFailed         (1)     a gate or a verification said no
    │   └── TamperedError   (1)     a stored artefact or chain does not match its hash
    └── Fault               (3)     the engine itself could not do what it promised

The number is the exit code of the command line. A message says what was expected, what came, where,
and what to do next; the object carries the same as fields.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

__all__ = [
    "BookError",
    "CheckFailed",
    "CreditRiskError",
    "Fault",
    "InputError",
    "SourceError",
    "TamperedError",
    "nearest",
]


class CreditRiskError(Exception):
    """Base of all errors raised on purpose; ``hint`` says what to do next."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None, **fields: Any) -> None:
        super().__init__(message if hint is None else f"{message}\n  -> {hint}")
        self.message = message
        self.hint = hint
        self.fields = fields


class InputError(CreditRiskError):
    """What the user gave cannot be used."""

    exit_code = 2


class BookError(InputError):
    """A file of the book says something that the engine does not accept.

    Parameters
    ----------
    file, line, key
        Where: path as the user wrote it, 1-based line (0 when the file as a whole), dotted key.
    expected, came
        What should stand there, and what stands there.

    """

    def __init__(
        self,
        *,
        file: str,
        line: int,
        key: str,
        expected: str,
        came: object,
        hint: str | None = None,
    ) -> None:
        super().__init__(
            f"{file}:{line}: {key}: expected {expected}, came {came!r}",
            hint=hint,
            file=file,
            line=line,
            key=key,
            expected=expected,
            came=came,
        )


class SourceError(InputError):
    """A department's file is missing, cannot be read, or lacks a column."""


class CheckFailed(CreditRiskError):
    """A gate or a verification said no."""

    exit_code = 1


class TamperedError(CheckFailed):
    """A stored artefact or an audit chain does not match its recorded hash."""


class Fault(CreditRiskError):
    """The engine could not do what it promised."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` for the closest of ``words``, or None when nothing is close."""
    close = get_close_matches(str(word), [str(w) for w in words], n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else None
