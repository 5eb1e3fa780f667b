"""Unified social credit codes with both check characters (GB 32100-2015, GB 11714), and personal numbers.

Written apart from the engine's own check on purpose: a test holds the one against the other.
"""

from __future__ import annotations

import numpy as np

from credit_risk.simulation.calendar import Bools, Ints, Words

__all__ = ["person_numbers", "social_credit_codes"]

ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
PUDONG = "310115"
OUTSIDE = ("310101", "310104", "310112", "320505", "330106", "440305", "110105")


def social_credit_codes(rng: np.random.Generator, inside: Bools) -> Words:
    """Return a valid, distinct code for each enterprise; those outside carry other regions."""
    n = len(inside)
    elsewhere = np.array(OUTSIDE)[rng.integers(0, len(OUTSIDE), n)]
    region = np.where(inside, PUDONG, elsewhere)
    head = np.char.add("91", region)
    serial = _distinct(rng, n)
    organisation = _digits(serial, 6)
    organisation = np.char.add("MA", organisation)
    return _with_check(np.char.add(head, np.char.add(organisation, _organisation_check(organisation))))


def person_numbers(count: int) -> Words:
    """Return made-up 18-digit numbers of persons; the region 999999 does not exist."""
    return np.char.add("9999991970", _digits(np.arange(count) * 7 + 1_000_003, 8))


def _distinct(rng: np.random.Generator, n: int) -> Ints:
    """Return n distinct numbers below a million (or below 1.5 n, if more are asked)."""
    return rng.permutation(max(1_000_000, n + n // 2))[:n]


def _digits(numbers: Ints, width: int) -> Words:
    return np.char.zfill(numbers.astype(np.str_), width)


def _values(words: Words, width: int) -> Ints:
    letters = words.astype(f"S{width}").view(np.uint8).reshape(len(words), width)
    return letters.astype(np.int64)


def _organisation_check(eight: Words) -> Words:
    letters = _values(eight, 8)
    values = np.where(letters >= 65, letters - 55, letters - 48)
    rest = 11 - values @ ORGANISATION_WEIGHTS % 11
    return np.where(rest == 10, "X", np.where(rest == 11, "0", rest.astype(np.str_)))


def _with_check(first: Words) -> Words:
    table = np.zeros(128, dtype=np.int64)
    table[[ord(symbol) for symbol in ALPHABET]] = np.arange(31)
    total = table[_values(first, 17)] @ WEIGHTS
    return np.char.add(first, ALPHABET[(31 - total % 31) % 31])
