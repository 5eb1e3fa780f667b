"""Unified social credit codes: normalise and check, many at a time.

Source: GB 32100-2015 (18 characters of a 31-symbol alphabet, check character by weights ``3^(i-1) mod 31``)
and GB 11714 (organisation code at positions 9 to 17, check character mod 11).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["ALPHABET", "check_character", "is_uscc", "normalise", "organisation_check_character"]

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEIGHTS = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int64)
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)

_VALUE = np.full(128, -1, dtype=np.int64)
_VALUE[[ord(c) for c in ALPHABET]] = np.arange(31)
_ORGANISATION = np.full(128, -1, dtype=np.int64)
_ORGANISATION[[ord(c) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = np.arange(36)


def normalise(code: str) -> str:
    """Return the code in half-width capitals without blanks; anything else is left as it is."""
    return "".join(unicodedata.normalize("NFKC", code).split()).upper()


def is_uscc(codes: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell for each code whether it is a valid USCC: length, alphabet and both check characters.

    Shape (n,) -> (n,). An empty or overlong code is False, never an error. Does not look the code up.

    >>> is_uscc(["91350100M000100Y43", "91350100M000100Y4Z"]).tolist()
    [True, False]
    """
    right_length = np.array([len(c) == 18 and c.isascii() for c in codes], dtype=np.bool_)
    safe = [c if ok else "0" * 18 for c, ok in zip(codes, right_length, strict=True)]
    letters = np.array(safe, dtype="S18").view(np.uint8).reshape(len(safe), 18)
    values = _VALUE[letters]
    check = (31 - (values[:, :17] * WEIGHTS).sum(axis=1) % 31) % 31
    organisation = _ORGANISATION[letters[:, 8:17]]
    remainder = 11 - (organisation[:, :8] * ORGANISATION_WEIGHTS).sum(axis=1) % 11
    expected = np.select([remainder == 11, remainder == 10], [0, _ORGANISATION[ord("X")]], remainder)
    result: npt.NDArray[np.bool_] = (
        right_length & (values >= 0).all(axis=1) & (values[:, 17] == check) & (organisation[:, 8] == expected)
    )
    return result


def check_character(first17: str) -> str:
    """Return the 18th character for the first 17."""
    total = sum(int(_VALUE[ord(c)]) * int(w) for c, w in zip(first17, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(first8: str) -> str:
    """Return the ninth character of an organisation code."""
    total = sum(
        int(_ORGANISATION[ord(c)]) * int(w) for c, w in zip(first8, ORGANISATION_WEIGHTS, strict=True)
    )
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))
